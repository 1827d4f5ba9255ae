using AniSora.Inference;
using AniSora.Onnx.Export;
using AniSora.Torch;
using AniSora.Torch.Recording;
using static AniSora.Torch.torch;
using F = AniSora.Torch.torch.nn.functional;

namespace AniSora.Onnx.Tests.Export;

/// <summary>The operators that are met less often, in the way of <see cref="OnnxOperatorTests"/>. A case for another one is one line here.</summary>
public sealed class OnnxRareOperatorTests(ExportFixture files) : IClassFixture<ExportFixture>
{
    private static readonly GraphAxis Batch = new("batch"), Steps = new("steps", 3);

    private static readonly Tensor Four = Made(4), Four2 = Made(4).abs_().add_(0.5), Kernel1 = Made(6, 3, 3), Kernel2 = Made(4, 3, 3, 2), Kernel3 = Made(2, 3, 3, 3, 2), Grouped = Made(4, 2, 3, 3), Rows = tensor(new long[] { 3, 0 }).DetachFromDisposeScope();

    /// <summary>Cases by name: x float [batch, 4, steps, 6] with many numbers above and below 0, i int64 of that shape in 0 … 3.</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> Cases = new(StringComparer.Ordinal)
    {
        // Interpolation.
        ["nearest 1d twice"] = (x, i) => F.interpolate(x.flatten(0, 1), scale_factor: [2]),
        ["nearest 1d to a size"] = (x, i) => F.interpolate(x.select(1, 0), [17]),
        ["nearest 2d twice"] = (x, i) => F.interpolate(x, scale_factor: [2]),
        ["nearest 2d to sizes"] = (x, i) => F.interpolate(x, [3 * x.shape[2] + 1, 10]),
        ["nearest 2d smaller"] = (x, i) => F.interpolate(x, [x.shape[2] - 1, 4]),
        ["nearest 2d by a fraction"] = (x, i) => F.interpolate(x.transpose(2, 3), scale_factor: [1.7, 3]),
        ["nearest 2d of doubles"] = (x, i) => F.interpolate(x.to(float64), scale_factor: [2]),
        ["nearest 2d of bytes"] = (x, i) => F.interpolate(i.to(uint8), scale_factor: [2]),
        ["nearest 3d"] = (x, i) => F.interpolate(x.unsqueeze(1), [8, 2 * x.shape[2], 12]),
        ["nearest 3d to sizes"] = (x, i) => F.interpolate(x.unsqueeze(1), [5, x.shape[2] + 2, 9]),
        ["nearest by sizes alone"] = (x, i) => TorchOp.Find("upsample_nearest2d").Call(x, new long[] { x.shape[2] + 3, 13 }, TorchArg.None, TorchArg.None),
        ["linear 1d"] = (x, i) => F.interpolate(x.select(3, 0), [2 * x.shape[2] + 1], mode: InterpolationMode.Linear),
        ["linear 1d aligned"] = (x, i) => F.interpolate(x.select(3, 0), [2 * x.shape[2] + 1], mode: InterpolationMode.Linear, align_corners: true),
        ["bilinear"] = (x, i) => F.interpolate(x, [2 * x.shape[2], 9], mode: InterpolationMode.Bilinear),
        ["bilinear by factors"] = (x, i) => F.interpolate(x, scale_factor: [2, 1.5], mode: InterpolationMode.Bilinear),
        ["bilinear by a fraction"] = (x, i) => F.interpolate(x.transpose(2, 3), scale_factor: [1.3, 2], mode: InterpolationMode.Bilinear),
        ["bilinear to one"] = (x, i) => F.interpolate(x, [x.shape[2] + 1, 1], mode: InterpolationMode.Bilinear),
        ["bilinear aligned"] = (x, i) => F.interpolate(x, [2 * x.shape[2] - 1, 11], mode: InterpolationMode.Bilinear, align_corners: true),
        ["bilinear aligned to one"] = (x, i) => F.interpolate(x, [1, 3], mode: InterpolationMode.Bilinear, align_corners: true),
        ["bicubic"] = (x, i) => F.interpolate(x, [x.shape[2] + 2, 9], mode: InterpolationMode.Bicubic),
        ["bicubic aligned"] = (x, i) => F.interpolate(x, [x.shape[2] + 2, 9], mode: InterpolationMode.Bicubic, align_corners: true),
        ["trilinear"] = (x, i) => F.interpolate(x.unsqueeze(1), [7, x.shape[2] + 1, 9], mode: InterpolationMode.Trilinear),
        ["trilinear aligned"] = (x, i) => F.interpolate(x.unsqueeze(1), [7, x.shape[2] + 1, 9], mode: InterpolationMode.Trilinear, align_corners: true),
        ["area"] = (x, i) => F.interpolate(x, [x.shape[2], 4], mode: InterpolationMode.Area),
        ["pixel_shuffle"] = (x, i) => F.pixel_shuffle(x, 2),
        ["pixel_unshuffle"] = (x, i) => F.pixel_unshuffle(cat([x, x], 2), 2),

        // Pooling.
        ["avg_pool1d"] = (x, i) => F.avg_pool1d(x.select(2, 0), 3, 2, 1),
        ["avg_pool2d"] = (x, i) => F.avg_pool2d(x, [3, 2], [1, 2]),
        ["avg_pool2d inside alone"] = (x, i) => Pool("avg_pool2d", x, [3, 2], [1, 2], [1, 1], false, false),
        ["avg_pool2d with borders"] = (x, i) => Pool("avg_pool2d", x, [3, 2], [1, 2], [1, 1], false, true),
        ["avg_pool2d up to the last"] = (x, i) => Pool("avg_pool2d", x, [2, 3], [1, 2], [1, 0], true, true),
        ["avg_pool2d up to the last, padded"] = (x, i) => Pool("avg_pool2d", x, [1, 4], [1, 3], [0, 2], true, true),
        ["avg_pool2d up to the last, inside alone"] = (x, i) => Pool("avg_pool2d", x, [1, 4], [1, 3], [0, 2], true, false),
        ["avg_pool2d by another number"] = (x, i) => TorchOp.Find("avg_pool2d").Call(x, new long[] { 2, 3 }, new long[] { 1, 2 }, new long[] { 1, 1 }, false, true, 5),
        ["avg_pool3d"] = (x, i) => F.avg_pool3d(x.unsqueeze(1), [2, 2, 3], [2, 1, 3]),
        ["max_pool1d"] = (x, i) => TorchOp.Find("max_pool1d").Call(x.select(3, 0), new long[] { 3 }, new long[] { 1 }, new long[] { 1 }),
        ["max_pool2d"] = (x, i) => TorchOp.Find("max_pool2d").Call(x, new long[] { 2, 2 }, new long[] { 1, 2 }, new long[] { 0, 1 }, new long[] { 2, 1 }),
        ["max_pool2d of one picture"] = (x, i) => TorchOp.Find("max_pool2d").Call(x[0], new long[] { 2 }, new long[] { 1 }),
        ["max_pool2d up to the last"] = (x, i) => TorchOp.Find("max_pool2d").Call(x - 9, new long[] { 2, 3 }, new long[] { 1, 2 }, new long[] { 1, 0 }, new long[] { 1, 1 }, true),
        ["max_pool3d"] = (x, i) => TorchOp.Find("max_pool3d").Call(x.unsqueeze(1), new long[] { 2, 2, 2 }, new long[] { 2, 1, 3 }),
        ["adaptive_avg_pool2d to one"] = (x, i) => Op("adaptive_avg_pool2d", x, new long[] { 1, 1 }),
        ["adaptive_avg_pool2d"] = (x, i) => Op("adaptive_avg_pool2d", x, new long[] { x.shape[2], 3 }),
        ["adaptive_avg_pool2d by overlapping windows"] = (x, i) => Op("adaptive_avg_pool2d", x, new long[] { 1, 4 }),
        ["adaptive_avg_pool2d by halves"] = (x, i) => Op("adaptive_avg_pool2d", cat([x, x + 1], 2), new long[] { x.shape[2], 6 }),
        ["adaptive_avg_pool1d 3d"] = (x, i) => TorchOp.Find("adaptive_avg_pool1d").Call(x[0, 0], new long[] { 4 }).sum() + Op("adaptive_avg_pool3d", x.unsqueeze(1), new long[] { 2, 1, 5 }),

        // Transposed convolution.
        ["conv_transpose1d"] = (x, i) => TorchOp.Find("conv_transpose1d").Call(x.select(1, 0).transpose(1, 2), Kernel1, TorchArg.None, new long[] { 2 }, new long[] { 1 }),
        ["conv_transpose2d"] = (x, i) => TorchOp.Find("conv_transpose2d", "input").Call(x, Kernel2, Made3, new long[] { 2, 3 }, new long[] { 1, 0 }, new long[] { 1, 0 }),
        ["conv_transpose2d in groups"] = (x, i) => TorchOp.Find("conv_transpose2d", "input").Call(x, Grouped, TorchArg.None, new long[] { 1, 1 }, new long[] { 1, 2 }, new long[] { 0, 0 }, 2, new long[] { 1, 2 }),
        ["conv_transpose2d of one picture"] = (x, i) => TorchOp.Find("conv_transpose2d", "input").Call(x[0], Kernel2),
        ["conv_transpose3d"] = (x, i) => TorchOp.Find("conv_transpose3d", "input").Call(x.view(x.shape[0], 2, 2, x.shape[2], 6), Kernel3, TorchArg.None, new long[] { 2, 1, 2 }, new long[] { 1, 1, 0 }),

        // Running sums, norms.
        ["cumsum"] = (x, i) => x.cumsum(2),
        ["cumsum of whole numbers"] = (x, i) => i.cumsum(-1),
        ["cumprod"] = (x, i) => x.cumprod(2),
        ["cumprod of the last axis"] = (x, i) => (i + 1).cumprod(-1),
        ["prod"] = (x, i) => (x.abs() + 0.5).narrow(2, 0, 1).prod(),
        ["prod of an axis"] = (x, i) => TorchOp.Find("prod", "dim_int").Call(x, 2, true) + TorchOp.Find("prod", "dim_int").Call(i, 2, true),
        ["logsumexp"] = (x, i) => x.logsumexp([1, 2], keepdim: true) + (x * 80).logsumexp([3], keepdim: true),
        ["norm"] = (x, i) => x.norm(),
        ["norms of axes"] = (x, i) => x.norm(1, p: 1) + x.norm(1, p: 2) + x.norm(1, p: 3) + x.norm(1, p: float.PositiveInfinity) + x.norm(1, p: float.NegativeInfinity) + x.norm(1, p: 0),
        ["normalize"] = (x, i) => F.normalize(x, dim: 3),
        ["vector norm"] = (x, i) => TorchOp.Find("linalg_vector_norm").Call(x, 2, new long[] { 1, 3 }, true),
        ["count_nonzero"] = (x, i) => i.count_nonzero(),
        ["count_nonzero of axes"] = (x, i) => TorchOp.Find("count_nonzero", "dim_IntList").Call(i, new long[] { 1, 2 }),
        ["isnan isinf isfinite"] = (x, i) => Odd(x).isnan().to(int32) + Odd(x).isinf().to(int32) * 2 + Odd(x).isfinite().to(int32) * 4 + i.isfinite().to(int32) * 8,
        ["nan_to_num"] = (x, i) => nan_to_num(Odd(x)),
        ["nan_to_num by numbers"] = (x, i) => nan_to_num(Odd(x), 5, 7, -7),
        ["asinh acosh atanh erfc"] = (x, i) => Op("asinh", x) + Op("acosh", x.abs() + 1) + Op("atanh", x.tanh() * 0.9) + Op("erfc", x),

        // Activations.
        ["leaky_relu"] = (x, i) => F.leaky_relu(x, 0.2),
        ["elu"] = (x, i) => Op("elu", x, 0.7) + Op("elu", x, 0.7, 1.5, 2.5),
        ["selu celu"] = (x, i) => Op("selu", x) + Op("celu", x, 0.6),
        ["softplus"] = (x, i) => F.softplus(x * 20) + Op("softplus", x, 2, 1),
        ["mish"] = (x, i) => Op("mish", x * 5),
        ["hardswish hardsigmoid"] = (x, i) => Op("hardswish", x * 3) + Op("hardsigmoid", x * 3),
        ["hardtanh relu6"] = (x, i) => Op("hardtanh", x) + Op("hardtanh", x, -0.2, 1.1) + Op("relu6", x * 5),
        ["hardshrink softshrink"] = (x, i) => Op("hardshrink", x) + Op("softshrink", x, 0.3),
        ["threshold"] = (x, i) => Op("threshold", x, 0.3, -2),
        ["log_sigmoid"] = (x, i) => Op("log_sigmoid", x * 30),
        ["prelu"] = (x, i) => Op("prelu", x, Four) + Op("prelu", x, Four.narrow(0, 0, 1)),
        ["glu"] = (x, i) => Op("glu", x, 1) + Op("glu", cat([x, x], 3)).narrow(1, 0, 2),
        ["logit"] = (x, i) => Op("logit", x.sigmoid()) + Op("logit", x.sigmoid(), 0.3),

        // Normalisation.
        ["batch_norm"] = (x, i) => BatchNorm("batch_norm", x, Four, Four2, Four, Four2, false),
        ["batch_norm without weights"] = (x, i) => BatchNorm("batch_norm", x[0, 0].narrow(1, 0, 4), TorchArg.None, TorchArg.None, Four, Four2, false),
        ["batch_norm by the batch"] = (x, i) => BatchNorm("batch_norm", x, Four, Four2, TorchArg.None, TorchArg.None, true),
        ["instance_norm"] = (x, i) => BatchNorm("instance_norm", x, Four, Four2, TorchArg.None, TorchArg.None, true) + BatchNorm("instance_norm", x, TorchArg.None, TorchArg.None, TorchArg.None, TorchArg.None, true),

        // Places and ranks.
        ["gather"] = (x, i) => x.gather(1, i),
        ["gather fewer"] = (x, i) => x.gather(3, i.narrow(2, 0, 2).narrow(3, 0, 5)),
        ["scatter"] = (x, i) => x.scatter(1, Distinct(x), x * 2),
        ["scatter fewer"] = (x, i) => x.scatter(1, Distinct(x).narrow(2, 1, 2), x * 2),
        ["scatter a number"] = (x, i) => TorchOp.Find("scatter", "value").Call(x, 1, i, 7),
        ["scatter_add"] = (x, i) => x.scatter_add(1, i, x),
        ["index_put"] = (x, i) => (x * 1).index_put_(x.narrow(0, 0, 1).narrow(1, 0, 2), TensorIndex.Colon, TensorIndex.Tensor(Rows)),
        ["index_put on two axes"] = (x, i) => TorchOp.Find("index_put").Call(x, TorchArg.Optional([null, Rows, null, Rows]), x.narrow(2, 0, 1).select(1, 0).select(2, 0).unsqueeze(0)),
        ["index_put adds"] = (x, i) => TorchOp.Find("index_put").Call(x, TorchArg.Optional([null, cat([Rows, Rows])]), x, true),
        ["zero_"] = (x, i) => (x * 1).zero_() + x,
        ["index_put by a mask"] = (x, i) => (x * 1).index_put_(tensor(9f), x.gt(0)),
        ["index_add"] = (x, i) => TorchOp.Find("index_add").Call(x, 1, cat([Rows, Rows]), x, 0.5),
        ["index_copy index_fill"] = (x, i) => TorchOp.Find("index_copy").Call(x, 3, Rows, x.narrow(3, 1, 2)) + TorchOp.Find("index_fill", "int_Scalar").Call(x, 1, Rows, 3),
        ["topk"] = (x, i) => x.topk(3, 1).values + x.topk(3, 1, largest: false).values,
        ["topk places"] = (x, i) => x.topk(2, -1).indexes,
        ["sort"] = (x, i) => sort(x, 2).Values - sort(x, 2, descending: true).Values,
        ["sort places"] = (x, i) => sort(i, 2, stable: true).Indices,
        ["argsort"] = (x, i) => TorchOp.Find("argsort").Call(x, 2, true),
        ["one_hot"] = (x, i) => F.one_hot(i, 5),
        ["tril triu"] = (x, i) => x.tril() + x.triu(1) * 2 + i.tril(-1),
        ["tril of bools"] = (x, i) => x.gt(0).tril(),
        ["roll"] = (x, i) => x.roll(2, 2) + x.roll([-1, 8], [1, 3]),
        ["roll of all"] = (x, i) => x.roll(5),
        ["roll by a size"] = (x, i) => x.roll(x.shape[2] - 1, 2),
        ["unfold"] = (x, i) => x.unfold(3, 3, 2),
        ["unfold at each step"] = (x, i) => x.unfold(2, 2, 1),
        ["meshgrid"] = (x, i) => Grid(x, "ij")[0] + Grid(x, "ij")[1] * 10,
        ["meshgrid of a picture"] = (x, i) => Grid(x, "xy")[0] + Grid(x, "xy")[1] * 10,
        ["eye"] = (x, i) => eye(x.shape[2], 6) + x,
        ["linspace logspace"] = (x, i) => x + linspace(-1, 2, x.shape[2]).unsqueeze(1) + logspace(0, 1, x.shape[2]).unsqueeze(1),
        ["linspace of one"] = (x, i) => x + linspace(-1, 2, x.shape[2] - 2).sum(),
    };

