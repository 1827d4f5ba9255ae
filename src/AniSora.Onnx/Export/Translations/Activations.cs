using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Activation functions. GELU is written in the forms that ONNX Runtime makes one kernel of.</summary>
internal static class Activations
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("relu", c => c.Emit("Relu", [c.Tensor()]));
        table.Add("sigmoid", c => c.Emit("Sigmoid", [c.Cast(c.Tensor(), c.Result.Type)]));
        table.Add("tanh", c => c.Emit("Tanh", [c.Cast(c.Tensor(), c.Result.Type)]));
        table.Add("silu", c => c.Mul(c.Tensor(), c.Emit("Sigmoid", [c.Tensor()])));
        table.Add("gelu", c => c.Text("approximate") == "tanh" ? TanhGelu(c, c.Tensor()) : Gelu(c, c.Tensor()));
        table.Add("softmax.int", c => Softmax(c, "Softmax"));
        table.Add("_softmax", c => Softmax(c, "Softmax"));
        table.Add("log_softmax.int", c => Softmax(c, "LogSoftmax"));
        table.Add("_log_softmax", c => Softmax(c, "LogSoftmax"));
        // While a model is evaluated these pass their input on.
        table.Add(["dropout", "feature_dropout", "alpha_dropout"], c => c.Number("p") == 0 || !c.Flag("train")
            ? c.Tensor("input")
            : throw c.Error("dropout is on: call eval() before recording"));
    }

    private static OnnxValue Gelu(OnnxCall c, OnnxValue x)
    {
        var erf = c.Emit("Erf", [c.Div(x, c.Constant(Math.Sqrt(2), x.Type))]);
        return c.Mul(c.Mul(x, c.Add(erf, 1)), 0.5);
    }

    private static OnnxValue TanhGelu(OnnxCall c, OnnxValue x)
    {
        var cubic = c.Mul(c.Emit("Pow", [x, c.Constant(3, x.Type)]), 0.044715);
        var tanh = c.Emit("Tanh", [c.Mul(c.Add(x, cubic), Math.Sqrt(2 / Math.PI))]);
        return c.Mul(c.Mul(x, 0.5), c.Add(tanh, 1));
    }

    private static OnnxValue Softmax(OnnxCall c, string op)
    {
        var x = c.Cast(c.Tensor(), c.Result.Type);
        // A single number has no axis to go along.
        return x.Rank == 0
            ? c.Reshape(c.Emit(op, [c.Reshape(x, 1)], attributes: ("axis", 0L)))
            : c.Emit(op, [x], attributes: ("axis", c.Axis("dim", x.Rank)));
    }
}
