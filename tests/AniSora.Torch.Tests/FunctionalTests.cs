namespace AniSora.Torch.Tests;

public class FunctionalTests
{
    [Fact]
    public void Linear()
    {
        using var scope = NewDisposeScope();
        float[] x = Numeric.Values(6, 1), w = Numeric.Values(12, 2), b = Numeric.Values(4, 3);
        var expected = from i in Enumerable.Range(0, 2)
                       from o in Enumerable.Range(0, 4)
                       select b[o] + Enumerable.Range(0, 3).Sum(k => (double)x[i * 3 + k] * w[o * 3 + k]);
        Tensor tx = Numeric.Of(x, 2, 3), tw = Numeric.Of(w, 4, 3), tb = Numeric.Of(b, 4);
        Numeric.Close(expected, F.linear(tx, tw, tb));
        Numeric.CheckGradients(t => F.linear(t[0], t[1], t[2]), tx, tw, tb);
    }

    /// <summary>[B, C, T, H, W] convolved with [O, C/groups, kT, kH, kW] by seven loops.</summary>
    private static double[] Convolve(float[] x, long[] xs, float[] w, long[] ws, float[] bias, long[] stride, long[] padding, long[] dilation, int groups, out long[] shape)
    {
        shape = [xs[0], ws[0], .. Enumerable.Range(0, 3).Select(d => (xs[d + 2] + 2 * padding[d] - dilation[d] * (ws[d + 2] - 1) - 1) / stride[d] + 1)];
        var result = new double[shape.Aggregate((a, b) => a * b)];
        var n = 0;
        for (long b = 0; b < shape[0]; b++)
            for (long o = 0; o < shape[1]; o++)
                for (long t = 0; t < shape[2]; t++)
                    for (long h = 0; h < shape[3]; h++)
                        for (long v = 0; v < shape[4]; v++, n++)
                        {
                            double sum = bias[o];
                            for (long c = 0; c < ws[1]; c++)
                                for (long k = 0; k < ws[2] * ws[3] * ws[4]; k++)
                                {
                                    var (kt, kh, kw) = (k / (ws[3] * ws[4]), k / ws[4] % ws[3], k % ws[4]);
                                    var (it, ih, iw) = (t * stride[0] - padding[0] + kt * dilation[0], h * stride[1] - padding[1] + kh * dilation[1], v * stride[2] - padding[2] + kw * dilation[2]);
                                    if (it < 0 || ih < 0 || iw < 0 || it >= xs[2] || ih >= xs[3] || iw >= xs[4])
                                        continue;
                                    var channel = o / (ws[0] / groups) * ws[1] + c;
                                    sum += (double)x[(((b * xs[1] + channel) * xs[2] + it) * xs[3] + ih) * xs[4] + iw] * w[(o * ws[1] + c) * ws[2] * ws[3] * ws[4] + k];
                                }
                            result[n] = sum;
                        }
        return result;
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(2, 1, 0, 1, 1)]
    [InlineData(1, 2, 2, 2, 1)]
    [InlineData(1, 1, 1, 1, 2)]
    public void Convolutions(int strideT, int stride, int padding, int dilation, int groups)
    {
        using var scope = NewDisposeScope();
        long[] xs = [2, 4, 5, 6, 7], ws = [6, 4 / groups, 2, 3, 3];
        float[] x = Numeric.Values(2 * 4 * 5 * 6 * 7, 1), w = Numeric.Values(6 * 4 / groups * 18, 2), b = Numeric.Values(6, 3);
        long[] s = [strideT, stride, stride], p = [padding, padding, padding], d = [1, dilation, dilation];
        var expected = Convolve(x, xs, w, ws, b, s, p, d, groups, out var shape);
        var y = F.conv3d(Numeric.Of(x, xs), Numeric.Of(w, ws), Numeric.Of(b, 6), s, p, d, groups);
        Assert.Equal(shape, y.shape);
        Numeric.Close(expected, y, 1e-4);

        // Two dimensions: one frame. One dimension: one line of it.
        long[] flatX = [2, 4, 1, 6, 7], flatW = [6, 4 / groups, 1, 3, 3];
        expected = Convolve(x[..(8 * 42)], flatX, w[..(6 * 4 / groups * 9)], flatW, b, [1, s[1], s[2]], [0, p[1], p[2]], d, groups, out shape);
        Numeric.Close(expected, F.conv2d(Numeric.Of(x[..(8 * 42)], 2, 4, 6, 7), Numeric.Of(w[..(6 * 4 / groups * 9)], 6, 4 / groups, 3, 3), Numeric.Of(b, 6), s[1..], p[1..], d[1..], groups), 1e-4);
        expected = Convolve(x[..56], [2, 4, 1, 1, 7], w[..(6 * 4 / groups * 3)], [6, 4 / groups, 1, 1, 3], b, [1, 1, stride], [0, 0, padding], [1, 1, dilation], groups, out shape);
        Numeric.Close(expected, F.conv1d(Numeric.Of(x[..56], 2, 4, 7), Numeric.Of(w[..(6 * 4 / groups * 3)], 6, 4 / groups, 3), Numeric.Of(b, 6), stride, padding, dilation, groups), 1e-4);
    }