    private static Tensor Made3 { get; } = Made(3);

    /// <summary>The cases' names.</summary>
    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void AnOperatorGivesWhatLibtorchGives(string name)
    {
        using var scope = NewDisposeScope();
        var function = Cases[name];
        GraphInput Input(string input, ScalarType type) => new(input, type, Batch, 4, Steps, 6) { Example = shape => Example(input, shape) };
        using var graph = GraphRecorder.Record(name, [], [Batch, Steps], [Input("x", float32), Input("i", int64)], t => [("result", function(t[0], t[1]))]);
        string path = files.NextPath(name);
        OnnxExport.Write(graph, path);
        using var session = OnnxSession.Open(path, new OnnxSessionOptions { Threads = 1 });
        foreach (var (batch, steps) in new[] { (1L, 3L), (3, 7), (2, 4) })
        {
            long[] shape = [batch, 4, steps, 6];
            Tensor[] inputs = [Example("x", shape), Example("i", shape)];
            var expected = function(inputs[0], inputs[1]);
            var used = session.Inputs.Select(info => inputs[Array.IndexOf(["x", "i"], info.Name)]);
            ExportFixture.Compare(expected, ExportFixture.Run(session, [.. used])[0], 2e-5, $"{name} at [{string.Join(", ", shape)}]");
        }
    }

