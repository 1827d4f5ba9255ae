using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

public sealed partial class OnnxCall
{
    /// <summary>
    /// Symmetric 8-bit weights are stored as unsigned bytes around 128. With signed ones the products take two thirds of the time on processors
    /// with VNNI, but without it ONNX Runtime adds them up with saturation, which only 7 bits would avoid, with a third more error.
    /// </summary>
    private const int ZeroPoint = 128;

    /// <summary>Fewer weights are not worth quantising what they are multiplied with.</summary>
    private const long FewWeights = 1024;

    /// <summary>Matrix product, as libtorch's matmul; with 8-bit weights where those are wanted and the second is a matrix of weights.</summary>
    /// <param name="a"><c>[…, N, K]</c> or <c>[K]</c>.</param>
    /// <param name="b"><c>[…, K, M]</c> or <c>[K]</c>.</param>
    public OnnxValue MatMul(OnnxValue a, OnnxValue b)
    {
        SizeFormula[] batch = OnnxSizes.Broadcast([.. a.Shape.SkipLast(2)], [.. b.Shape.SkipLast(2)]);
        SizeFormula[] shape = [.. batch, .. a.Rank > 1 ? [a.Shape[^2]] : Array.Empty<SizeFormula>(), .. b.Rank > 1 ? [b.Shape[^1]] : Array.Empty<SizeFormula>()];
        bool quantised = _graph.Format == OnnxWeightFormat.Int8 && b is { Constant: { } weight, Rank: 2, Type: ScalarType.Float32 } && a.Rank > 1 && weight.numel() >= FewWeights;
        return quantised ? QuantisedMatMul(a, b, shape) : Emit("MatMul", [a, b], null, shape);
    }

    /// <summary>A constant made of another one, once for the whole graph.</summary>
    /// <param name="x">A constant.</param>
    /// <param name="suffix">What is added to its name.</param>
    /// <param name="make">Computes it.</param>
    internal OnnxValue Derive(OnnxValue x, string suffix, Func<Tensor, Tensor> make) => _graph.Derive(x, suffix, make);

    /// <summary>A constant known by its content, which is also its name.</summary>
    internal OnnxValue Literal(string text, Func<Tensor> make) => _graph.Literal(text, make);

    /// <summary>Whether a number argument depends on the sizes.</summary>
    internal bool HasFormula(string argument) => Find(argument) is SizeFormula { IsConstant: false };

    private OnnxValue QuantisedMatMul(OnnxValue a, OnnxValue b, SizeFormula[] shape)
    {
        // A column's largest magnitude becomes 127.
        var scale = Derive(b, ".scale", w => (w.abs().amax([0]) / 127).clamp_min(1e-30));
        var bytes = _graph.DeriveLater(b, ".uint8", ScalarType.Byte, w => (w / scale.Constant!).round().add(ZeroPoint).to(ScalarType.Byte));
        var quantised = EmitMany("DynamicQuantizeLinear", [a], [(ScalarType.Byte, a.Shape), (ScalarType.Float32, []), (ScalarType.Byte, [])]);
        var product = Emit("MatMulInteger", [quantised[0], bytes, quantised[2], Constant(ZeroPoint, ScalarType.Byte)], ScalarType.Int32, shape);
        return Mul(Cast(product, ScalarType.Float32), Mul(scale, quantised[1]));
    }
}