    [Fact]
    public void Convolution_gradients_agree_with_differences()
    {
        using var scope = NewDisposeScope();
        Tensor x = Numeric.Of(Numeric.Values(36, 1), 1, 2, 2, 3, 3), w = Numeric.Of(Numeric.Values(32, 2), 2, 2, 2, 2, 2), b = Numeric.Of(Numeric.Values(2, 3), 2);
        Numeric.CheckGradients(t => F.conv3d(t[0], t[1], t[2], padding: [1, 0, 0]), x, w, b);
        Numeric.CheckGradients(t => F.conv2d(t[0], t[1], t[2], strides: [2, 1]), x[0], w[.., .., 0], b);
        Numeric.CheckGradients(t => F.conv1d(t[0], t[1], t[2], dilation: 2), x[0, 0], Numeric.Of(Numeric.Values(12, 5), 2, 3, 2), b);
        Numeric.CheckGradients(t => F.conv_transpose2d(t[0], t[1], t[2], strides: [2, 2]), x[0], w[.., .., 0], b);
    }

    [Fact]
    public void Pooling()
    {
        using var scope = NewDisposeScope();
        var x = Numeric.Values(2 * 4 * 6, 1);
        var t = Numeric.Of(x, 1, 1, 2, 4, 6);
        Numeric.Close(from h in Enumerable.Range(0, 2)
                      from w in Enumerable.Range(0, 3)
                      select (from i in Enumerable.Range(0, 8) select (double)x[(i / 4 * 4 + h * 2 + i / 2 % 2) * 6 + w * 2 + i % 2]).Average(), F.avg_pool3d(t, [2, 2, 2]));
        Numeric.Close(from n in Enumerable.Range(0, 4) from w in Enumerable.Range(0, 3) select (from i in Enumerable.Range(0, 4) select (double)x[(n * 2 + i / 2) * 6 + w * 2 + i % 2]).Average(),
            F.avg_pool2d(t[0], 2));
        Numeric.Close(from n in Enumerable.Range(0, 8) from w in Enumerable.Range(0, 3) select ((double)x[n * 6 + w * 2] + x[n * 6 + w * 2 + 1]) / 2, F.avg_pool1d(t.reshape(1, 8, 6), 2));
        Numeric.CheckGradients(v => F.avg_pool3d(v[0], [2, 2, 3], [1, 1, 3]), t);
    }

    [Fact]
    public void Padding()
    {
        using var scope = NewDisposeScope();
        var x = arange(1, 5, dtype: float32).reshape(1, 1, 4);
        Numeric.Close([9, 9, 1, 2, 3, 4, 9], F.pad(x, (2, 1), value: 9));
        Numeric.Close([2, 3], F.pad(x, [-1, -1]));
        Numeric.Close([3, 2, 1, 2, 3, 4, 3], F.pad(x, (2, 1), PaddingModes.Reflect));
        Numeric.Close([1, 1, 1, 2, 3, 4, 4], F.pad(x, (2, 1), PaddingModes.Replicate));
        Numeric.Close([3, 4, 1, 2, 3, 4, 1], F.pad(x, (2, 1), PaddingModes.Circular));
        Assert.Equal([1, 2, 4, 3, 4], F.pad(zeros([1, 2, 1, 3, 4]), [0, 0, 0, 0, 2, 1]).shape);
        Numeric.CheckGradients(v => F.pad(v[0], (1, 2)), x);
        Numeric.CheckGradients(v => F.pad(v[0], (1, 2), PaddingModes.Replicate), x);
    }

