using System.Reflection;
using Onnx;

namespace AniSora.Onnx.Export;

/// <summary>A part that goes to a file.</summary>
/// <param name="Part">The part.</param>
/// <param name="Path">The file.</param>
/// <param name="Options">How it is written; null for defaults.</param>
public sealed record OnnxExportItem(ModelPart Part, string Path, OnnxExportOptions? Options = null);

/// <summary>What was written.</summary>
/// <param name="Path">The ONNX file.</param>
/// <param name="WeightsPath">The file with its weights; null if it has none beside it.</param>
/// <param name="Nodes">Nodes of the graph.</param>
/// <param name="WeightBytes">Bytes of its weights and constants.</param>
/// <param name="Measured">The file beside the module.</param>
public sealed record OnnxExported(string Path, string? WeightsPath, int Nodes, long WeightBytes, PartMeasurement Measured);

/// <summary>Writes modules as ONNX files (opset 17, IR version 8).</summary>
/// <example><code>
/// var net = Sequential(Linear(6, 64), GELU(), Linear(64, 6));
/// OnnxExport.Save(net, "net.onnx", [new OnnxInput("x", float32, Dim.Axis("batch"), 6)]);
/// </code></example>
/// <remarks>
/// <para>A module becomes nodes by the builder of its type (<see cref="OnnxModules"/>) or its own (<see cref="IOnnxModule"/>). Nodes are
/// named after the module tree (<c>blocks.0.attn.to_q/MatMul</c>), weights as in the model; a weight that is stored in another form says so
/// behind its name (<c>to_q.weight.transposed</c>).</para>
/// <para>A file takes its name after it has run in ONNX Runtime at several sizes and given what the module gives, and is on the disk, the
/// weights first. A weights file that is there already is not touched until the new model is in place: the new one takes the next free
/// name. Modules are run in evaluation mode, and are left in the mode that they were in.</para>
/// </remarks>
public static class OnnxExport
{
    /// <summary>Version of the operators' definitions.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8;

    /// <summary>Writes a module.</summary>
    /// <param name="module">The module; its <c>forward</c> takes tensors and gives a tensor or several.</param>
    /// <param name="path">The file; missing folders are made.</param>
    /// <param name="inputs">Its inputs with their dynamic axes.</param>
    /// <param name="options">How it is written; null for defaults.</param>
    /// <param name="outputs">Names of what it gives; null for <c>output</c>, or <c>output0</c>, <c>output1</c>, ….</param>
    /// <param name="cancellation">Stops it; then no file has changed.</param>
    /// <exception cref="InputException">A module or setting has no form in ONNX, the file gives something else than the module, or it
    /// cannot be written; then no file has changed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static OnnxExported Save(nn.Module module, string path, IReadOnlyList<OnnxInput> inputs, OnnxExportOptions? options = null, IReadOnlyList<string>? outputs = null, CancellationToken cancellation = default) =>
        Save([new OnnxExportItem(ModelPart.Of(module, Path.GetFileNameWithoutExtension(path), inputs, outputs), path, options)], null, cancellation)[0];

