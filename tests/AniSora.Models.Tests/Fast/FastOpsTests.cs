
using System.Runtime.InteropServices;
using AniSora.Models.Layers;

namespace AniSora.Models.Fast.Tests;

public sealed class FastOpsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    // The fast path: batch 1, with and without bias and padding, odd and even windows, one channel, one frame.
    [InlineData(1, 4, 5, 8, 6, 6, 3, 3, 3, 0, 1, 1, true, 1)]
    [InlineData(1, 16, 8, 5, 9, 7, 3, 3, 3, 1, 1, 1, false, 1)]
    [InlineData(1, 3, 2, 4, 5, 5, 2, 4, 1, 0, 2, 0, true, 1)]
    [InlineData(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, true, 1)]
    [InlineData(1, 8, 8, 3, 4, 4, 3, 3, 3, 2, 2, 2, true, 1)]
    // Left to conv3d: a batch, a stride.
    [InlineData(2, 4, 5, 4, 6, 6, 3, 3, 3, 0, 1, 1, true, 1)]
    [InlineData(1, 4, 5, 5, 6, 6, 3, 3, 3, 0, 1, 1, true, 2)]
    public void Conv3d_and_its_gradients_equal_libtorchs(int n, int c, int o, int t, int h, int w, int kt, int kh, int kw, int pt,
        int ph, int pw, bool hasBias, int stride)
    {
        var x = randn([n, c, t, h, w]).requires_grad_();
        var weight = randn([o, c, kt, kh, kw]).requires_grad_();
        var bias = hasBias ? randn([o]).requires_grad_() : null;
        long[] padding = [pt, ph, pw], strides = [stride, stride, stride];
        var plain = nn.functional.conv3d(x, weight, bias, strides, padding);
        var fast = FastOps.Conv3d(x, weight, bias, strides, padding);
        AssertClose(plain, fast);

        Tensor[] inputs = bias is null ? [x, weight] : [x, weight, bias];
        var seed = randn(plain.shape);
        var expected = Differentiation.Gradients([plain], inputs, [seed]);
        var actual = Differentiation.Gradients([fast], inputs, [seed]);
        foreach (var (a, b) in expected.Zip(actual))
            AssertClose(a, b);
        using (no_grad())
            AssertClose(plain, FastOps.Conv3d(x, weight, bias, strides, padding));
    }

    [Fact]
    public void Gradients_come_for_those_inputs_alone_that_want_them()
    {
        var x = randn([1, 3, 4, 5, 5]);
        var weight = randn([2, 3, 3, 3, 3]).requires_grad_();
        var y = FastOps.CausalConv3d(x, weight);
        Assert.Equal([1, 2, 2, 5, 5], y.shape);
        y.square().sum().Backward();
        Assert.Null(x.grad);
        Assert.Equal(weight.shape, weight.grad!.shape);
        Assert.True(weight.grad.is_contiguous());
        Assert.False(FastOps.CausalConv3d(x, weight.detach()).requires_grad);
    }

    [Fact]
    public void Second_derivatives_equal_libtorchs()
    {
        var x = randn([1, 2, 4, 5, 5]).requires_grad_();
        var weight = randn([3, 2, 2, 3, 3]).requires_grad_();
        Tensor[] Second(Func<Tensor> conv)
        {
            var first = Differentiation.Gradients([conv().pow(3).sum()], [x, weight], create: true);
            return [.. Differentiation.Gradients([first[0].square().sum() + first[1].square().sum()], [x, weight])];
        }
        var expected = Second(() => nn.functional.conv3d(x, weight, padding: [0, 1, 1]));
        foreach (var (a, b) in expected.Zip(Second(() => FastOps.CausalConv3d(x, weight))))
            AssertClose(a, b);
    }

    [Fact]
    public void Other_types_and_layouts_work_too()
    {
        var x = randn([1, 3, 4, 6, 6], float64);
        var weight = randn([2, 3, 3, 3, 3], float64);
        AssertClose(nn.functional.conv3d(x, weight), FastOps.Conv3d(x, weight));
        AssertClose(nn.functional.conv3d(x, weight, groups: 1, dilation: [1, 2, 2]), FastOps.Conv3d(x, weight, dilation: [1, 2, 2]));
        var turned = randn([1, 6, 6, 4, 3]).permute(0, 4, 3, 1, 2);
        AssertClose(nn.functional.conv3d(turned, weight.to(float32)), FastOps.Conv3d(turned, weight.to(float32)));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_errors()
    {
        Assert.ThrowsAny<ExternalException>(() => FastOps.Conv3d(randn([1, 3, 4, 6, 6]), randn([2, 4, 3, 3, 3])));
        Assert.ThrowsAny<ExternalException>(() => FastOps.Conv3d(randn([1, 3, 2, 6, 6]), randn([2, 3, 3, 3, 3])));
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var scale = expected.abs().max().to(float64).item<double>() + 1e-6;
        var error = (expected - actual).abs().max().to(float64).item<double>();
        Assert.True(error < 1e-5 * scale, $"largest difference {error:g3} of {scale:g3}");
    }
}