    [Fact]
    public void Interpolation()
    {
        using var scope = NewDisposeScope();
        var x = Numeric.Values(2 * 3 * 4, 1);
        var t = Numeric.Of(x, 1, 1, 2, 3, 4);
        Numeric.Close(from f in Enumerable.Range(0, 4) from h in Enumerable.Range(0, 6) from w in Enumerable.Range(0, 8) select (double)x[(f / 2 * 3 + h / 2) * 4 + w / 2],
            F.interpolate(t, scale_factor: [2]));
        Numeric.Close(from f in Enumerable.Range(0, 2) from h in Enumerable.Range(0, 6) from w in Enumerable.Range(0, 8) select (double)x[(f * 3 + h / 2) * 4 + w / 2],
            F.interpolate(t[0], size: [6, 8]));

        // Bilinear: output pixel centre (o + ½) / 2 - ½, held inside the edge.
        double Sample(int f, double v, double u)
        {
            v = Math.Clamp(v, 0, 2);
            u = Math.Clamp(u, 0, 3);
            var (v0, u0) = ((int)v, (int)u);
            var (v1, u1) = (Math.Min(v0 + 1, 2), Math.Min(u0 + 1, 3));
            double P(int r, int c) => x[(f * 3 + r) * 4 + c];
            return (1 - (v - v0)) * ((1 - (u - u0)) * P(v0, u0) + (u - u0) * P(v0, u1)) + (v - v0) * ((1 - (u - u0)) * P(v1, u0) + (u - u0) * P(v1, u1));
        }
        Numeric.Close(from f in Enumerable.Range(0, 2) from h in Enumerable.Range(0, 6) from w in Enumerable.Range(0, 8) select Sample(f, (h + .5) / 2 - .5, (w + .5) / 2 - .5),
            F.interpolate(t[0], scale_factor: [2, 2], mode: InterpolationMode.Bilinear));
        Numeric.Close(from f in Enumerable.Range(0, 2) from h in Enumerable.Range(0, 5) from w in Enumerable.Range(0, 7) select Sample(f, h / 2.0, w / 2.0),
            F.interpolate(t[0], size: [5, 7], mode: InterpolationMode.Bilinear, align_corners: true));
        Numeric.Close(from f in Enumerable.Range(0, 2) from w in Enumerable.Range(0, 2) select (from i in Enumerable.Range(0, 6) select (double)x[(f * 3 + i / 2) * 4 + w * 2 + i % 2]).Average(),
            F.interpolate(t[0], size: [1, 2], mode: InterpolationMode.Area));
        Numeric.CheckGradients(v => F.interpolate(v[0], scale_factor: [2], mode: InterpolationMode.Trilinear), t);
        Assert.Throws<ArgumentException>(() => F.interpolate(t, size: [4, 4]));
    }

    [Fact]
    public void Normalisations()
    {
        using var scope = NewDisposeScope();
        float[] x = Numeric.Values(24, 1), w = Numeric.Values(4, 2), b = Numeric.Values(4, 3);
        double[] Normalised(int size) => [.. x.Select((v, i) =>
        {
            var part = x.Skip(i / size * size).Take(size).Select(e => (double)e).ToArray();
            var mean = part.Average();
            return (v - mean) / Math.Sqrt(part.Average(e => (e - mean) * (e - mean)) + 1e-5);
        })];
        Tensor tx = Numeric.Of(x, 2, 4, 3), tw = Numeric.Of(w, 4), tb = Numeric.Of(b, 4);
        Numeric.Close(Normalised(6).Select((v, i) => v * w[i / 3 % 4] + b[i / 3 % 4]), F.group_norm(tx, 2, tw, tb));
        Numeric.Close(Normalised(4).Select((v, i) => v * w[i % 4] + b[i % 4]), F.layer_norm(tx.reshape(6, 4), [4], tw, tb));
        Numeric.Close(x.Select((v, i) => v / Math.Sqrt(x.Skip(i / 3 * 3).Take(3).Sum(e => (double)e * e))), F.normalize(tx, dim: -1));
        Numeric.CheckGradients(t => F.group_norm(t[0], 2, t[1], t[2]), tx, tw, tb);
        Numeric.CheckGradients(t => F.layer_norm(t[0].reshape(6, 4), [4], t[1], t[2]), tx, tw, tb);
        Numeric.CheckGradients(t => F.normalize(t[0]), tx);
    }

