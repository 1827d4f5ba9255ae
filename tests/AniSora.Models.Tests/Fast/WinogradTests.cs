
namespace AniSora.Models.Fast.Tests;

/// <summary>Winograd's convolution against libtorch's in double precision.</summary>
public sealed class WinogradTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public WinogradTests() => manual_seed(1);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 4, 8, 3, 16, 16, 3)]
    [InlineData(2, 3, 5, 2, 15, 29, 3)] // tiles, segments and vectors of channels that are not full
    [InlineData(1, 20, 17, 1, 13, 48, 1)]
    [InlineData(1, 16, 16, 1, 16, 16, 3)] // one frame, which all taps see
    [InlineData(2, 8, 9, 2, 64, 16, 2)]
    [InlineData(1, 130, 19, 3, 16, 31, 3)]
    [InlineData(1, 3, 32, 9, 64, 64, 3)]
    [InlineData(3, 32, 3, 4, 32, 64, 3)]
    [InlineData(1, 200, 200, 17, 16, 16, 3)] // cut into chunks of frames
    [InlineData(1, 40, 40, 5, 80, 80, 3)] // cut into chunks of tiles
    public void Results_and_gradients(long b, long c, long o, long t, long h, long w, long taps)
    {
        foreach (var repeatFirst in new[] { false, true })
        {
            var frames = repeatFirst ? t : t + taps - 1;
            Tensor[] inputs = [randn([b, c, frames, h, w]), randn([o, c, taps, 3, 3]) * 0.1, randn([o])];
            var seed = randn([b, o, t, h, w]);
            var fast = Results(inputs, seed, (x, weight, bias) => FastOps.CausalConv3d(x, weight, bias, repeatFirst));
            var exact = Results([.. inputs.Select(i => i.to(float64))], seed.to(float64), (x, weight, bias) =>
                nn.functional.conv3d(repeatFirst ? FastOps.RepeatFirst(x, taps - 1) : x, weight, bias, padding: [0, 1, 1]));
            foreach (var (actual, expected) in fast.Zip(exact))
            {
                Assert.Equal(expected.shape, actual.shape);
                Assert.InRange(Error(actual, expected), 0, 1e-5);
            }
            Assert.True(FastOps.WinogradPays(inputs[0], inputs[1]));
        }
    }

    [Fact]
    public void Any_layout_of_memory()
    {
        var x = randn([1, 16, 32, 3, 8]).permute(0, 4, 3, 2, 1);
        var weight = randn([3, 3, 3, 8, 8]).permute(4, 3, 2, 1, 0);
        var bias = randn([16]).slice(0, 0, 16, 2);
        using var noGrad = no_grad();
        var expected = nn.functional.conv3d(x.to(float64), weight.to(float64), bias.to(float64), padding: [0, 1, 1]);
        Assert.InRange(Error(FastOps.CausalConv3d(x, weight, bias), expected), 0, 1e-5);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        Tensor[] inputs = [randn([1, 24, 5, 40, 48]), randn([20, 24, 3, 3, 3]), randn([20])];
        var seed = randn([1, 20, 5, 40, 48]);
        var threads = get_num_threads();
        try
        {
            var results = new[] { 1, 2, 3 }.Select(n =>
            {
                set_num_threads(n);
                return Results(inputs, seed, (x, weight, bias) => FastOps.CausalConv3d(x, weight, bias, true));
            }).ToArray();
            foreach (var others in results.Skip(1))
                foreach (var (one, other) in results[0].Zip(others))
                    Assert.True((one - other).abs().max().item<float>() == 0);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Frames_in_chunks_give_the_same_bits()
    {
        using var noGrad = no_grad();
        Tensor x = randn([1, 8, 9, 16, 32]), weight = randn([8, 8, 3, 3, 3]), bias = randn([8]);
        var whole = FastOps.CausalConv3d(x, weight, bias, true);
        var chunks = cat([FastOps.CausalConv3d(x.narrow(2, 0, 4), weight, bias, true), FastOps.CausalConv3d(x.narrow(2, 2, 7), weight, bias)], 2);
        Assert.True((whole - chunks).abs().max().item<float>() == 0);
    }

    [Fact]
    public void Not_a_number_comes_out_around_where_it_went_in()
    {
        using var noGrad = no_grad();
        var x = zeros([1, 2, 4, 32, 32]);
        x[0, 1, 2, 9, 17] = tensor(float.NaN);
        var y = FastOps.CausalConv3d(x, ones([3, 2, 3, 3, 3]), repeatFirst: true).isnan();
        Assert.True(y.narrow(2, 2, 2).narrow(3, 8, 3).narrow(4, 16, 3).all().item<bool>());
        Assert.False(y.narrow(2, 0, 2).any().item<bool>());
        // Other tiles do not see it.
        Assert.False(y.narrow(3, 16, 16).any().item<bool>());
    }

    [Fact]
    public void Second_derivatives_equal_libtorchs()
    {
        Tensor x = randn([1, 8, 3, 16, 16]).requires_grad_(), weight = (randn([8, 8, 3, 3, 3]) * 0.1).requires_grad_();
        Tensor[] Second(Func<Tensor> conv)
        {
            var first = Differentiation.Gradients([conv().square().mean()], [x, weight], create: true);
            return [.. Differentiation.Gradients([first[0].square().sum() + first[1].square().sum()], [x, weight])];
        }
        var expected = Second(() => nn.functional.conv3d(FastOps.RepeatFirst(x, 2), weight, padding: [0, 1, 1]));
        foreach (var (a, b) in expected.Zip(Second(() => FastOps.CausalConv3d(x, weight, repeatFirst: true))))
            Assert.InRange(Error(b, a), 0, 1e-5);
    }

    [Theory]
    [InlineData(32, 32, 9, 64, 64, true)]
    [InlineData(3, 32, 9, 64, 64, true)]
    [InlineData(32, 3, 9, 64, 64, true)]
    [InlineData(128, 128, 5, 16, 16, true)]
    [InlineData(128, 128, 5, 8, 8, false)] // three quarters of each vector would be empty
    [InlineData(1, 2, 9, 64, 64, false)] // more transforms than products
    public void It_is_chosen_where_it_pays(long c, long o, long t, long h, long w, bool pays) =>
        Assert.Equal(pays, FastOps.WinogradPays(empty([1, c, t, h, w]), empty([o, c, 3, 3, 3])));

    private static Tensor[] Results(Tensor[] inputs, Tensor seed, Func<Tensor, Tensor, Tensor, Tensor> function)
    {
        Tensor[] leaves = [.. inputs.Select(i => i.detach().clone().requires_grad_())];
        var y = function(leaves[0], leaves[1], leaves[2]);
        return [y.detach(), .. Differentiation.Gradients([y], leaves, [seed])];
    }

    private static double Error(Tensor actual, Tensor expected) =>
        ((actual.to(float64) - expected).abs().max() / expected.to(float64).abs().max()).item<double>();
}
