using AniSora.Torch.Modules;
using static AniSora.Torch.torch;
using static AniSora.Torch.torch.nn;

namespace AniSora.Torch.Tests;

public sealed class LayerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Linear_and_convolutions_start_uniform_in_one_over_root_fan_in()
    {
        AssertUniform(Linear(50, 400).weight, 1 / Math.Sqrt(50));
        AssertUniform(Linear(50, 4000).bias!, 1 / Math.Sqrt(50));
        AssertUniform(Conv1d(8, 600, 3).weight, 1 / Math.Sqrt(8 * 3));
        AssertUniform(Conv2d(8, 200, 3).weight, 1 / Math.Sqrt(8 * 9));
        AssertUniform(Conv3d(8, 100, 3).weight, 1 / Math.Sqrt(8 * 27));
        AssertUniform(Conv2d(8, 400, (3, 1), groups: 2).weight, 1 / Math.Sqrt(4 * 3));
    }

    [Fact]
    public void Embeddings_start_normal_and_padding_stays_zero()
    {
        using var table = Embedding(1000, 20, padding_idx: -1);
        AssertMoments(table.weight.narrow(0, 0, 999), 0, 1, 0.05);
        Assert.Equal(0, table.weight[999].abs().sum().item<float>());
        table.call(tensor(new long[] { 999, 3, 3 })).sum().backward();
        Assert.Equal(0, table.weight.grad![999].sum().item<float>());
        Assert.Equal(40, table.weight.grad![3].sum().item<float>());
        Assert.Throws<ArgumentOutOfRangeException>(() => Embedding(4, 2, padding_idx: 4));
        Assert.Throws<NotSupportedException>(() => Embedding(4, 2, max_norm: 1));
    }

    [Fact]
    public void Norms_start_as_the_identity_of_normalised_input()
    {
        var x = randn([4, 6, 5]) * 3 + 2;
        AssertMoments(LayerNorm(5, eps: 1e-12).call(x)[1][2], 0, Math.Sqrt(5.0 / 4), 1e-3);
        AssertMoments(GroupNorm(2, 6, eps: 1e-12).call(x)[1].narrow(0, 3, 3), 0, Math.Sqrt(15.0 / 14), 1e-3);
        Assert.Equal(["weight", "bias"], LayerNorm([6, 5]).named_parameters().Select(p => p.name));
        Assert.Equal(["weight"], LayerNorm(5, bias: false).named_parameters().Select(p => p.name));
        Assert.Empty(LayerNorm(5, elementwise_affine: false).parameters());
        Assert.Empty(GroupNorm(2, 6, affine: false).parameters());
        Assert.Throws<ArgumentException>(() => GroupNorm(4, 6));
    }

    [Fact]
    public void Layers_compute_what_their_formulas_say()
    {
        var x = tensor(new[] { -1f, 0f, 2f });
        AssertClose([-0.26894142, 0, 1.76159416], SiLU().call(x));
        AssertClose([-0.15865525, 0, 1.95449974], GELU().call(x));
        AssertClose([-0.15880801, 0, 1.95459769], GELU(Modules.GELU.Approximate.tanh).call(x));
        AssertClose([0, 0, 2], ReLU().call(x));
        AssertClose([-1, 0, 2], Identity().call(x));
        using var linear = Linear(Parameter(tensor(new[] { 1f, 2f, 3f, 4f, 5f, 6f }).reshape(2, 3)),
            Parameter(tensor(new[] { .5f, -.5f })));
        AssertClose([5.5, 7.5], linear.call(x));
        Assert.Equal((3, 2), (linear.in_features, linear.out_features));
    }

    [Fact]
    public void Convolutions_place_their_window()
    {
        using var conv = Conv1d(1, 1, 3, padding: 1, bias: false);
        using (no_grad())
            conv.weight.copy_(tensor(new[] { 1f, 10f, 100f }).reshape(1, 1, 3));
        var x = tensor(new[] { 1f, 2f, 3f }).reshape(1, 1, 3);
        AssertClose([210, 321, 32], conv.call(x));
        using var same = Conv1d(1, 1, 3, Padding.Same, bias: false, padding_mode: PaddingModes.Replicate);
        using (no_grad())
            same.weight.copy_(conv.weight);
        AssertClose([211, 321, 332], same.call(x));
        Assert.Equal([1, 2, 4, 3, 3], Conv3d(1, 2, (2, 3, 3), padding: (0, 1, 1)).call(rand([1, 1, 5, 3, 3])).shape);
        Assert.Equal([1, 2, 2, 2], Conv2d(1, 2, 3, stride: 2, padding: 1).call(rand([1, 1, 4, 4])).shape);
        Assert.Throws<ArgumentException>(() => Conv2d(3, 4, 3, groups: 2));
        Assert.Throws<ArgumentException>(() => Conv2d(3, 4, 2, Padding.Same));
    }

    [Fact]
    public void Dropout_acts_in_training_alone()
    {
        using var dropout = Dropout(0.25);
        var x = ones(40_000);
        AssertMoments(dropout.call(x), 1, Math.Sqrt(1 / 0.75 - 1), 0.02);
        dropout.eval();
        Assert.Equal(40_000, dropout.call(x).sum().item<float>());
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout(1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout(double.NaN));
    }

    [Fact]
    public void Initialisers_have_their_moments()
    {
        var w = empty([300, 200]);
        AssertMoments(init.normal_(w, 1, 2), 1, 2, 0.06);
        AssertMoments(init.xavier_normal_(w), 0, Math.Sqrt(2.0 / 500), 0.003);
        AssertMoments(init.xavier_uniform_(w), 0, Math.Sqrt(2.0 / 500), 0.003);
        AssertMoments(init.kaiming_normal_(w, nonlinearity: init.NonlinearityType.ReLU), 0, Math.Sqrt(2.0 / 200), 0.003);
        AssertMoments(init.kaiming_uniform_(w, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.Linear), 0,
            Math.Sqrt(1.0 / 300), 0.003);
        // A normal distribution cut at ±1 has variance 1 - 2φ(1) / (2Φ(1) - 1).
        AssertMoments(init.trunc_normal_(w, 0, 1, -1, 1), 0, Math.Sqrt(1 - 2 * 0.24197072 / 0.68268949), 0.02);
        Assert.True(w.abs().max().item<float>() <= 1);
        Assert.Equal(60_000, init.ones_(w).sum().item<float>());
        Assert.Equal(0, init.zeros_(w).sum().item<float>());
        Assert.Equal((6, 20), init.CalculateFanInAndFanOut(empty([10, 3, 2])));
        Assert.Throws<ArgumentException>(() => init.xavier_normal_(empty(3)));
        using var parameter = Parameter(empty([2, 2]));
        Assert.Same(parameter, init.constant_(parameter, 7));
        Assert.True(parameter.is_leaf);
    }

    [Fact]
    public void Gradients_are_clipped_to_a_common_norm()
    {
        var a = Parameter(zeros(2));
        var b = Parameter(zeros(1));
        var none = Parameter(zeros(1));
        (a * 3 + b * 0).sum().backward();
        b.grad = tensor(new[] { 4f });
        Assert.Equal(Math.Sqrt(9 + 9 + 16), utils.clip_grad_norm_([a, b, none], 1), 1e-6);
        Assert.Equal(1, utils.clip_grad_norm_([a, b], 5), 1e-5);
        Assert.Equal(4 / Math.Sqrt(34), utils.clip_grad_norm_([a, b], 5, double.PositiveInfinity), 1e-5);
        utils.clip_grad_value_([a, b, none], 0.1);
        Assert.Equal(0.1f, b.grad!.item<float>());
        Assert.Null(none.grad);
    }

    private static void AssertUniform(Tensor tensor, double bound)
    {
        var values = tensor.detach().flatten().ToArray<float>();
        Assert.InRange(values.Max(), 0.98 * bound, bound);
        Assert.InRange(values.Min(), -bound, -0.98 * bound);
        AssertMoments(tensor, 0, bound / Math.Sqrt(3), 0.05 * bound);
    }

    private static void AssertMoments(Tensor tensor, double mean, double deviation, double tolerance = 0.02)
    {
        var values = tensor.detach().flatten().ToArray<float>().Select(v => (double)v).ToList();
        var average = values.Average();
        Assert.Equal(mean, average, tolerance);
        Assert.Equal(deviation, Math.Sqrt(values.Sum(v => (v - average) * (v - average)) / (values.Count - 1)), tolerance);
    }

    private static void AssertClose(double[] expected, Tensor actual)
    {
        var values = actual.detach().flatten().ToArray<float>();
        Assert.Equal(expected.Length, values.Length);
        Assert.All(expected.Zip(values), p => Assert.Equal(p.First, p.Second, 1e-6));
    }
}
