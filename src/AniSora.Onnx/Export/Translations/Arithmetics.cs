using AniSora.Torch;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Arithmetic element by element. ONNX wants equal types; what libtorch computes in is the recorded result's type.</summary>
internal static class Arithmetics
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add(["add.Tensor", "add.Scalar"], c => Scaled(c, "Add", c.Tensor(), Other(c)));
        table.Add(["sub.Tensor", "sub.Scalar"], c => Scaled(c, "Sub", c.Tensor(), Other(c)));
        table.Add(["rsub.Tensor", "rsub.Scalar"], c => c.Arithmetic("Sub", Other(c), Times(c, c.Cast(c.Tensor(), c.Result.Type), "alpha"), c.Result.Type));
        table.Add(["mul.Tensor", "mul.Scalar"], c => c.Result.Type == ScalarType.Bool ? c.Binary("And", c.Tensor(), Other(c)) : c.Arithmetic("Mul", c.Tensor(), Other(c), c.Result.Type));
        table.Add(["div.Tensor", "div.Scalar", "true_divide.Tensor", "true_divide.Scalar"], c => c.Arithmetic("Div", c.Tensor(), Other(c), c.Result.Type));
        table.Add(["div.Tensor_mode", "div.Scalar_mode"], Divide);
        table.Add(["floor_divide", "floor_divide.Scalar"], c => FloorDivide(c, c.Cast(c.Tensor(), c.Result.Type), Other(c)));
        table.Add(["remainder.Tensor", "remainder.Scalar"], c => Remainder(c, c.Cast(c.Tensor(), c.Result.Type), Other(c)));
        table.Add(["fmod.Tensor", "fmod.Scalar"], c => c.Arithmetic("Sub", c.Tensor(), c.Mul(Truncated(c, c.Cast(c.Tensor(), c.Result.Type), Other(c)), Other(c)), c.Result.Type));
        table.Add("addcmul", c => Scaled(c, "Add", c.Tensor(), c.Arithmetic("Mul", c.Tensor("tensor1"), c.Tensor("tensor2"), c.Result.Type), "value"));
        table.Add("addcdiv", c => Scaled(c, "Add", c.Tensor(), c.Arithmetic("Div", c.Tensor("tensor1"), c.Tensor("tensor2"), c.Result.Type), "value"));
        table.Add("lerp.Scalar", c => Lerp(c, c.Constant(c.Number("weight"), c.Result.Type)));
        table.Add("lerp.Tensor", c => Lerp(c, c.Tensor("weight")));
        table.Add("pow.Tensor_Scalar", c => Power(c, c.Tensor()));
        table.Add("pow.Tensor_Tensor", c => c.Binary("Pow", c.Cast(c.Tensor(), c.Result.Type), c.Cast(c.Tensor("exponent"), c.Result.Type)));
        table.Add("pow.Scalar", c => c.Binary("Pow", c.Constant(c.Number("self"), c.Result.Type), c.Cast(c.Tensor("exponent"), c.Result.Type)));
        table.Add("square", c => c.Mul(c.Tensor(), c.Tensor()));
        table.Add(["maximum", "max.other"], c => c.Binary("Max", c.Cast(c.Tensor(), c.Result.Type), c.Cast(c.Tensor("other"), c.Result.Type)));
        table.Add(["minimum", "min.other"], c => c.Binary("Min", c.Cast(c.Tensor(), c.Result.Type), c.Cast(c.Tensor("other"), c.Result.Type)));
        table.Add("clamp", c => Clamp(c, n => c.Has(n) ? c.Constant(c.Number(n), c.Result.Type) : null));
        table.Add("clamp.Tensor", c => Clamp(c, n => c.OptionalTensor(n) is { } limit ? c.Cast(limit, c.Result.Type) : null));
        table.Add("clamp_min", c => c.Binary("Max", c.Cast(c.Tensor(), c.Result.Type), c.Constant(c.Number("min"), c.Result.Type)));
        table.Add("clamp_max", c => c.Binary("Min", c.Cast(c.Tensor(), c.Result.Type), c.Constant(c.Number("max"), c.Result.Type)));

        foreach (var (name, op) in new[]
        {
            ("neg", "Neg"), ("abs", "Abs"), ("sign", "Sign"), ("sqrt", "Sqrt"), ("reciprocal", "Reciprocal"), ("exp", "Exp"), ("log", "Log"), ("erf", "Erf"),
            ("sin", "Sin"), ("cos", "Cos"), ("tan", "Tan"), ("asin", "Asin"), ("acos", "Acos"), ("atan", "Atan"), ("sinh", "Sinh"), ("cosh", "Cosh"),
        })
            table.Add(name, c => c.Emit(op, [c.Cast(c.Tensor(), c.Result.Type)]));
        // Whole numbers are their own floor.
        foreach (var (name, op) in new[] { ("floor", "Floor"), ("ceil", "Ceil"), ("round", "Round") })
            table.Add(name, c => OnnxTypes.IsFloat(c.Result.Type) ? c.Emit(op, [c.Tensor()]) : c.Tensor());
        table.Add("round.decimals", c => c.Int("decimals") == 0 && !OnnxTypes.IsFloat(c.Result.Type)
            ? c.Tensor()
            : c.Mul(c.Emit("Round", [c.Mul(c.Tensor(), Math.Pow(10, c.Int("decimals")))]), Math.Pow(10, -c.Int("decimals"))));
        table.Add("trunc", c => OnnxTypes.IsFloat(c.Result.Type) ? Truncate(c, c.Tensor()) : c.Tensor());
        table.Add("frac", c => c.Sub(c.Tensor(), Truncate(c, c.Tensor())));
        table.Add("rsqrt", c => c.Emit("Reciprocal", [c.Emit("Sqrt", [c.Cast(c.Tensor(), c.Result.Type)])]));
        table.Add("exp2", c => c.Emit("Exp", [c.Mul(c.Cast(c.Tensor(), c.Result.Type), Math.Log(2))]));
        table.Add("expm1", c => c.Add(c.Emit("Exp", [c.Cast(c.Tensor(), c.Result.Type)]), -1));
        table.Add("log1p", c => c.Emit("Log", [c.Add(c.Cast(c.Tensor(), c.Result.Type), 1)]));
        table.Add("log2", c => c.Mul(c.Emit("Log", [c.Cast(c.Tensor(), c.Result.Type)]), 1 / Math.Log(2)));
        table.Add("log10", c => c.Mul(c.Emit("Log", [c.Cast(c.Tensor(), c.Result.Type)]), 1 / Math.Log(10)));
    }

    /// <summary>The argument <c>other</c>, tensor or number, in the result's type.</summary>
    private static OnnxValue Other(OnnxCall c) =>
        c.Node.Op.FullName.Contains(".Scalar", StringComparison.Ordinal) ? c.Scalar("other", c.Result.Type) : c.Cast(c.Tensor("other"), c.Result.Type);

    private static OnnxValue Times(OnnxCall c, OnnxValue x, string factor) => c.Number(factor) == 1 ? x : c.Mul(x, c.Scalar(factor, x.Type));

    private static OnnxValue Scaled(OnnxCall c, string op, OnnxValue a, OnnxValue b, string factor = "alpha") =>
        c.Result.Type == ScalarType.Bool ? c.Binary("Or", a, b) : c.Arithmetic(op, a, Times(c, c.Cast(b, c.Result.Type), factor), c.Result.Type);

    private static OnnxValue Lerp(OnnxCall c, OnnxValue weight) => c.Add(c.Tensor(), c.Mul(weight, c.Sub(c.Tensor("end"), c.Tensor())));

    private static OnnxValue Clamp(OnnxCall c, Func<string, OnnxValue?> limit)
    {
        var x = c.Cast(c.Tensor(), c.Result.Type);
        if (limit("min") is { } min)
            x = c.Binary("Max", x, min);
        return limit("max") is { } max ? c.Binary("Min", x, max) : x;
    }

    private static OnnxValue Power(OnnxCall c, OnnxValue x)
    {
        x = c.Cast(x, c.Result.Type);
        return c.Number("exponent") switch
        {
            1 => x,
            2 => c.Mul(x, x),
            0.5 => c.Emit("Sqrt", [x]),
            -1 when OnnxTypes.IsFloat(x.Type) => c.Emit("Reciprocal", [x]),
            -0.5 => c.Emit("Reciprocal", [c.Emit("Sqrt", [x])]),
            var exponent => c.Binary("Pow", x, c.Constant(exponent, x.Type)),
        };
    }

    private static OnnxValue Divide(OnnxCall c)
    {
        var (a, b) = (c.Cast(c.Tensor(), c.Result.Type), Other(c));
        if (!c.Has("rounding_mode"))
            return c.Div(a, b);
        return c.Text("rounding_mode") == "floor" ? FloorDivide(c, a, b) : Truncated(c, a, b);
    }

    /// <summary>ONNX divides whole numbers towards zero.</summary>
    private static OnnxValue Truncated(OnnxCall c, OnnxValue a, OnnxValue b) => OnnxTypes.IsFloat(a.Type) ? Truncate(c, c.Div(a, b)) : c.Div(a, b);

    private static OnnxValue Truncate(OnnxCall c, OnnxValue x) => c.Mul(c.Emit("Sign", [x]), c.Emit("Floor", [c.Emit("Abs", [x])]));

    private static OnnxValue FloorDivide(OnnxCall c, OnnxValue a, OnnxValue b) =>
        OnnxTypes.IsFloat(a.Type) ? c.Emit("Floor", [c.Div(a, b)]) : c.Div(c.Sub(a, Remainder(c, a, b)), b);

    /// <summary>What is left of division downwards; ONNX's Mod does that for whole numbers.</summary>
    private static OnnxValue Remainder(OnnxCall c, OnnxValue a, OnnxValue b) =>
        OnnxTypes.IsFloat(a.Type) ? c.Sub(a, c.Mul(c.Emit("Floor", [c.Div(a, b)]), b)) : c.Binary("Mod", a, b);
}
