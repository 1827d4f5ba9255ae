using Google.Protobuf;
using Onnx;

namespace AniSora.Onnx.Export;

/// <summary>
/// Writes a model whose initialisers are made one after another: protocol buffers need the length of a message before its content, and that
/// follows from the shapes.
/// </summary>
internal static class OnnxModelWriter
{
    /// <summary>Writes a model.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="model">The model with its graph, but no initialisers.</param>
    /// <param name="initializers">The initialisers.</param>
    /// <param name="weights">The file in which their content is already, or null.</param>
    /// <param name="cancellation">Stops it between two weights.</param>
    public static void Write(Stream stream, ModelProto model, IReadOnlyCollection<OnnxInitializer> initializers, OnnxWeightFile? weights, CancellationToken cancellation)
    {
        var graph = model.Graph;
        model.Graph = null;
        var heads = initializers.Select(i => (Initializer: i, Head: Head(i, weights))).ToList();
        long length = graph.CalculateSize() + heads.Sum(h => Field(GraphProto.InitializerFieldNumber, Length(h.Initializer, h.Head)));
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        model.WriteTo(output);
        output.WriteTag(ModelProto.GraphFieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteLength(checked((int)length));
        graph.WriteTo(output);
        foreach (var (initializer, head) in heads)
        {
            cancellation.ThrowIfCancellationRequested();
            output.WriteTag(GraphProto.InitializerFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteLength(checked((int)Length(initializer, head)));
            head.WriteTo(output);
            if (head.ExternalData.Count > 0)
                continue;
            output.WriteTag(TensorProto.RawDataFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteLength(checked((int)initializer.Bytes));
            output.Flush();
            initializer.Write(stream);
        }
        output.Flush();
        model.Graph = graph;
    }

    private static TensorProto Head(OnnxInitializer initializer, OnnxWeightFile? weights)
    {
        var head = new TensorProto { Name = initializer.Name, DataType = (int)GraphBuilder.OnnxType(initializer.Type) };
        head.Dims.AddRange(initializer.Shape);
        if (weights?.Find(initializer) is var (offset, length))
        {
            head.DataLocation = TensorProto.Types.DataLocation.External;
            foreach (var (key, value) in new[] { ("location", Path.GetFileName(weights.Path)), ("offset", $"{offset}"), ("length", $"{length}") })
                head.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }
        return head;
    }

    private static long Length(OnnxInitializer initializer, TensorProto head) =>
        head.CalculateSize() + (head.ExternalData.Count > 0 ? 0 : Field(TensorProto.RawDataFieldNumber, initializer.Bytes));

    /// <summary>Bytes of a field of bytes.</summary>
    private static long Field(int number, long length) => CodedOutputStream.ComputeTagSize(number) + CodedOutputStream.ComputeUInt64Size((ulong)length) + length;
}