    [Theory]
    [InlineData("adaptive_avg_pool2d", "have lengths that depend on the size: give a size that divides it")]
    [InlineData("index_put", "how many elements a mask takes depends on its content: assign one number, or use where")]
    [InlineData("quantile", "aten::quantile: has no translation to ONNX")]
    public void WhatOnnxCannotDoSaysWhy(string name, string message)
    {
        using var scope = NewDisposeScope();
        using var graph = GraphRecorder.Record(name, [], [Steps], [new GraphInput("x", float32, 1, 4, Steps, 6)], t => [("result", name switch
        {
            "adaptive_avg_pool2d" => Op("adaptive_avg_pool2d", t[0], new long[] { 2, 6 }),
            "index_put" => TorchOp.Find("index_put").Call(t[0], TorchArg.Optional([t[0].ge(-99)]), t[0].flatten()),
            _ => quantile(t[0], tensor(0.5f), dim: 3),
        })]);
        string path = files.NextPath(name);
        Assert.Contains(message, Assert.Throws<InputException>(() => OnnxExport.Write(graph, path)).Message);
        Assert.False(File.Exists(path));
    }

    private static Tensor Made(params long[] shape) => randn(shape, generator: new Generator((ulong)shape.Sum())).DetachFromDisposeScope();

    private static Tensor Op(string name, params TorchArg[] arguments) => TorchOp.Find(name).Call(arguments);