    [Fact]
    public void Softmax_and_losses()
    {
        using var scope = NewDisposeScope();
        float[] x = Numeric.Values(12, 1), y = Numeric.Values(12, 2);
        Tensor tx = Numeric.Of(x, 3, 4), ty = Numeric.Of(y, 3, 4);
        double Total(int i) => x.Skip(i / 4 * 4).Take(4).Sum(v => Math.Exp(v));
        var softmax = x.Select((v, i) => Math.Exp(v) / Total(i)).ToArray();
        Numeric.Close(softmax, F.softmax(tx, -1));
        Numeric.Close(softmax.Select(v => Math.Log(v)), F.log_softmax(tx, 1));
        long[] classes = [2, 0, 3];
        Numeric.Close([classes.Select((c, i) => -Math.Log(softmax[i * 4 + c])).Average()], F.cross_entropy(tx, tensor(classes)));
        var difference = x.Zip(y, (p, q) => (double)p - q).ToArray();
        Numeric.Close([difference.Average(d => d * d)], F.mse_loss(tx, ty));
        Numeric.Close([difference.Sum(d => d * d)], F.mse_loss(tx, ty, Reduction.Sum));
        Numeric.Close([difference.Average(Math.Abs)], F.l1_loss(tx, ty));
        Numeric.Close(difference.Select(d => Math.Abs(d) < .5 ? d * d : Math.Abs(d) - .25), F.smooth_l1_loss(tx, ty, Reduction.None, .5));
        Numeric.Close([difference.Average(d => Math.Abs(d) < .5 ? d * d / 2 : .5 * (Math.Abs(d) - .25))], F.huber_loss(tx, ty, .5));
        Numeric.Close(x.Select((v, i) => Math.Log(1 + Math.Exp(-v)) + (1 - .25) * v), F.binary_cross_entropy_with_logits(tx, full_like(tx, .25), reduction: Reduction.None));
        Numeric.CheckGradients(t => F.softmax(t[0], 0), tx);
        Numeric.CheckGradients(t => F.cross_entropy(t[0], tensor(classes), label_smoothing: .1), tx);
        Numeric.CheckGradients(t => F.mse_loss(t[0], t[1]), tx, ty);
        Numeric.CheckGradients(t => F.smooth_l1_loss(t[0], t[1]), tx, ty);
    }

    [Fact]
    public void Tanh_gelu_dropout_embedding_and_one_hot()
    {
        using var scope = NewDisposeScope();
        var x = Numeric.Values(8, 1);
        var t = Numeric.Of(x, 2, 4);
        Numeric.Close(x.Select(v => .5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + .044715 * v * v * v)))), F.gelu(t, Modules.GELU.Approximate.tanh));
        Numeric.CheckGradients(v => F.gelu(v[0], Modules.GELU.Approximate.tanh), t);

        Assert.True(F.dropout(t, .5, training: false).Equals(t));
        var dropped = F.dropout(ones(10_000), .25).ToArray<float>();
        Assert.All(dropped, v => Assert.True(v is 0 or > 1.33f and < 1.34f));
        Assert.InRange(dropped.Count(v => v == 0), 2200, 2800);

        Numeric.Close([.. x[4..].Select(v => (double)v), .. x[..4].Select(v => (double)v)], F.embedding(tensor([1L, 0]), t));
        Numeric.CheckGradients(v => F.embedding(tensor([1L, 0, 1]), v[0]), t);
        Numeric.Close([0, 0, 1, 1, 0, 0], F.one_hot(tensor([2L, 0]), 3));
        Assert.Equal([1, 2, 4, 6], F.pixel_shuffle(zeros(1, 8, 2, 3), 2).shape);
        Assert.True(F.pixel_unshuffle(F.pixel_shuffle(arange(48).reshape(1, 8, 2, 3), 2), 2).Equals(arange(48).reshape(1, 8, 2, 3)));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Attention(bool causal, bool masked)
    {
        using var scope = NewDisposeScope();
        const int heads = 2, length = 3, keys = 3, width = 4;
        float[] q = Numeric.Values(heads * length * width, 1), k = Numeric.Values(heads * keys * width, 2), v = Numeric.Values(heads * keys * width, 3);
        bool Seen(int i, int j) => (!causal || j <= i) && (!masked || j != 1);
        var expected = new List<double>();
        for (var h = 0; h < heads; h++)
            for (var i = 0; i < length; i++)
            {
                var weights = Enumerable.Range(0, keys).Select(j => !Seen(i, j) ? 0
                    : Math.Exp(Enumerable.Range(0, width).Sum(c => (double)q[(h * length + i) * width + c] * k[(h * keys + j) * width + c]) / Math.Sqrt(width))).ToArray();
                for (var c = 0; c < width; c++)
                    expected.Add(Enumerable.Range(0, keys).Sum(j => weights[j] / weights.Sum() * v[(h * keys + j) * width + c]));
            }
        Tensor tq = Numeric.Of(q, 1, heads, length, width), tk = Numeric.Of(k, 1, heads, keys, width), tv = Numeric.Of(v, 1, heads, keys, width);
        var mask = masked ? tensor([true, false, true]) : null;
        Numeric.Close(expected, F.scaled_dot_product_attention(tq, tk, tv, mask, is_casual: causal));
        Numeric.CheckGradients(t => F.scaled_dot_product_attention(t[0], t[1], t[2], mask, is_casual: causal), tq, tk, tv);
    }
}