    /// <summary>Writes the parts of a model, which share one file for their weights if any has more than may stand inside.</summary>
    /// <param name="items">The parts; all files in one folder.</param>
    /// <param name="weightsPath">The file for the weights; null for the first graph's name with <c>.weights</c>.</param>
    /// <param name="cancellation">Stops it; then no file has changed.</param>
    /// <returns>What was written, in order.</returns>
    /// <inheritdoc cref="Save(nn.Module, string, IReadOnlyList{OnnxInput}, OnnxExportOptions, IReadOnlyList{string}, CancellationToken)"/>
    public static IReadOnlyList<OnnxExported> Save(IReadOnlyList<OnnxExportItem> items, string? weightsPath = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(items.Count, nameof(items));
        string folder = Path.GetDirectoryName(Path.GetFullPath(items[0].Path))!;
        weightsPath ??= Path.ChangeExtension(items[0].Path, ".weights");
        foreach (string path in items.Select(i => i.Path).Append(weightsPath))
            if (Path.GetDirectoryName(Path.GetFullPath(path)) != folder)
                throw new InputException($"{path}: the graphs of a model and their weights must be in one folder, {folder}");
        foreach (var item in items)
            if (item.Options is { ExternalDataAbove: < 0 or > OnnxExportOptions.MostInside } wrong)
                throw new InputException($"{item.Path}: ExternalDataAbove is {wrong.ExternalDataAbove}: give 0 to {OnnxExportOptions.MostInside}, since an ONNX file ends at 2 GB");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var evaluation = new Evaluation(items.Select(i => i.Part.Module));
        GraphBuilder[] graphs = [.. items.Select(i => i.Part.ToGraph(i.Options ?? new()))];
        Array.ForEach(graphs, g => g.Options.Built?.Invoke(g));
        bool outside = graphs.Any(g => WeightBytes(g) > g.Options.ExternalDataAbove);
        using var weights = outside ? new OnnxWeightFile(weightsPath) : null;
        weights?.Write(graphs.SelectMany(g => g.Initializers.Values), cancellation);
        var measured = new PartMeasurement[items.Count];
        WriteFrom(0);
        weights?.DeleteOld();
        return [.. items.Select((item, i) => new OnnxExported(item.Path, weights?.Path, graphs[i].Nodes.Count, WeightBytes(graphs[i]), measured[i]))];

        // One inside the other: no file takes its name before all have passed.
        void WriteFrom(int i)
        {
            if (i == items.Count)
                return;
            AtomicFile.WriteByName(items[i].Path, temporary =>
            {
                using (var stream = File.Create(temporary))
                    OnnxModelWriter.Write(stream, Model(graphs[i]), graphs[i].Initializers.Values, weights, cancellation);
                measured[i] = PartMeasurement.Of(items[i].Part, temporary, graphs[i].Options, cancellation);
                WriteFrom(i + 1);
                cancellation.ThrowIfCancellationRequested();
            });
            weights?.Named();
        }
    }

    private static long WeightBytes(GraphBuilder graph) => graph.Initializers.Values.Sum(i => i.Bytes);

    /// <summary>The file's content but its initialisers.</summary>
    private static ModelProto Model(GraphBuilder graph)
    {
        var options = graph.Options;
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = options.Producer,
            ProducerVersion = options.ProducerVersion ?? typeof(OnnxExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "",
            DocString = options.Description,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
            Graph = new GraphProto { Name = graph.Name, Node = { graph.Nodes }, Input = { graph.Inputs.Select(Describe) }, Output = { graph.Outputs.Select(Describe) } },
        };
        foreach (var (key, value) in options.Metadata)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private static ValueInfoProto Describe(Value value)
    {
        var shape = new TensorShapeProto();
        foreach (var size in value.Shape)
            shape.Dim.Add(size.IsConstant ? new TensorShapeProto.Types.Dimension { DimValue = size.Constant } : new TensorShapeProto.Types.Dimension { DimParam = size.ToString() });
        return new ValueInfoProto
        {
            Name = value.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)GraphBuilder.OnnxType(value.Type), Shape = shape } },
        };
    }

    /// <summary>Modules in evaluation mode, until it is disposed.</summary>
    private sealed class Evaluation : IDisposable
    {
        private readonly (nn.Module Module, bool Training)[] _before;

        public Evaluation(IEnumerable<nn.Module> modules)
        {
            nn.Module[] roots = [.. modules.Distinct()];
            _before = [.. roots.SelectMany(r => r.modules().Prepend(r)).Select(m => (m, m.training))];
            Array.ForEach(roots, r => r.eval());
        }

        // Parents come before their children, whose mode they would change.
        public void Dispose() => Array.ForEach(_before, b => b.Module.train(b.Training));
    }
}
