using System.Globalization;

namespace AniSora.Onnx.Export;

public sealed partial class Value
{
    /// <summary>e to each number.</summary>
    public Value Exp() => Map("Exp");

    /// <summary>Square roots.</summary>
    public Value Sqrt() => Map("Sqrt");

    /// <summary>Each number times itself.</summary>
    public Value Square() => this * this;

    /// <summary>Hyperbolic tangents.</summary>
    public Value Tanh() => Map("Tanh");

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public Value Sigmoid() => Map("Sigmoid");

    /// <summary>x·sigmoid(x).</summary>
    public Value Silu() => this * Sigmoid();

    /// <summary>max(x, 0).</summary>
    public Value Relu() => Map("Relu");

    /// <summary>x·Φ(x); in the form that ONNX Runtime knows as one operator.</summary>
    /// <param name="tanh">The approximation by a hyperbolic tangent.</param>
    public Value Gelu(bool tanh = false) => tanh
        ? (this * 0.5) * (((this + (Graph.Emit("Pow", [this, Like(3)]) * 0.044715)) * Math.Sqrt(2 / Math.PI)).Tanh() + 1)
        : (this * ((this / Math.Sqrt(2)).Map("Erf") + 1)) * 0.5;

    /// <summary>Limits each number.</summary>
    public Value Clamp(double least, double most) => Graph.Emit("Clip", [this, Like(least), Like(most)]);

    /// <summary>Softmax along an axis.</summary>
    public Value Softmax(int axis) => Map("Softmax", ("axis", Axis(axis)));

    /// <summary>Which numbers are above another; Bool.</summary>
    public Value Greater(double number) => Binary("Greater", this, Like(number), ScalarType.Bool);

    /// <summary>Of two values the first where this one (Bool) is true.</summary>
    public Value Where(Value yes, Value no) => Graph.Emit("Where", [this, yes, no], Dim.Broadcast(Shape, Dim.Broadcast(yes.Shape, no.Shape)), yes.Type);

    /// <summary>In another element type.</summary>
    public Value Cast(ScalarType type) => type == Type ? this : Graph.Emit("Cast", [this], null, type, ("to", (long)GraphBuilder.OnnxType(type)));

    /// <summary>Sum over axes.</summary>
    public Value Sum(int[] axes, bool keepdim = false) => Reduce("ReduceSum", axes, keepdim);

    /// <summary>Mean over axes.</summary>
    public Value Mean(int[] axes, bool keepdim = false) => Reduce("ReduceMean", axes, keepdim);

    /// <summary>Largest number over axes.</summary>
    public Value Max(int[] axes, bool keepdim = false) => Reduce("ReduceMax", axes, keepdim);

    /// <summary>Matrix product of the last two axes, broadcast over the others; in 8 bits where those are wanted and <paramref name="other"/> is a weight.</summary>
    /// <param name="other">[…, K, M].</param>
    /// <returns>[…, N, M] of this [… N, K].</returns>
    public Value MatMul(Value other)
    {
        if (Rank < 2 || other.Rank < 2)
            throw Graph.Error($"{this} × {other}: a matrix product wants two axes of each");
        Dim[] shape = [.. Dim.Broadcast([.. Shape.SkipLast(2)], [.. other.Shape.SkipLast(2)]), Shape[^2], other.Shape[^1]];
        return Graph.Options.Weights == OnnxWeightFormat.Int8 && other is { Content: { } weight, Rank: 2, Type: ScalarType.Float32 } && weight.numel() >= FewWeights
            ? InBytes(other, shape)
            : Graph.Emit("MatMul", [this, other], shape);
    }

    /// <summary>Fewer weights are not worth quantising what they are multiplied with.</summary>
    private const long FewWeights = 1024;

    /// <summary>
    /// Symmetric 8-bit weights are stored as unsigned bytes around 128. With signed ones the products take two thirds of the time on processors
    /// with VNNI, but without it ONNX Runtime adds them up with saturation, which only 7 bits would avoid, with a third more error.
    /// </summary>
    private const int ZeroPoint = 128;

    private Value InBytes(Value weight, Dim[] shape)
    {
        // A column's largest magnitude becomes 127.
        static Tensor Scales(Tensor w) => (w.to(float32).abs().amax([0]) / 127).clamp_min(1e-30);
        var scale = Graph.Derive(weight, ".scale", [weight.Shape[1].Constant], ScalarType.Float32, Scales);
        var bytes = Graph.Derive(weight, ".uint8", [.. weight.Shape.Select(d => d.Constant)], ScalarType.Byte, w => (w.to(float32) / Scales(w)).round().add(ZeroPoint).to(ScalarType.Byte));
        var quantised = Graph.EmitMany("DynamicQuantizeLinear", [this], [(ScalarType.Byte, Shape), (ScalarType.Float32, []), (ScalarType.Byte, [])]);
        var product = Graph.Emit("MatMulInteger", [quantised[0], bytes, quantised[2], Graph.Number(ZeroPoint, ScalarType.Byte)], shape, ScalarType.Int32);
        return product.Cast(ScalarType.Float32) * (scale * quantised[1]);
    }

    private Value Reduce(string op, int[] axes, bool keepdim)
    {
        axes = [.. axes.Select(a => Axis(a)).Order()];
        Dim[] shape = [.. keepdim ? Shape.Select((s, i) => axes.Contains(i) ? 1 : s) : Shape.Where((_, i) => !axes.Contains(i))];
        if (op is "ReduceSum" or "ReduceMean" && ByProduct(op, axes) is { } product)
            return product.Reshape(shape);
        // Opset 17 takes the axes of a sum as an input, those of the others as an attribute.
        return op == "ReduceSum"
            ? Graph.Emit(op, [this, Graph.Integers(axes.Select(a => (long)a))], shape, null, ("keepdims", keepdim ? 1L : 0L))
            : Graph.Emit(op, [this], shape, null, ("axes", axes), ("keepdims", keepdim ? 1L : 0L));
    }

    /// <summary>
    /// A sum over neighbouring axes that have others behind them, such as channels: as a product with a row of ones, which ONNX Runtime
    /// computes some thirty times as fast as its own sum over such axes. Null where it is not such a sum.
    /// </summary>
    private Value? ByProduct(string op, int[] axes)
    {
        const long Most = 4096, Few = 16;
        var (count, behind) = (Dim.Product(axes.Select(a => Shape[a])), Dim.Product(Shape.Skip(axes[^1] + 1)));
        if (Type != ScalarType.Float32 || axes[^1] - axes[0] != axes.Length - 1 || axes[^1] == Rank - 1 || count is not { IsConstant: true, Constant: > 0 and <= Most } || behind is { IsConstant: true, Constant: < Few })
            return null;
        double weight = op == "ReduceMean" ? 1.0 / count.Constant : 1;
        var row = Graph.Literal($"{weight.ToString("R", CultureInfo.InvariantCulture)} [1, {count}]", () => full([1, count.Constant], weight));
        return row.MatMul(Reshape(Dim.Product(Shape.Take(axes[0])), count, behind));
    }
}
