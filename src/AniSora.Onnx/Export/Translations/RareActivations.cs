using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Activation functions that are met less often.</summary>
internal static class RareActivations
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("leaky_relu", c => c.Emit("LeakyRelu", [c.Tensor()], attributes: ("alpha", c.Number("negative_slope"))));
        table.Add("elu", Elu);
        table.Add("selu", c => c.Emit("Selu", [c.Tensor()]));
        table.Add("celu", c => c.Emit("Celu", [c.Tensor()], attributes: ("alpha", c.Number("alpha"))));
        table.Add("softplus", Softplus);
        table.Add("mish", c => c.Mul(c.Tensor(), c.Emit("Tanh", [c.Emit("Softplus", [c.Tensor()])])));
        table.Add("hardswish", c => c.Emit("HardSwish", [c.Tensor()]));
        table.Add("hardsigmoid", c => c.Emit("HardSigmoid", [c.Tensor()], attributes: [("alpha", 1.0 / 6), ("beta", 0.5)]));
        table.Add("hardtanh", c => Clip(c, c.Number("min_val"), c.Number("max_val")));
        table.Add("relu6", c => Clip(c, 0, 6));
        table.Add("hardshrink", c => Where(c, c.Binary("Greater", c.Emit("Abs", [c.Tensor()]), Number(c, c.Number("lambd")), ScalarType.Bool), c.Tensor(), Number(c, 0)));
        table.Add("softshrink", c => c.Emit("Shrink", [c.Tensor()], attributes: [("lambd", c.Number("lambd")), ("bias", c.Number("lambd"))]));
        table.Add("threshold", c => Where(c, c.Binary("Greater", c.Tensor(), Number(c, c.Number("threshold")), ScalarType.Bool), c.Tensor(), Number(c, c.Number("value"))));
        table.Add("log_sigmoid", c => c.Emit("Neg", [c.Emit("Softplus", [c.Emit("Neg", [c.Tensor()])])]));
        table.Add("prelu", Prelu);
        table.Add("glu", Glu);
        table.Add("logit", c => c.Has("eps") ? Logit(c, Clip(c, c.Number("eps"), 1 - c.Number("eps"))) : Logit(c, c.Tensor()));
    }

    private static OnnxValue Number(OnnxCall c, double number) => c.Constant(number, c.Result.Type);

    private static OnnxValue Where(OnnxCall c, OnnxValue condition, OnnxValue yes, OnnxValue no) => c.Emit("Where", [condition, yes, no], c.Result.Type, c.Result.Shape);

    private static OnnxValue Clip(OnnxCall c, double low, double high) => c.Emit("Clip", [c.Tensor(), Number(c, low), Number(c, high)]);

    private static OnnxValue Elu(OnnxCall c)
    {
        double alpha = c.Number("alpha"), scale = c.Number("scale"), inner = c.Number("input_scale");
        if (inner == 1)
            return c.Mul(c.Emit("Elu", [c.Tensor()], attributes: ("alpha", alpha)), scale);
        var below = c.Mul(c.Add(c.Emit("Exp", [c.Mul(c.Tensor(), inner)]), -1), alpha * scale);
        return Where(c, c.Binary("Greater", c.Tensor(), Number(c, 0), ScalarType.Bool), c.Mul(c.Tensor(), scale), below);
    }

    /// <summary>log(1 + exp(β·x)) / β, and x itself above the threshold.</summary>
    private static OnnxValue Softplus(OnnxCall c)
    {
        double beta = c.Number("beta"), threshold = c.Number("threshold");
        var scaled = c.Mul(c.Tensor(), beta);
        var y = c.Mul(c.Emit("Softplus", [scaled]), 1 / beta);
        // From 20 on it is the same in single precision.
        return threshold >= 20 ? y : Where(c, c.Binary("Greater", scaled, Number(c, threshold), ScalarType.Bool), c.Tensor(), y);
    }

    private static OnnxValue Prelu(OnnxCall c)
    {
        OnnxValue x = c.Tensor(), slope = c.Tensor("weight");
        // One slope for all, or one for each channel.
        if (x.Rank > 2 && !slope.Shape[0].Equals(1))
            slope = c.Reshape(slope, [slope.Shape[0], .. x.Shape.Skip(2).Select(_ => (Torch.Recording.SizeFormula)1)]);
        return c.Emit("PRelu", [x, slope]);
    }

    private static OnnxValue Glu(OnnxCall c)
    {
        var x = c.Tensor();
        int axis = c.Axis("dim", x.Rank);
        var half = c.Result.Shape[axis];
        var halves = c.EmitMany("Split", [x, c.SizeList(half, half)], [(x.Type, c.Result.Shape), (x.Type, c.Result.Shape)], ("axis", axis));
        return c.Mul(halves[0], c.Emit("Sigmoid", [halves[1]]));
    }

    private static OnnxValue Logit(OnnxCall c, OnnxValue x) => c.Emit("Log", [c.Div(x, c.Sub(Number(c, 1), x))]);
}
