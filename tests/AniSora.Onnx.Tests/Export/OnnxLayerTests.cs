using AniSora.Inference;
using AniSora.Onnx.Export;
using TorchSharp;

namespace AniSora.Onnx.Tests.Export;

/// <summary>Every layer of TorchSharp that has a builder, in ONNX Runtime beside TorchSharp at two sizes, in each way to store weights.</summary>
public sealed class OnnxLayerTests
{
    /// <summary>Layers with the shape of their input: -1 for the batch, -2 for a size, -3 for twice that.</summary>
    private static readonly Dictionary<string, (Func<nn.Module> Make, long[] Shape)> Layers = new(StringComparer.Ordinal)
    {
        ["linear"] = (() => Linear(6, 5), [-1, -2, 6]),
        ["linear without bias"] = (() => Linear(6, 5, hasBias: false), [-1, 6]),
        ["linear of one row"] = (() => Linear(6, 5), [6]),
        ["large linear"] = (() => Linear(64, 48), [-1, -2, 64]),
        ["conv1d"] = (() => Conv1d(6, 4, 3, stride: 2, padding: 1), [-1, 6, -3]),
        ["conv1d of an odd size"] = (() => Sequential(Conv1d(6, 4, 3, stride: 2), Conv1d(4, 4, 3, stride: 3), AdaptiveAvgPool1d(1)), [-1, 6, 23]),
        ["conv1d of any size"] = (() => Sequential(Conv1d(6, 4, 3, stride: 2), ReLU(), Conv1d(4, 4, 2, stride: 3)), [-1, 6, -2]),
        ["conv2d"] = (() => Conv2d(4, 6, 3, dilation: 2, padding: 2, groups: 2), [-1, 4, -2, 7]),
        ["conv2d in pairs"] = (() => Conv2d(4, 6, (3, 1), (2, 1), (1, 0), bias: false), [-1, 4, -3, -2]),
        ["conv2d of one picture"] = (() => Conv2d(4, 6, 3), [4, -2, 9]),
        ["conv2d same"] = (() => Conv2d(4, 6, 4, padding: TorchSharp.Padding.Same), [-1, 4, -2, 9]),
        ["conv2d reflected"] = (() => Conv2d(4, 4, 3, padding: 1, padding_mode: PaddingModes.Reflect), [-1, 4, -2, 5]),
        ["conv2d replicated"] = (() => Conv2d(4, 4, 3, padding: 2, padding_mode: PaddingModes.Replicate), [-1, 4, -2, 5]),
        ["conv3d"] = (() => Conv3d(4, 8, 3, padding: 1), [-1, 4, -2, 5, 6]),
        ["conv_transpose1d"] = (() => ConvTranspose1d(4, 6, 3, stride: 2, padding: 1, output_padding: 1), [-1, 4, -2]),
        ["conv_transpose2d"] = (() => ConvTranspose2d(4, 6, 4, stride: 2, padding: 1, groups: 2), [-1, 4, -2, 7]),
        ["conv_transpose3d"] = (() => ConvTranspose3d(4, 3, 2, stride: 2), [-1, 4, -2, 3, 4]),
        ["layer_norm"] = (() => Shaken(LayerNorm(6)), [-1, -2, 6]),
        ["layer_norm of two axes, bare"] = (() => LayerNorm([5, 6], elementwise_affine: false), [-1, 5, 6]),
        ["group_norm"] = (() => Shaken(GroupNorm(2, 6)), [-1, 6, -2, 5]),
        ["group_norm bare"] = (() => GroupNorm(3, 6, affine: false), [-1, 6, -2]),
        ["batch_norm1d"] = (() => Trained(BatchNorm1d(6), 4, 6), [-1, 6]),
        ["batch_norm2d"] = (() => Trained(BatchNorm2d(6), 4, 6, 3, 3), [-1, 6, -2, 5]),
        ["batch_norm3d bare"] = (() => Trained(BatchNorm3d(6, affine: false), 4, 6, 3, 3, 3), [-1, 6, -2, 5, 3]),
        ["instance_norm1d"] = (() => Shaken(InstanceNorm1d(6, affine: true)), [-1, 6, -2]),
        ["instance_norm2d"] = (() => InstanceNorm2d(6), [-1, 6, -2, 5]),
        ["instance_norm3d"] = (() => InstanceNorm3d(6), [-1, 6, -2, 5, 3]),
        ["local response norm"] = (() => LocalResponseNorm(3), [-1, 6, -2, 5]),
        ["relu"] = (() => ReLU(), [-1, -2]),
        ["relu6"] = (() => ReLU6(), [-1, -2]),
        ["gelu"] = (() => GELU(), [-1, -2]),
        ["gelu tanh"] = (() => GELU(TorchSharp.Modules.GELU.Approximate.tanh), [-1, -2]),
        ["silu"] = (() => SiLU(), [-1, -2]),
        ["sigmoid"] = (() => Sigmoid(), [-1, -2]),
        ["tanh"] = (() => Tanh(), [-1, -2]),
        ["leaky_relu"] = (() => LeakyReLU(0.2), [-1, -2]),
        ["elu"] = (() => ELU(0.7), [-1, -2]),
        ["selu"] = (() => SELU(), [-1, -2]),
        ["celu"] = (() => CELU(0.7), [-1, -2]),
        ["hardswish"] = (() => Hardswish(), [-1, -2]),
        ["hardsigmoid"] = (() => Hardsigmoid(), [-1, -2]),
        ["hardshrink"] = (() => Hardshrink(0.3), [-1, -2]),
        ["softshrink"] = (() => Softshrink(0.3), [-1, -2]),
        ["tanhshrink"] = (() => Tanhshrink(), [-1, -2]),
        ["threshold"] = (() => Threshold(0.1, 20), [-1, -2]),
        ["softsign"] = (() => Softsign(), [-1, -2]),
        ["log_sigmoid"] = (() => LogSigmoid(), [-1, -2]),
        ["mish"] = (() => Mish(), [-1, -2]),
        ["softplus"] = (() => Softplus(2, 1), [-1, -2]),
        ["prelu"] = (() => PReLU(6), [-1, 6, -2]),
        ["rrelu"] = (() => RReLU(), [-1, -2]),
        ["glu"] = (() => GLU(1), [-1, 8, -2]),
        ["softmax"] = (() => Softmax(1), [-1, 8, -2]),
        ["softmin"] = (() => Softmin(-1), [-1, 8, -2]),
        ["softmax2d"] = (() => Softmax2d(), [-1, 8, -2, 3]),
        ["log_softmax"] = (() => LogSoftmax(-1), [-1, 8, -2]),
        ["dropout"] = (() => Sequential(Dropout(0.5), Dropout2d(0.5), AlphaDropout(0.5), Identity(), Linear(3, 3)), [-1, 8, -2, 3]),
        ["max_pool1d"] = (() => MaxPool1d(3, stride: 2, padding: 1), [-1, 4, -2]),
        ["max_pool2d"] = (() => MaxPool2d(2), [-1, 4, -3, 8]),
        ["max_pool3d"] = (() => MaxPool3d(2, stride: 1), [-1, 4, -2, 5, 6]),
        ["avg_pool1d"] = (() => AvgPool1d(3, stride: 2, padding: 1), [-1, 4, -2]),
        ["avg_pool2d"] = (() => AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false), [-1, 4, -2, 8]),
        ["avg_pool2d with a divisor"] = (() => AvgPool2d(2, divisor_override: 3), [-1, 4, -3, 8]),
        ["avg_pool3d"] = (() => AvgPool3d(2), [-1, 4, -3, 6, 6]),
        ["adaptive_avg_pool1d"] = (() => AdaptiveAvgPool1d(1), [-1, 4, -2]),
        ["adaptive_avg_pool2d"] = (() => AdaptiveAvgPool2d([1, 3]), [-1, 4, -2, 6]),
        ["adaptive_avg_pool3d"] = (() => AdaptiveAvgPool3d([2, 2, 1]), [-1, 4, 6, 4, -2]),
        ["adaptive_max_pool1d"] = (() => AdaptiveMaxPool1d(1), [-1, 4, -2]),
        ["adaptive_max_pool2d"] = (() => AdaptiveMaxPool2d([1, 3]), [-1, 4, -2, 6]),
        ["flatten"] = (() => Sequential(Flatten(), Linear(24, 5)), [-1, 4, 6]),
        ["unflatten"] = (() => Unflatten(1, [2, -1]), [-1, -3, 3]),
        ["pixel shuffle"] = (() => PixelShuffle(2), [-1, 8, -2, 3]),
        ["pixel unshuffle"] = (() => PixelUnshuffle(2), [-1, 3, -3, 4]),
        ["channel shuffle"] = (() => ChannelShuffle(2), [-1, 6, -2, 4]),
        ["zero_pad2d"] = (() => ZeroPad2d((1, 2, 0, 3)), [-1, 3, -2, 4]),
        ["constant_pad1d"] = (() => ConstantPad1d((1, 2), 0.5), [-1, 3, -2]),
        ["reflection_pad2d"] = (() => ReflectionPad2d((1, 2, 2, 0)), [-1, 3, -2, 4]),
        ["replication_pad3d"] = (() => ReplicationPad3d((1, 2, 2, 0, 1, 1)), [-1, 3, -2, 4, 3]),
        ["upsample nearest"] = (() => Upsample(scale_factor: [2, 3]), [-1, 3, -2, 4]),
        ["upsample to a size"] = (() => Upsample(size: [7, 9], mode: UpsampleMode.Bilinear, align_corners: true), [-1, 3, -2, 4]),
        ["upsample linear"] = (() => Upsample(scale_factor: [2], mode: UpsampleMode.Linear, align_corners: false), [-1, 3, -2]),
        ["upsample cubic"] = (() => Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bicubic, align_corners: false), [-1, 3, -2, 5]),
        ["sequential"] = (() => Sequential(Linear(6, 64), GELU(), Linear(64, 6), SiLU()), [-1, -2, 6]),
    };

    public static TheoryData<string> Cases => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ALayerGivesWhatTorchSharpGives(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (make, shape) = Layers[name];
        var layer = make();
        Dim batch = Dim.Axis("batch"), size = Dim.Axis("size");
        var input = new OnnxInput("x", float32, [.. shape.Select(s => s switch { -1 => batch, -2 => size, -3 => 2 * size, _ => s })]);
        foreach (var format in layer.parameters().Any() ? Enum.GetValues<OnnxWeightFormat>() : [OnnxWeightFormat.Float32])
        {
            string path = Path.Combine(folder.Path, $"{format}.onnx");
            var done = OnnxExport.Save(layer, path, [input], new OnnxExportOptions
            {
                Weights = format,
                Sizes = [new Dictionary<string, long> { ["batch"] = 1, ["size"] = 9 }, new Dictionary<string, long> { ["batch"] = 5, ["size"] = 6 }],
                // Rounding a weight to 11 bits, or weight and input to 8: errors of many terms add up as their root.
                Tolerance = format switch { OnnxWeightFormat.Float16 => 2e-3, OnnxWeightFormat.Int8 => 0.03, _ => 1e-5 },
            });
            Assert.True(done.Nodes > 0);
            ReferenceChecker.Check(path);
        }
    }

    [Fact]
    public void AnEmbeddingTakesWholeNumbers()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var words = new OnnxInput("words", int64, Dim.Axis("batch"), Dim.Axis("length")) { Example = shape => randint(0, 9, shape, dtype: int64) };
        var done = OnnxExport.Save(Sequential(Embedding(9, 4), Linear(4, 3)), Path.Combine(folder.Path, "words.onnx"), [words]);
        Assert.True(done.Measured.RelativeError < 1e-5);
    }

    /// <summary>Each of TorchSharp's layers has a builder, or is listed here with what stands against it.</summary>
    [Fact]
    public void OfTorchSharpsLayersOnlyTheseHaveNoBuilder()
    {
        string[] none =
        [
            "Bilinear", "CosineSimilarity", "PairwiseDistance", "EmbeddingBag", "MultiheadAttention", // several inputs; write them as a module of one's own
            "GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNCell", "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer", // settings and weights are hidden in native code
            "Hardtanh", // computes nothing in TorchSharp 0.107: gives its input
            "Fold", "Unfold", "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d",
        ];
        var known = OnnxModules.Known.ToHashSet();
        bool Has(Type? type) => type is not null && (known.Contains(type) || Has(type.BaseType));
        var layers = typeof(Linear).Assembly.GetTypes().Where(t => t is { IsPublic: true, IsAbstract: false, IsGenericType: false, Namespace: "TorchSharp.Modules" } && typeof(nn.Module).IsAssignableFrom(t)
            && !t.Name.EndsWith("Loss", StringComparison.Ordinal) && t.Name is not ("ParameterDict" or "ParameterList"));
        Assert.Equal(none.Order(StringComparer.Ordinal), layers.Where(t => !Has(t)).Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    private static T Shaken<T>(T module)
        where T : nn.Module
    {
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
            parameter.copy_(randn(parameter.shape) + 1); // TorchSharp 0.107 leaves a GroupNorm's weights as the memory was
        return module;
    }

    private static Module<Tensor, Tensor> Trained(Module<Tensor, Tensor> norm, params long[] shape)
    {
        Shaken(norm);
        using var noGrad = no_grad();
        for (int i = 0; i < 3; i++)
            norm.call((randn(shape) * 2) + 1);
        return norm;
    }
}
