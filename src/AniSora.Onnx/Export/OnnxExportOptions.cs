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

    /// <summary>Translations of operators that come before those of <see cref="OnnxTranslations.BuiltIn"/>; null for none.</summary>
    public OnnxTranslations? Translations { get; init; }
}
