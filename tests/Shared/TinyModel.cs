using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Tests;

/// <summary>Writes ONNX models of a few nodes for tests: protocol buffers by hand, field numbers as in <c>onnx.proto</c>.</summary>
internal sealed class TinyModel
{
    private readonly List<byte[]> _nodes = [], _weights = [], _inputs = [], _outputs = [], _properties = [];

    public TinyModel Input(string name, TensorElementType type, params object[] shape) => Add(_inputs, Value(name, type, shape));

    public TinyModel Output(string name, TensorElementType type, params object[] shape) => Add(_outputs, Value(name, type, shape));

    /// <summary>A weight in the model itself.</summary>
    public TinyModel Weight(string name, float[] data, params long[] shape) =>
        Add(_weights, [.. Tensor(name, TensorElementType.Float, shape), .. Bytes(9, MemoryMarshal.AsBytes<float>(data))]);

    /// <summary>A weight of whole numbers in the model itself.</summary>
    public TinyModel Weight(string name, long[] data, params long[] shape) =>
        Add(_weights, [.. Tensor(name, TensorElementType.Int64, shape), .. Bytes(9, MemoryMarshal.AsBytes<long>(data))]);

    /// <summary>A weight in a file beside the model.</summary>
    public TinyModel ExternalWeight(string name, string file, params long[] shape) =>
        Add(_weights, [.. Tensor(name, TensorElementType.Float, shape), .. Bytes(13, [.. Text(1, "location"), .. Text(2, file)]), .. Number(14, 1)]);

    /// <summary>An operator; attributes are long, float, string or long[].</summary>
    public TinyModel Node(string type, string[] inputs, string output, params (string Name, object Value)[] attributes) => Add(_nodes,
    [
        .. inputs.SelectMany(i => Text(1, i)), .. Text(2, output), .. Text(4, type),
        .. attributes.SelectMany(a => Bytes(5, [.. Text(1, a.Name), .. a.Value switch
        {
            long i => [.. Number(3, i), .. Number(20, 2)],
            float f => [.. Tag(2, 5), .. BitConverter.GetBytes(f), .. Number(20, 1)],
            long[] list => [.. list.SelectMany(i => Number(8, i)), .. Number(20, 7)],
            string s => (byte[])[.. Text(4, s), .. Number(20, 3)],
            _ => throw new ArgumentException($"attribute {a.Name}"),
        }])),
    ]);

    public TinyModel Property(string key, string value) => Add(_properties, [.. Text(1, key), .. Text(2, value)]);

    public byte[] ToBytes() =>
    [
        .. Number(1, 8), .. Text(2, "tiny"), .. Text(6, "a model for tests"),
        .. Bytes(7, [.. _nodes.SelectMany(n => Bytes(1, n)), .. Text(2, "graph"), .. _weights.SelectMany(w => Bytes(5, w)),
            .. _inputs.SelectMany(i => Bytes(11, i)), .. _outputs.SelectMany(o => Bytes(12, o))]),
        .. Bytes(8, [.. Number(2, 17)]),
        .. _properties.SelectMany(p => Bytes(14, p)),
    ];

    /// <summary>float y = factor · x + offset, of any shape of that rank.</summary>
    public static TinyModel Affine(float factor, float offset, params object[] shape) => new TinyModel()
        .Input("x", TensorElementType.Float, shape).Output("y", TensorElementType.Float, shape)
        .Weight("factor", [factor], 1).Weight("offset", [offset], 1)
        .Node("Mul", ["x", "factor"], "scaled").Node("Add", ["scaled", "offset"], "y");

    private TinyModel Add(List<byte[]> list, byte[] message)
    {
        list.Add(message);
        return this;
    }

    private static byte[] Value(string name, TensorElementType type, object[] shape)
    {
        var axes = shape.SelectMany(axis => Bytes(1, axis is string symbol ? [.. Text(2, symbol)] : [.. Number(1, Convert.ToInt64(axis))])).ToArray();
        return [.. Text(1, name), .. Bytes(2, [.. Bytes(1, [.. Number(1, (long)type), .. Bytes(2, axes)])])];
    }

    private static byte[] Tensor(string name, TensorElementType type, long[] shape) => [.. shape.SelectMany(s => Number(1, s)), .. Number(2, (long)type), .. Text(8, name)];

    private static byte[] Text(int field, string text) => [.. Bytes(field, Encoding.UTF8.GetBytes(text))];

    private static byte[] Number(int field, long value) => [.. Tag(field, 0), .. Variable((ulong)value)];

    private static byte[] Bytes(int field, ReadOnlySpan<byte> bytes) => [.. Tag(field, 2), .. Variable((ulong)bytes.Length), .. bytes];

    private static byte[] Tag(int field, int wire) => Variable((ulong)(field << 3 | wire));

    private static byte[] Variable(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 128; value >>= 7)
            bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
