using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast.Tests;

/// <summary>The kernels in C# against the same functions in libtorch's operators, in double precision.</summary>
public sealed class FastKernelTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(2, 37, 48, 2, 5)]
    [InlineData(1, 300, 384, 2, 32)]
    [InlineData(3, 7, 20, 1, 0)] // a width that no vector divides
    [InlineData(2, 9, 16, 2, 0)] // an empty part
    [InlineData(2, 9, 16, 2, 9)]
    public void Modulated_norm_and_gated_sum(long b, long s, long d, long parts, long split)
    {
        manual_seed(1);
        Compare([b, s, d], [b, parts, d], [b, parts, d], (x, scale, offset) => FastOps.ModulatedNorm(x * 3 + 1, scale, offset, split, 1e-5));
        Compare([b, s, d], [b, s, d], [b, parts, d], (x, change, gate) => FastOps.AddGated(x, change, gate, split));
    }

    [Theory]
    [InlineData(2, 33, 3, 16)]
    [InlineData(1, 50, 6, 64)]
    [InlineData(2, 5, 2, 6)] // left to libtorch's operators: no whole vectors
    public void Head_norm_with_and_without_rotation(long b, long s, long h, long d)
    {
        manual_seed(2);
        var angle = randn([s, d / 2]).unsqueeze(2).expand(s, d / 2, 2).reshape(s, d);
        var (cos, sin) = (angle.cos(), angle.sin());
        Compare([b, s, h, d], [d], [d], (x, w, bias) => FastOps.HeadNorm(x, w, bias, 1e-6, cos.to(x.dtype), sin.to(x.dtype)));
        Compare([b, s, h, d], [d], [d], (x, w, bias) => FastOps.HeadNorm(x, w, bias, 1e-6));
    }

    [Theory]
    [InlineData(2, 40, 3, 16)]
    [InlineData(1, 700, 2, 8)] // several blocks of queries, the last one shorter
    [InlineData(1, 1, 1, 4)]
    [InlineData(3, 17, 1, 5)]
    public void Attention_and_its_gradients(long b, long s, long h, long d)
    {
        manual_seed(3);
        Compare([b, s, h, d], [b, s, h, d], [b, s, h, d], (q, k, v) => FastOps.Attention(q * 2, k, v));
    }

    [Theory]
    [InlineData(40, 16, 64)]
    [InlineData(7, 5, 11)]
    public void Feed_forward(long rows, long d, long inner)
    {
        manual_seed(4);
        var (up, upBias, downBias) = (randn([inner, d]), randn([inner]), randn([d]));
        Compare([2, rows, d], [inner, d], [d, inner], (x, u, down) => FastOps.FeedForward(x * 2, u, upBias.to(x.dtype), down, downBias.to(x.dtype)));
        Compare([rows, inner], [inner], [d], (x, u, down) => FastOps.FeedForward(x, eye(inner, dtype: x.dtype), u, down.unsqueeze(1) * ones([1, inner], dtype: x.dtype), down));
    }

    [Theory]
    [InlineData(40, 16, 64)]
    [InlineData(1, 5, 11)]
    [InlineData(300, 384, 33)]
    public void Linear_layer(long rows, long inputs, long outputs)
    {
        Compare([2, rows, inputs], [outputs, inputs], [outputs], FastOps.Linear);
        Compare([rows, inputs], [inputs, outputs], [1], (x, weight, one) => FastOps.Linear(x * one, weight.t()));
        var layer = nn.Linear(inputs, outputs);
        var y = randn([rows, inputs]);
        Assert.InRange((layer.forward(y) - layer.Apply(y)).abs().max().item<float>(), 0, 1e-4);
        Assert.ThrowsAny<System.Runtime.InteropServices.ExternalException>(() => layer.Apply(randn([rows, inputs + 1])));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 2)]
    public void Pointwise_and_strided_convolutions(long window, long stride)
    {
        manual_seed(8);
        Compare([2, 8, 3, 9, 9], [16, 8, 1, window, window], [16], (x, weight, bias) => FastOps.Conv3d(x, weight, bias, strides: [1, stride, stride]));
    }

    [Theory]
    [InlineData(1, 8, 5, 6, 10, 4, false, false)]
    [InlineData(2, 6, 3, 4, 4, 2, true, false)]
    [InlineData(1, 8, 5, 6, 10, 4, false, true)]
    [InlineData(2, 6, 5, 8, 12, 3, true, true)]
    [InlineData(1, 32, 9, 32, 32, 32, false, true)]
    public void Group_norm_with_silu(long b, long c, long t, long h, long w, long groups, bool perFrame, bool maps)
    {
        manual_seed(6);
        // The first frame has a step of its own, the others share two by two.
        var frames = new FrameRepeat(1, 2);
        long[] steps = [.. Enumerable.Range(0, (int)t).Select(i => (i + 1) / 2)];
        long[] shape = maps ? [b, c, steps[^1] + 1, h / 2, w / 2] : [c];
        Compare([b, c, t, h, w], shape, shape, (x, scale, offset) =>
        {
            x = x * 2 + 1;
            var result = FastOps.GroupNormSilu(x, scale, offset, groups, perFrame, 1e-6, maps ? frames : null);
            if (x.dtype == float32)
                return result;
            Tensor Spread(Tensor map) => maps
                ? map.repeat_interleave(2, 4).repeat_interleave(2, 3).index_select(2, tensor(steps))
                : map.view(-1, 1, 1, 1);
            var normed = perFrame
                ? nn.functional.group_norm(x.transpose(1, 2).reshape(b * t, c, h, w), groups, eps: 1e-6).view(b, t, c, h, w).transpose(1, 2)
                : nn.functional.group_norm(x, groups, eps: 1e-6);
            var expected = (normed * Spread(scale) + Spread(offset)).silu();
            Assert.InRange((result - expected).abs().max().item<double>(), 0, 1e-12);
            return expected;
        });
    }

    [Theory]
    [InlineData(2, 3, 1, 1, 1, 2)]
    [InlineData(1, 5, 2, 2, 2, 2)]
    [InlineData(1, 2, 1, 3, 3, 1)]
    [InlineData(2, 1, 2, 1, 4, 3)]
    [InlineData(2, 1, 1, 1, 1, 4)]
    [InlineData(2, 1, 1, 2, 1, 1)]
    public void Repeated_frames_and_pixels(long b, long c, int down, int across, int ofFirst, int each)
    {
        manual_seed(7);
        var frames = new FrameRepeat(ofFirst, each);
        long[] steps = [.. Enumerable.Repeat(0L, ofFirst), .. Enumerable.Repeat(1L, each), .. Enumerable.Repeat(2L, each)];
        Compare([b, c, 3, 5, 18], [1], [1], (x, one, two) => FastOps.Repeat(x * one, frames, down, across) * two);
        var x = randn([b, c, 3, 4, 4]).requires_grad_();
        var expected = x.index_select(2, tensor(steps)).repeat_interleave(down, 3).repeat_interleave(across, 4);
        Assert.True((FastOps.Repeat(x, frames, down, across) - expected).abs().max().item<float>() == 0);
        Assert.Equal(steps.Length, frames.Frames(3));
        Assert.Equal(steps, Enumerable.Range(0, steps.Length).Select(f => (long)frames.StepOf(f)));
        Assert.All(Enumerable.Range(0, steps.Length), f => Assert.Equal(steps.Count(s => s <= steps[f]), frames.Next(f)));
        var first = Differentiation.Gradients([FastOps.Repeat(x, frames, down, across).pow(3).sum()], [x], create: true)[0];
        var second = Differentiation.Gradients([first.sum()], [x])[0];
        var times = tensor([ofFirst, each, (float)each]).view(-1, 1, 1) * (down * across);
        Assert.InRange((second - 6 * x * times).abs().max().item<float>(), 0, 1e-4);
    }

    [Theory]
    [InlineData(1, 1, true, 1, 1)] // a picture
    [InlineData(3, 9, true, 1, 4)]
    [InlineData(3, 3, true, 1, 1)]
    [InlineData(1, 4, false, 4, 4)]
    [InlineData(2, 8, false, 4, 4)]
    public void Repetition_between_two_lengths(long steps, long frames, bool firstOnce, int first, int each)
    {
        var repeat = FrameRepeat.Between(steps, frames, firstOnce);
        Assert.Equal(new FrameRepeat(first, each), repeat);
        Assert.Equal(frames, repeat.Frames(steps));
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(2, 2, true)]
    [InlineData(5, 2, true)]
    [InlineData(5, 3, false)]
    public void Last_frames_of_a_video(int length, int count, bool repeatFirst)
    {
        var x = arange(length, dtype: float32).view(1, 1, -1, 1, 1).expand(1, 1, length, 2, 2).contiguous();
        float[] expected = [.. Enumerable.Range(length - count, count).Select(f => (float)Math.Max(f, 0))];
        Assert.Equal(expected, FastOps.Tail(x, count, repeatFirst)[0, 0, TensorIndex.Colon, 0, 0].contiguous().data<float>().ToArray());
    }

    [Fact]
    public void Repetition_by_nothing_is_refused()
    {
        var x = ones([1, 1, 2, 2, 2]);
        Assert.Throws<ArgumentException>(() => FastOps.Repeat(x, default, 1, 1));
        Assert.Throws<ArgumentException>(() => FastOps.Repeat(x, FrameRepeat.Once, 0, 1));
        Assert.Throws<ArgumentException>(() => FastOps.Repeat(x[0], FrameRepeat.Once, 2, 1));
        Assert.Throws<ArgumentException>(() => FastOps.GroupNormSilu(x, x, x, 1, false, 1e-6, new FrameRepeat(1, 2)));
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        manual_seed(5);
        Tensor x = randn([1, 200, 96]).requires_grad_(), scale = randn([1, 2, 96]).requires_grad_(), offset = randn([1, 2, 96]).requires_grad_();
        var threads = get_num_threads();
        try
        {
            var results = new[] { 1, 2 }.Select(n =>
            {
                set_num_threads(n);
                var y = FastOps.ModulatedNorm(x, scale, offset, 9, 1e-5);
                var q = y.view(1, 200, 6, 16);
                var z = FastOps.AddGated(x, FastOps.Attention(q, q, q).reshape(1, 200, 96), scale, 9);
                return Differentiation.Gradients([z], [x, scale, offset], [ones_like(z)]).Prepend(z.detach()).ToArray();
            }).ToArray();
            foreach (var (one, two) in results[0].Zip(results[1]))
                Assert.True((one - two).abs().max().item<float>() == 0);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Not_a_number_comes_out_where_it_went_in()
    {
        var x = ones([1, 3, 32]);
        x[0, 1, 5] = tensor(float.NaN);
        var one = ones([1, 1, 32]);
        Assert.Equal([false, true, false], FastOps.ModulatedNorm(x, one, one, 0, 1e-5).isnan().any(2).data<bool>().ToArray());
        Assert.True(FastOps.FeedForward(x, eye(32), zeros(32), eye(32), zeros(32))[0, 1].isnan().any().item<bool>());
        var q = x.view(1, 3, 2, 16);
        Assert.True(FastOps.Attention(q, q, q)[0, 0, 0].isnan().all().item<bool>());
    }

    [Fact]
    public void A_second_derivative_says_what_to_do()
    {
        var x = randn([1, 4, 32]).requires_grad_();
        var one = ones([1, 1, 32]);
        Tensor Second() => Differentiation.Gradients([FastOps.ModulatedNorm(x, one, one, 0, 1e-5).pow(3).sum()], [x], create: true)[0];
        Assert.Contains("FastOps.Plain()", Assert.Throws<InvalidOperationException>(Second).Message);
        using var plain = FastOps.Plain();
        Assert.True(Second().requires_grad);
    }

    [Fact]
    public void Exponential_of_many_numbers()
    {
        float[] xs = [.. Enumerable.Range(0, 4096).Select(i => (i - 2048) / 25f), 0, 1e-30f, -1e-30f, 88.3f, -87.3f, -200, float.NegativeInfinity, float.NaN];
        for (var i = 0; i < xs.Length; i += 16)
        {
            var result = Simd.Exp(Vector512.Create(xs.AsSpan(i, 16 > xs.Length - i ? xs.Length - i : 16).ToArray().Concat(new float[16]).Take(16).ToArray()));
            for (var k = 0; k < Math.Min(16, xs.Length - i); k++)
            {
                var expected = Math.Exp(Math.Min(xs[i + k], 88.37));
                if (double.IsNaN(expected))
                    Assert.True(float.IsNaN(result[k]));
                else
                    Assert.InRange(result[k], expected * (1 - 3e-7), expected * (1 + 3e-7) + 1.3e-38);
            }
        }
    }

    /// <summary>Result and gradients of a function of three tensors: the kernel in float against libtorch's operators in double.</summary>
    private static void Compare(long[] a, long[] b, long[] c, Func<Tensor, Tensor, Tensor, Tensor> function)
    {
        Tensor[] doubles = [.. new[] { a, b, c }.Select(shape => randn(shape, float64).requires_grad_())];
        Tensor[] floats = [.. doubles.Select(t => t.detach().to(float32).requires_grad_())];
        var expected = function(doubles[0], doubles[1], doubles[2]);
        var actual = function(floats[0], floats[1], floats[2]);
        var seed = randn(expected.shape, float64);
        Tensor[] exact = [expected, .. Differentiation.Gradients([expected], doubles, [seed])];
        Tensor[] fast = [actual, .. Differentiation.Gradients([actual], floats, [seed.to(float32)])];
        foreach (var (e, f) in exact.Zip(fast))
        {
            Assert.Equal(e.shape, f.shape);
            Assert.InRange((e - f.to(float64)).abs().max().item<double>() / (1e-3 + e.abs().max().item<double>()), 0, 2e-5);
        }
        // Without recording, the same numbers.
        using var noGrad = no_grad();
        Assert.True((function(floats[0], floats[1], floats[2]) - actual).abs().max().item<float>() == 0);
    }

    [Fact]
    public void Kernels_run_on_as_many_threads_as_operators()
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(3);
            var threads = new System.Collections.Concurrent.ConcurrentDictionary<(long, long), int>();
            ParallelLoop.Run(30, 1, (begin, end) => threads[(begin, end)] = Environment.CurrentManagedThreadId);
            Assert.Equal([(0, 10), (10, 20), (20, 30)], threads.Keys.Order());
            Assert.Equal(3, threads.Values.Distinct().Count());
            // A loop within a loop has the threads of the outer one.
            int parts = 0;
            ParallelLoop.Run(3, 1, (_, _) => ParallelLoop.Run(30, 1, (_, _) => Interlocked.Increment(ref parts)));
            Assert.Equal(3, parts);
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