    private static Tensor Pool(string name, Tensor x, long[] kernel, long[] strides, long[] padding, bool ceil, bool borders) => Op(name, x, kernel, strides, padding, ceil, borders);

    private static Tensor BatchNorm(string name, Tensor x, TorchArg weight, TorchArg bias, TorchArg mean, TorchArg variance, bool batch) => Op(name, x, weight, bias, mean, variance, batch, 0.1, 1e-5, false);

    /// <summary>Infinite in some places, and no number in others.</summary>
    private static Tensor Odd(Tensor x) => where(x.gt(1), x / 0.0, where(x.lt(-1), x / 0.0, where(x.abs().lt(0.2), (x - x) / 0.0, x)));

    /// <summary>Each of 0 … 3 once along the second axis, in an order that depends on the content.</summary>
    private static Tensor Distinct(Tensor x) => TorchOp.Find("argsort").Call(x, 1, false);

    private static Tensor[] Grid(Tensor x, string indexing) => TorchOp.Find("meshgrid", "indexing").CallMany((Tensor[])[x[0, 0, TensorIndex.Colon, 0], x[0, 0, 0]], indexing);

    private static Tensor Example(string input, long[] shape)
    {
        var generator = new Generator((ulong)(input[0] + shape.Sum()));
        return input == "i" ? randint(0, 4, shape, dtype: int64, generator: generator) : randn(shape, generator: generator);
    }
}
