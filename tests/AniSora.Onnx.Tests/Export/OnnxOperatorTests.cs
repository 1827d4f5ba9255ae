using AniSora.Inference;
using AniSora.Onnx.Export;
using AniSora.Torch;
using AniSora.Torch.Recording;
using static AniSora.Torch.torch;
using F = AniSora.Torch.torch.nn.functional;

namespace AniSora.Onnx.Tests.Export;

/// <summary>
/// Every translated operator: recorded with dynamic axes, exported, run by ONNX Runtime at sizes that were not recorded, and compared with
/// libtorch. A case for another operator is one line here.
/// </summary>
public sealed class OnnxOperatorTests(ExportFixture files) : IClassFixture<ExportFixture>
{
    private static readonly GraphAxis Batch = new("batch"), Steps = new("steps", 3);

    private static readonly Tensor Order = tensor(new long[] { 3, 0, 0 }).DetachFromDisposeScope(), Table = randn(4, 5, generator: new Generator(5)).DetachFromDisposeScope(),
        Kernel = randn(3, 4, 3, 2, generator: new Generator(6)).DetachFromDisposeScope();

    /// <summary>Cases by name: x float [batch, 4, steps, 6], y likewise, i int64 [batch, 4, steps, 6] in 0 … 3, m bool of that shape.</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor, Tensor, Tensor>> Cases = new(StringComparer.Ordinal)
    {
        // Activations.
        ["relu"] = (x, y, i, m) => x.relu(),
        ["sigmoid"] = (x, y, i, m) => x.sigmoid(),
        ["sigmoid of whole numbers"] = (x, y, i, m) => i.sigmoid(),
        ["tanh"] = (x, y, i, m) => x.tanh(),
        ["silu"] = (x, y, i, m) => F.silu(x),
        ["gelu"] = (x, y, i, m) => F.gelu(x),
        ["gelu tanh"] = (x, y, i, m) => TorchOp.Find("gelu").Call(x, "tanh"),
        ["softmax"] = (x, y, i, m) => x.softmax(-1),
        ["softmax 1"] = (x, y, i, m) => x.softmax(1),
        ["log_softmax"] = (x, y, i, m) => F.log_softmax(x, 2),
        ["softmax of a number"] = (x, y, i, m) => x.mean().softmax(0),
        ["dropout off"] = (x, y, i, m) => F.dropout(x, 0.5, training: false) + 1,

        // Arithmetic.
        ["add"] = (x, y, i, m) => x + y,
        ["add broadcast"] = (x, y, i, m) => x + y.narrow(1, 0, 1),
        ["add whole"] = (x, y, i, m) => x + i,
        ["add alpha"] = (x, y, i, m) => x.add(y, 0.5),
        ["add number"] = (x, y, i, m) => x + 2,
        ["add fraction to whole"] = (x, y, i, m) => i + 0.5,
        ["add bool"] = (x, y, i, m) => m + m,
        ["add bool to whole"] = (x, y, i, m) => i + m,
        ["add bytes"] = (x, y, i, m) => i.to(uint8) * 100 + i.to(uint8) * 50,
        ["add size"] = (x, y, i, m) => x + x.shape[2],
        ["divide by size"] = (x, y, i, m) => x / (x.shape[2] * x.shape[0] - 1),
        ["sub"] = (x, y, i, m) => x - y,
        ["rsub"] = (x, y, i, m) => 1 - x,
        ["mul"] = (x, y, i, m) => x * y,
        ["mul number"] = (x, y, i, m) => x * 0.25,
        ["mul by neutral number"] = (x, y, i, m) => x * 1.0 + 0,
        ["mul bool"] = (x, y, i, m) => m * x.gt(0),
        ["mul double"] = (x, y, i, m) => x.to(float64) * y,
        ["div"] = (x, y, i, m) => x / (y.abs() + 1),
        ["div whole"] = (x, y, i, m) => i / (i + 1),
        ["div floor"] = (x, y, i, m) => (i - 2).div(3, RoundingMode.floor),
        ["div trunc"] = (x, y, i, m) => (x * 5).div(2, RoundingMode.trunc),
        ["remainder"] = (x, y, i, m) => (x * 5).remainder(2),
        ["remainder whole"] = (x, y, i, m) => (i - 2).remainder(3),
        ["addcmul"] = (x, y, i, m) => addcmul(x, y, x, 2),
        ["addcdiv"] = (x, y, i, m) => addcdiv(x, y, x.abs() + 1, 0.5),
        ["lerp"] = (x, y, i, m) => lerp(x, y, 0.3),
        ["pow 2"] = (x, y, i, m) => x.pow(2),
        ["pow 3.5"] = (x, y, i, m) => x.abs().pow(3.5),
        ["pow -0.5"] = (x, y, i, m) => (x.abs() + 1).pow(-0.5),
        ["pow whole"] = (x, y, i, m) => i.pow(3),
        ["pow tensor"] = (x, y, i, m) => x.abs().pow(y),
        ["square"] = (x, y, i, m) => x.square(),
        ["maximum"] = (x, y, i, m) => maximum(x, y),
        ["minimum"] = (x, y, i, m) => minimum(x, y),
        ["clamp"] = (x, y, i, m) => x.clamp(-0.5, 0.5),
        ["clamp whole"] = (x, y, i, m) => i.clamp(1, 2),
        ["clamp_min"] = (x, y, i, m) => x.clamp_min(0.1),
        ["neg abs exp sqrt rsqrt"] = (x, y, i, m) => (-x).abs().add(0.5).sqrt() + x.exp() + (x.abs() + 1).rsqrt() + (x.abs() + 1).log(),
        ["sin cos erf"] = (x, y, i, m) => x.sin() + x.cos() * x.erf(),
        ["round floor ceil trunc"] = (x, y, i, m) => (x * 3).floor() + (x * 3).ceil() * 10 + (x * 3).trunc() * 100 + (x * 3).frac() * 1000,
        ["floor of whole numbers"] = (x, y, i, m) => i.floor() + 1,
        ["reciprocal sign"] = (x, y, i, m) => (x.abs() + 1).reciprocal() * x.sign(),
        ["exp2 log2 log1p expm1"] = (x, y, i, m) => x.exp2() + (x.abs() + 1).log2() + x.abs().log1p() + x.expm1() + (x.abs() + 1).log10(),

        // Comparisons.
        ["gt"] = (x, y, i, m) => x.gt(y),
        ["ge number"] = (x, y, i, m) => x.ge(0),
        ["lt fraction"] = (x, y, i, m) => i.lt(1.5),
        ["eq whole"] = (x, y, i, m) => i.eq(2),
        ["ne of two types"] = (x, y, i, m) => i.ne(x.round()),
        ["eq bool"] = (x, y, i, m) => m.eq(x.gt(0)),
        ["eq bytes"] = (x, y, i, m) => i.to(uint8).le(2),
        ["logic"] = (x, y, i, m) => m.logical_and(x.gt(0)).logical_or(y.lt(0)).logical_not(),
        ["bitwise"] = (x, y, i, m) => m & x.gt(0) | y.lt(0),
        ["where"] = (x, y, i, m) => where(m, x, y),
        ["where broadcast"] = (x, y, i, m) => where(m.narrow(1, 0, 1), x, y.narrow(2, 0, 1)),
        ["masked_fill"] = (x, y, i, m) => x.masked_fill(m, -1),
        ["masked_fill infinite"] = (x, y, i, m) => x.masked_fill(m, double.NegativeInfinity),

        // Reductions.
        ["sum"] = (x, y, i, m) => x.sum(),
        ["sum axes"] = (x, y, i, m) => x.sum([1, -1], keepdim: true),
        ["sum bool"] = (x, y, i, m) => m.sum(-1),
        ["mean"] = (x, y, i, m) => x.mean([2], keepdim: false),
        ["amax amin"] = (x, y, i, m) => x.amax([1]) - x.amin([1]),
        ["mean of channels"] = (x, y, i, m) => x.mean([1], keepdim: true) + x.flatten(2).mean([1]).view(x.shape[0], 1, x.shape[2], 6),
        ["sum of neighbours"] = (x, y, i, m) => x.reshape(x.shape[0], 2, 2, x.shape[2], 6).sum([1, 2]),
        ["max"] = (x, y, i, m) => x.max(),
        ["max axis"] = (x, y, i, m) => x.max(1).values,
        ["max place"] = (x, y, i, m) => x.max(2).indexes,
        ["argmax"] = (x, y, i, m) => x.argmax(-1),
        ["argmin of all"] = (x, y, i, m) => x.argmin(),
        ["any all"] = (x, y, i, m) => m.any(1).logical_and(m.all(1).logical_not()),
        ["var"] = (x, y, i, m) => x.var(2),
        ["std of all"] = (x, y, i, m) => x.std(),
        ["var of the axes"] = (x, y, i, m) => x.var([0, 2], keepdim: true, unbiased: false),

        // Shapes.
        ["view"] = (x, y, i, m) => x.view(x.shape[0] * 4, x.shape[2], 2, 3),
        ["reshape -1"] = (x, y, i, m) => x.reshape(-1, 6),
        ["flatten"] = (x, y, i, m) => x.flatten(1, 2),
        ["permute"] = (x, y, i, m) => x.permute(2, 0, 3, 1),
        ["transpose"] = (x, y, i, m) => x.transpose(-1, 1),
        ["t mT"] = (x, y, i, m) => x.mT + x[0, 0].t(),
        ["unsqueeze"] = (x, y, i, m) => x.unsqueeze(-1),
        ["squeeze"] = (x, y, i, m) => x.narrow(1, 2, 1).squeeze(1),
        ["expand"] = (x, y, i, m) => x.narrow(1, 0, 1).expand(-1, 5, -1, -1),
        ["expand in a sum"] = (x, y, i, m) => x.narrow(1, 0, 1).expand(-1, 4, -1, -1) + y,
        ["expand adds axes"] = (x, y, i, m) => x.unsqueeze(0).expand(x.shape[2], -1, -1, -1, -1),
        ["expand the last axis"] = (x, y, i, m) => x.unsqueeze(-1).expand(-1, -1, -1, -1, 3).flatten(3) * x.narrow(3, 1, 1).unsqueeze(0).expand(2, -1, -1, -1, 2).sum([0, 4]).unsqueeze(-1),
        ["cat of repeated rows"] = (x, y, i, m) => y * cat([x.narrow(2, 0, 1).expand(-1, -1, 2, -1), x.narrow(2, 1, 1).expand(-1, -1, x.shape[2] - 2, -1)], 2),
        ["pairs turned"] = (x, y, i, m) => stack([-x.view(x.shape[0], 4, x.shape[2], 3, 2).select(4, 1), x.view(x.shape[0], 4, x.shape[2], 3, 2).select(4, 0)], 4).reshape(x.shape),
        ["narrow the last axis"] = (x, y, i, m) => x.narrow(3, 0, 2) + x.narrow(3, 2, 2) * x.narrow(3, 4, 2),
        ["cat"] = (x, y, i, m) => cat([x, y, x], 2),
        ["cat of two types"] = (x, y, i, m) => cat([x, i], 1),
        ["stack"] = (x, y, i, m) => stack([x, y], -1),
        ["split"] = (x, y, i, m) => x.split(2, 1)[1] * x.narrow(1, 0, 2).split([1, 5], 3)[0],
        ["chunk"] = (x, y, i, m) => x.chunk(3, -1)[2],
        ["unbind"] = (x, y, i, m) => x.unbind(1)[3] - x.unbind(1)[0],
        ["select"] = (x, y, i, m) => x.select(2, -1),
        ["select by size"] = (x, y, i, m) => x.select(2, x.shape[2] - 2),
        ["narrow"] = (x, y, i, m) => x.narrow(2, 1, x.shape[2] - 2),
        ["narrow from the end"] = (x, y, i, m) => x.narrow(2, -2, 2),
        ["slice"] = (x, y, i, m) => x[TensorIndex.Ellipsis, TensorIndex.Slice(1, -1, 2)],
        ["slice of all"] = (x, y, i, m) => x[TensorIndex.Slice(0, x.shape[0])] + 1,
        ["empty slice in cat"] = (x, y, i, m) => cat([x.narrow(2, 0, x.shape[2] - 3), y], 2),
        ["repeat"] = (x, y, i, m) => x.repeat(2, 1, 3, 1, 1),
        ["repeat_interleave"] = (x, y, i, m) => x.repeat_interleave(2, 2),
        ["flip"] = (x, y, i, m) => x.flip(1, -2),
        ["casts"] = (x, y, i, m) => (x * 3).to(int32) + m.to(int32) + i.to(int32),
        ["to bool"] = (x, y, i, m) => i.to(@bool),
        ["contiguous clone detach"] = (x, y, i, m) => x.transpose(1, 2).contiguous().clone().detach() + 1,

        // Indexing.
        ["index_select"] = (x, y, i, m) => x.index_select(1, Order),
        ["index"] = (x, y, i, m) => x.transpose(0, 1)[i.select(1, 0).select(2, 0)],
        ["index in the middle"] = (x, y, i, m) => x[TensorIndex.Colon, TensorIndex.Tensor(i.select(3, 0).select(1, 0))],
        ["index two axes"] = (x, y, i, m) => x[TensorIndex.Colon, TensorIndex.Tensor(i[0, 0]), TensorIndex.Tensor(i[0, 0, 0].clamp(0, 2))],
        ["index two axes apart"] = (x, y, i, m) => x[TensorIndex.Colon, TensorIndex.Tensor(i[0, 0, 0]), TensorIndex.Colon, TensorIndex.Tensor(i[0, 0, 0])],
        ["embedding"] = (x, y, i, m) => F.embedding(i.select(3, 0), Table),

        // Padding.
        ["pad"] = (x, y, i, m) => F.pad(x, [1, 2, 0, 1]),
        ["pad value"] = (x, y, i, m) => F.pad(x, [1, 0], PaddingModes.Constant, 2.5),
        ["pad reflect"] = (x, y, i, m) => F.pad(x, [1, 2, 2, 0], PaddingModes.Reflect),
        ["pad replicate"] = (x, y, i, m) => F.pad(x, [1, 2, 2, 0], PaddingModes.Replicate),
        ["pad by size"] = (x, y, i, m) => F.pad(x, [0, 0, x.shape[2] - 2, 0]),
        ["pad negative"] = (x, y, i, m) => F.pad(x, [-1, 2, -1, 0]),

        // Creation.
        ["zeros by size"] = (x, y, i, m) => x + zeros(x.shape[2], 6),
        ["ones_like"] = (x, y, i, m) => ones_like(i) + i,
        ["full by size"] = (x, y, i, m) => full([x.shape[0], 2], 2.5).sum() + x,
        ["full of a size"] = (x, y, i, m) => full([x.shape[0], 1, 1, 1], x.shape[2]) * x,
        ["arange"] = (x, y, i, m) => x + arange(x.shape[2], dtype: float32).unsqueeze(1),
        ["arange step"] = (x, y, i, m) => arange(1, 2 * x.shape[2] + 1, 2).unsqueeze(1) + i,
        ["arange fraction"] = (x, y, i, m) => arange(0, 0.6, 0.1) * x,

        // Products.
        ["conv2d same"] = (x, y, i, m) => TorchOp.Find("conv2d", "padding").Call(x, Kernel, TorchArg.None, new[] { 1L }, "same", new[] { 1L, 2 }),
        ["conv2d valid"] = (x, y, i, m) => TorchOp.Find("conv2d", "padding").Call(x, Kernel, TorchArg.None, new[] { 1L }, "valid"),
        ["matmul"] = (x, y, i, m) => x.matmul(y.mT),
        ["matmul vector"] = (x, y, i, m) => x.matmul(y[0, 0, 0]),
        ["vector matmul"] = (x, y, i, m) => x[0, 0, 0].matmul(y.mT),
        ["bmm"] = (x, y, i, m) => bmm(x.flatten(0, 1), y.flatten(0, 1).mT),
        ["mm addmm"] = (x, y, i, m) => addmm(x[0, 0], x[0, 0].mm(y[0, 0].t()), y[0, 0]),
        ["baddbmm"] = (x, y, i, m) => TorchOp.Find("baddbmm").Call(x.flatten(0, 1), x.flatten(0, 1).matmul(y.flatten(0, 1).mT), y.flatten(0, 1), 0.5, 0.25),
        ["einsum"] = (x, y, i, m) => einsum("bchw,bcvw->bhv", x, y),
        ["outer dot"] = (x, y, i, m) => outer(x[0, 0, 0], y[0, 0, 0]) * x[0, 0, 0].dot(y[0, 0, 0]),
        ["linear without a module"] = (x, y, i, m) => F.linear(x, y[0, 0]),
        ["attention"] = (x, y, i, m) => TorchOp.Find("_scaled_dot_product_attention").CallMany(x, y, x + y)[0],
        ["attention kernel"] = (x, y, i, m) => FastOps.Attention(x, y, x + y),
    };

