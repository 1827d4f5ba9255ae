namespace AniSora.Onnx.Export;

/// <summary>How weights are stored in an ONNX file.</summary>
public enum OnnxWeightFormat
{
    /// <summary>As they are.</summary>
    Float32,

    /// <summary>float32 weights as float16, which halves the file; made float32 when the file is loaded. Relative error about 5e-4 per weight.</summary>
    Float16,

    /// <summary>
    /// Weights of matrix products in 8 bits, with a scale for each column; what is multiplied with them is quantised at run time. Convolutions,
    /// norms and everything else stay as they are. Error some percent of the result; a quarter of the bytes.
    /// </summary>
    Int8,
}

/// <summary>How a graph is written.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Protocol buffers end at 2 GB; this leaves room for what is not counted.</summary>
    internal const long MostInside = 2_000_000_000;

    /// <summary>How weights are stored.</summary>
    public OnnxWeightFormat Weights { get; init; }

    /// <summary>
    /// With more bytes of weights than this they go to a file of their own beside the model (<c>model.weights</c> beside
    /// <c>model.onnx</c>). At most 2·10⁹, since the format ends at 2 GB.
    /// </summary>
    public long ExternalDataAbove { get; init; } = 1L << 30;

    /// <summary>Named texts that the file carries, such as a config or a licence.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The program that writes the file.</summary>
    public string Producer { get; init; } = "AniSora";

    /// <summary>The program's version; null for this library's.</summary>
    public string? ProducerVersion { get; init; }

    /// <summary>What the model is, in words.</summary>
    public string Description { get; init; } = "";

    /// <summary>
    /// Sizes of the axes at which the file is run in ONNX Runtime and compared with the module before it takes its name; null for three
    /// that are chosen, an empty list for no comparison (of a model that this machine cannot run, say).
    /// </summary>
    public IReadOnlyList<IReadOnlyDictionary<string, long>>? Sizes { get; init; }

    /// <summary>Accepted difference, over the largest value of an output; null for 1e-4 with float32 weights, 1e-2 with float16 and 0.1 with int8.</summary>
    public double? Tolerance { get; init; }

    /// <summary>How often both are run at the first size, in turn, to measure their times; 1 for the comparison alone.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>Is shown the graph before it is written; null for nobody.</summary>
    public Action<GraphBuilder>? Built { get; init; }

    internal double MostError => Tolerance ?? Weights switch { OnnxWeightFormat.Float16 => 1e-2, OnnxWeightFormat.Int8 => 0.1, _ => 1e-4 };
}
