namespace AniSora.Onnx.Export.Layers;

/// <summary>Activation functions, and layers that do nothing when a model is used.</summary>
internal static class Activations
{
    public static void Register()
    {
        OnnxModules.Register<ReLU>((_, _, x) => x.Relu());
        OnnxModules.Register<ReLU6>((_, _, x) => x.Clamp(0, 6));
        OnnxModules.Register<GELU>((_, m, x) => x.Gelu(m.approximate == TorchSharp.Modules.GELU.Approximate.tanh));
        OnnxModules.Register<SiLU>((_, _, x) => x.Silu());
        OnnxModules.Register<Sigmoid>((_, _, x) => x.Sigmoid());
        OnnxModules.Register<Tanh>((_, _, x) => x.Tanh());
        OnnxModules.Register<LeakyReLU>((_, m, x) => x.Map("LeakyRelu", ("alpha", m.negative_slope)));
        OnnxModules.Register<ELU>((_, m, x) => x.Map("Elu", ("alpha", m.alpha)));
        OnnxModules.Register<SELU>((_, _, x) => x.Map("Selu"));
        OnnxModules.Register<CELU>((_, m, x) => x.Map("Celu", ("alpha", m.alpha)));
        OnnxModules.Register<Hardswish>((_, _, x) => x.Map("HardSwish"));
        OnnxModules.Register<Hardsigmoid>((_, _, x) => x.Map("HardSigmoid", ("alpha", 1.0 / 6), ("beta", 0.5)));
        OnnxModules.Register<Hardshrink>((_, m, x) => x.Map("Abs").Greater(m.lambda).Where(x, x.Like(0)));
        OnnxModules.Register<Softshrink>((_, m, x) => x.Map("Shrink", ("lambd", m.lambda), ("bias", m.lambda)));
        OnnxModules.Register<Tanhshrink>((_, _, x) => x - x.Tanh());
        OnnxModules.Register<Threshold>((_, m, x) => x.Greater(m.threshold).Where(x, x.Like(m.value)));
        OnnxModules.Register<Softsign>((_, _, x) => x.Map("Softsign"));
        OnnxModules.Register<LogSigmoid>((_, _, x) => -(-x).Map("Softplus"));
        OnnxModules.Register<Mish>((_, _, x) => x * x.Map("Softplus").Tanh());
        OnnxModules.Register<Softplus>(Softplus);
        OnnxModules.Register<PReLU>((g, m, x) => g.Emit("PRelu", [x, x.Rank > 2 ? g.Weight(m.weight!, [m.num_parameters, .. Enumerable.Repeat(1L, x.Rank - 2)]) : g.Weight(m.weight!)]));
        OnnxModules.Register<RReLU>((_, m, x) => x.Map("LeakyRelu", ("alpha", (m.lower + m.upper) / 2)));
        OnnxModules.Register<GLU>((_, m, x) => x.Chunk(2, (int)m.dim) is [var a, var b] ? a * b.Sigmoid() : x);
        OnnxModules.Register<Softmax>((_, m, x) => x.Softmax((int)m.dim));
        OnnxModules.Register<Softmin>((_, m, x) => (-x).Softmax((int)m.dim));
        OnnxModules.Register<Softmax2d>((_, _, x) => x.Softmax(-3));
        OnnxModules.Register<LogSoftmax>((_, m, x) => x.Map("LogSoftmax", ("axis", x.Axis(m.dim))));

        OnnxModules.Register<Identity>((_, _, x) => x);
        OnnxModules.Register<Dropout>((_, _, x) => x);
        OnnxModules.Register<Dropout1d>((_, _, x) => x);
        OnnxModules.Register<Dropout2d>((_, _, x) => x);
        OnnxModules.Register<Dropout3d>((_, _, x) => x);
        OnnxModules.Register<AlphaDropout>((_, _, x) => x);
        OnnxModules.Register<FeatureAlphaDropout>((_, _, x) => x);
    }

    /// <summary>log(1 + exp(β·x)) / β, and x itself above the threshold.</summary>
    private static Value Softplus(GraphBuilder g, Softplus m, Value x)
    {
        var y = (x * m.beta).Map("Softplus") / m.beta;
        // From 20 on it is the same in single precision.
        return m.threshold >= 20 ? y : (x * m.beta).Greater(m.threshold).Where(x, y);
    }
}