    /// <summary>The cases' names.</summary>
    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void AnOperatorGivesWhatLibtorchGives(string name)
    {
        using var scope = NewDisposeScope();
        var function = Cases[name];
        GraphInput Input(string input, ScalarType type) => new(input, type, Batch, 4, Steps, 6) { Example = shape => Example(input, shape) };
        using var graph = GraphRecorder.Record(name, [], [Batch, Steps], [Input("x", float32), Input("y", float32), Input("i", int64), Input("m", @bool)],
            t => [("result", function(t[0], t[1], t[2], t[3]))]);
        string path = files.NextPath(name);
        OnnxExport.Write(graph, path);
        using var session = OnnxSession.Open(path, new OnnxSessionOptions { Threads = 1 });
        foreach (var (batch, steps) in new[] { (1L, 3L), (3, 7), (2, 4) })
        {
            long[] shape = [batch, 4, steps, 6];
            Tensor[] inputs = [Example("x", shape), Example("y", shape), Example("i", shape), Example("m", shape)];
            var expected = function(inputs[0], inputs[1], inputs[2], inputs[3]);
            var used = session.Inputs.Select(info => inputs[Array.IndexOf(["x", "y", "i", "m"], info.Name)]);
            ExportFixture.Compare(expected, ExportFixture.Run(session, [.. used])[0], 1e-5, $"{name} at [{string.Join(", ", shape)}]");
        }
    }

    private static Tensor Example(string input, long[] shape)
    {
        var generator = new Generator((ulong)(input[0] + shape.Sum()));
        return input switch
        {
            "i" => randint(0, 3, shape, dtype: int64, generator: generator),
            "m" => rand(shape, generator: generator).gt(0.5),
            _ => randn(shape, generator: generator),
        };
    }
}
