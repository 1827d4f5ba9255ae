namespace AniSora.Onnx.Export;

/// <summary>A tensor of the graph that is being built: what an input, a weight or a node gives.</summary>
/// <remarks>Operators and methods add nodes where the graph stands (<see cref="GraphBuilder.Enter"/>); names and meaning are TorchSharp's.</remarks>
public sealed partial class Value
{
    internal Value(GraphBuilder graph, string name, ScalarType type, IEnumerable<Dim> shape, Tensor? content = null) =>
        (Graph, Name, Type, Shape, Content) = (graph, name, type, [.. shape], content);

    /// <summary>The graph.</summary>
    public GraphBuilder Graph { get; }

    /// <summary>Its name in the graph.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public ScalarType Type { get; }

    /// <summary>Lengths of the axes.</summary>
    public IReadOnlyList<Dim> Shape { get; }

    /// <summary>Number of axes.</summary>
    public int Rank => Shape.Count;

    /// <summary>A weight's content.</summary>
    internal Tensor? Content { get; }

#pragma warning disable CS1591 // Operators do what they say, with broadcasting; numbers take the other side's type.
    public static Value operator +(Value a, Value b) => Binary("Add", a, b);

    public static Value operator -(Value a, Value b) => Binary("Sub", a, b);

    public static Value operator *(Value a, Value b) => Binary("Mul", a, b);

    public static Value operator /(Value a, Value b) => Binary("Div", a, b);

    public static Value operator +(Value a, double b) => a + a.Like(b);

    public static Value operator -(Value a, double b) => a - a.Like(b);

    public static Value operator *(Value a, double b) => a * a.Like(b);

    public static Value operator /(Value a, double b) => a / a.Like(b);

    public static Value operator +(double a, Value b) => b.Like(a) + b;

    public static Value operator -(double a, Value b) => b.Like(a) - b;

    public static Value operator *(double a, Value b) => b * b.Like(a);

    public static Value operator /(double a, Value b) => b.Like(a) / b;

    public static Value operator -(Value a) => a.Map("Neg");
#pragma warning restore CS1591

    /// <summary>An operator of two values that are broadcast to each other.</summary>
    /// <param name="op">ONNX operator.</param>
    /// <param name="a">Left.</param>
    /// <param name="b">Right.</param>
    /// <param name="type">Type of the result, where it is not theirs.</param>
    public static Value Binary(string op, Value a, Value b, ScalarType? type = null) => a.Graph.Emit(op, [a, b], Dim.Broadcast(a.Shape, b.Shape), type);

    /// <summary>An operator that keeps shape and type.</summary>
    /// <param name="op">ONNX operator.</param>
    /// <param name="attributes">Its attributes.</param>
    public Value Map(string op, params (string Name, object Value)[] attributes) => Graph.Emit(op, [this], attributes: attributes);

    /// <summary>A number of this value's type.</summary>
    public Value Like(double number) => Graph.Number(number, Type);

    /// <summary>Such as <c>fc/MatMul Float32[batch, 6]</c>.</summary>
    public override string ToString() => $"{Name} {Type}[{string.Join(", ", Shape)}]";

    /// <summary>An axis counted from the front.</summary>
    internal int Axis(long axis) => axis >= -Rank && axis < Rank ? (int)(axis < 0 ? axis + Rank : axis)
        : throw Graph.Error($"axis {axis} of {this}: it has {Rank}");
}
