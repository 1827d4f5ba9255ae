using System.Reflection;
using AniSora.Torch.Recording;
using Google.Protobuf;
using Onnx;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

/// <summary>A graph that goes to a file.</summary>
/// <param name="Graph">The graph, from <see cref="GraphRecorder"/>.</param>
/// <param name="Path">The file.</param>
/// <param name="Options">How it is written; null for defaults.</param>
public sealed record OnnxExportItem(RecordedGraph Graph, string Path, OnnxExportOptions? Options = null);

/// <summary>What was written.</summary>
/// <param name="Path">The ONNX file.</param>
/// <param name="WeightsPath">The file with its weights; null if it has none beside it.</param>
/// <param name="Nodes">Nodes of the graph.</param>
/// <param name="WeightBytes">Bytes of its weights and constants.</param>
public sealed record OnnxExported(string Path, string? WeightsPath, int Nodes, long WeightBytes);

/// <summary>Writes recorded graphs as ONNX files (opset 17, IR version 8).</summary>
/// <example><code>
/// using var graph = GraphRecorder.Record("net", [("", net)], [batch], [new GraphInput("x", float32, batch, 6)], x => [("y", net.call(x[0]))]);
/// OnnxExport.Write(graph, "net.onnx");
/// using var session = OnnxSession.Open("net.onnx");
/// </code></example>
/// <remarks>
/// <para>Nodes are named after the module tree (<c>blocks.0.attn.to_q/MatMul</c>), weights as in the model; a weight that is stored in
/// another form says so behind its name (<c>to_q.weight.transposed</c>). Each dynamic axis is read off an input once, and every size that
/// depends on it is computed once. Dynamic axes may be of any size, 0 too where the operator allows it.</para>
/// <para>Files take their name when they are whole and on the disk, the weights first. A weights file that is there already is not
/// touched until the new model is in place: the new one takes the next free name.</para>
/// </remarks>
public static class OnnxExport
{
    /// <summary>Version of the operators' definitions.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8;

    /// <summary>Writes a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="path">The file; missing folders are made.</param>
    /// <param name="options">How it is written; null for defaults.</param>
    /// <param name="cancellation">Stops it; then no file has changed.</param>
    /// <exception cref="InputException">An operator has no translation, or the file cannot be written; then no file has changed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static OnnxExported Write(RecordedGraph graph, string path, OnnxExportOptions? options = null, CancellationToken cancellation = default) =>
        Write([new OnnxExportItem(graph, path, options)], null, cancellation)[0];

    /// <summary>Writes the graphs of a model, which share one file for their weights if any has more than may stand inside.</summary>
    /// <param name="items">The graphs; all files in one folder.</param>
    /// <param name="weightsPath">The file for the weights; null for the first graph's name with <c>.weights</c>.</param>
    /// <param name="cancellation">Stops it; then no file has changed.</param>
    /// <returns>What was written, in order.</returns>
    /// <exception cref="InputException">An operator has no translation, or a file cannot be written; then no file has changed but those that were complete.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<OnnxExported> Write(IReadOnlyList<OnnxExportItem> items, string? weightsPath = null, CancellationToken cancellation = default)
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
        var graphs = new List<GraphTranslator>();
        foreach (var item in items)
        {
            graphs.Add(new GraphTranslator(item.Graph, item.Options ?? new()));
            graphs[^1].Translate(cancellation);
        }
        bool outside = items.Zip(graphs).Any(p => p.Second.Graph.Initializers.Values.Sum(i => i.Bytes) > (p.First.Options ?? new()).ExternalDataAbove);
        using var weights = outside ? new OnnxWeightFile(weightsPath) : null;
        weights?.Write(graphs.SelectMany(g => g.Graph.Initializers.Values), cancellation);
        var results = new List<OnnxExported>();
        foreach (var (item, graph) in items.Zip(graphs))
        {
            var model = Model(item, graph);
            AtomicFile.Write(item.Path, stream => OnnxModelWriter.Write(stream, model, graph.Graph.Initializers.Values, weights, cancellation));
            weights?.Named();
            results.Add(new OnnxExported(item.Path, weights?.Path, graph.Graph.Nodes.Count, graph.Graph.Initializers.Values.Sum(i => i.Bytes)));
        }
        weights?.DeleteOld();
        return results;
    }

    /// <summary>The file's content but its initialisers.</summary>
    private static ModelProto Model(OnnxExportItem item, GraphTranslator translated)
    {
        var options = item.Options ?? new();
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = options.Producer,
            ProducerVersion = options.ProducerVersion ?? typeof(OnnxExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "",
            DocString = options.Description,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
            Graph = new GraphProto { Name = item.Graph.Name },
        };
        model.Graph.Node.AddRange(translated.Graph.Nodes);
        model.Graph.Input.AddRange(translated.Inputs.Select(Describe));
        model.Graph.Output.AddRange(translated.Outputs.Select(Describe));
        foreach (var (key, value) in options.Metadata)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private static ValueInfoProto Describe(OnnxValue value)
    {
        var shape = new TensorShapeProto();
        foreach (var size in value.Shape)
            shape.Dim.Add(size.IsConstant ? new TensorShapeProto.Types.Dimension { DimValue = size.Constant } : new TensorShapeProto.Types.Dimension { DimParam = OnnxSizes.Text(size) });
        return new ValueInfoProto
        {
            Name = value.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)OnnxTypes.Of(value.Type), Shape = shape } },
        };
    }
}
