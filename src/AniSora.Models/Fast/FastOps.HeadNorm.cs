using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    /// <summary>
    /// Layer normalisation of each head of each token, then rotation by the token's position (RoPE, Su et al. 2021): what queries and
    /// keys go through before attention.
    /// </summary>
    /// <param name="x"><c>[B, S, H, d]</c>, d even.</param>
    /// <param name="weight"><c>[d]</c>.</param>
    /// <param name="bias"><c>[d]</c>.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="cos"><c>[S, d]</c>, the same for both numbers of each pair 2i, 2i + 1; null for no rotation. Constant.</param>
    /// <param name="sin">Likewise.</param>
    /// <returns><c>[B, S, H, d]</c>, differentiable in x, weight and bias.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor HeadNorm(Tensor x, Tensor weight, Tensor bias, double eps, Tensor? cos = null, Tensor? sin = null)
    {
        if (x.ndim != 4 || weight.numel() != x.size(3) || bias.numel() != x.size(3) || x.size(3) % 2 != 0)
            throw new ArgumentException($"x {x.Describe()}, weight {weight.Describe()} and bias {bias.Describe()} are not [B, S, H, d], [d] and [d] with an even d");
        if ((cos is null) != (sin is null) || cos is not null && (!cos.shape.AsSpan().SequenceEqual([x.size(1), x.size(3)]) || !sin!.shape.AsSpan().SequenceEqual(cos.shape)))
            throw new ArgumentException($"cos {cos?.Describe()} and sin {sin?.Describe()} are not both [{x.size(1)}, {x.size(3)}]");
        if (Kernels(x, weight, bias, cos, sin) && x.size(3) % Simd.Width == 0)
            return new HeadNormFunction((float)eps, cos?.contiguous(), sin?.contiguous()).Apply(x, weight, bias)[0];

        var y = nn.functional.layer_norm(x, [x.size(3)], weight, bias, eps);
        if (cos is null)
            return y;
        var pairs = y.reshape(x.size(0), x.size(1), x.size(2), x.size(3) / 2, 2);
        var turned = stack([-pairs.select(4, 1), pairs.select(4, 0)], 4).reshape(y.shape);
        return addcmul(y * cos.unsqueeze(1), turned, sin!.unsqueeze(1), 1);
    }

    private sealed unsafe class HeadNormFunction(float eps, Tensor? cos, Tensor? sin) : KernelFunction
    {
        private const long BlockTokens = 32;

        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Tensor x = inputs[0]!.contiguous(), weight = inputs[1]!.contiguous(), bias = inputs[2]!.contiguous();
            var y = empty_like(x);
            var (tokens, length, heads, dim) = (x.size(0) * x.size(1), x.size(1), x.size(2), x.size(3));
            var (from, w, b, to) = ((nint)Floats(x), (nint)Floats(weight), (nint)Floats(bias), (nint)Floats(y));
            var (c, s) = Tables(cos, sin);
            ParallelLoop.Run(tokens, Math.Max(1, Grain / (heads * dim)), (begin, end) =>
            {
                for (var token = begin; token < end; token++)
                {
                    var (at, table) = (token * heads * dim, token % length * dim);
                    for (var h = 0L; h < heads; h++)
                        HeadNormRow((float*)from + at + h * dim, (float*)w, (float*)b, At(c, table), At(s, table), (float*)to + at + h * dim, dim, eps);
                }
            });
            Save(x, weight, cos, sin);
            return [y];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            Tensor grad = grads[0].contiguous(), x = saved[0], weight = saved[1];
            var (tokens, length, heads, dim) = (x.size(0) * x.size(1), x.size(1), x.size(2), x.size(3));
            var blocks = (tokens + BlockTokens - 1) / BlockTokens;
            Tensor dx = empty_like(x), sums = zeros([blocks, 2, dim], device: CPU);
            var (from, w, g, to, sum) = ((nint)Floats(x), (nint)Floats(weight), (nint)Floats(grad), (nint)Floats(dx), (nint)Floats(sums));
            var (c, s) = saved.Length > 2 ? Tables(saved[2], saved[3]) : (0, 0);
            ParallelLoop.Run(blocks, Math.Max(1, Grain / (BlockTokens * heads * dim)), (begin, end) =>
            {
                for (var token = begin * BlockTokens; token < Math.Min(tokens, end * BlockTokens); token++)
                {
                    var (at, table) = (token * heads * dim, token % length * dim);
                    var mine = (float*)sum + token / BlockTokens * 2 * dim;
                    for (var h = 0L; h < heads; h++)
                        HeadNormRowGradient((float*)from + at + h * dim, (float*)w, At(c, table), At(s, table), (float*)g + at + h * dim,
                            (float*)to + at + h * dim, mine, mine + dim, dim, eps);
                }
            });
            var total = sums.sum([0]);
            return [dx, total.select(0, 0).view(weight.shape), total.select(0, 1).view(weight.shape)];
        }

        private static (nint Cos, nint Sin) Tables(Tensor? cos, Tensor? sin) => cos is null ? (0, 0) : ((nint)Floats(cos), (nint)Floats(sin!));

        private static float* At(nint table, long offset) => table == 0 ? null : (float*)table + offset;
    }

    /// <summary>A quarter turn of each pair: (a, b) to (-b, a).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> QuarterTurn(Vector512<float> x) =>
        Vector512.Shuffle(x, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14))
        * Vector512.Create(-1f, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void HeadNormRow(float* x, float* weight, float* bias, float* cos, float* sin, float* y, long dim, float eps)
    {
        var (mean, inverse) = Moments(x, dim, eps);
        var (m, r) = (Vector512.Create(mean), Vector512.Create(inverse));
        for (long i = 0; i < dim; i += Simd.Width)
        {
            var n = Simd.Fma((Vector512.Load(x + i) - m) * r, Vector512.Load(weight + i), Vector512.Load(bias + i));
            if (cos != null)
                n = Simd.Fma(QuarterTurn(n), Vector512.Load(sin + i), n * Vector512.Load(cos + i));
            n.Store(y + i);
        }
    }

    /// <summary>The gradient is turned back, then goes through the norm as in <see cref="NormRowGradient"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void HeadNormRowGradient(float* x, float* weight, float* cos, float* sin, float* grad, float* dx, float* dWeight, float* dBias, long dim, float eps)
    {
        var (mean, inverse) = Moments(x, dim, eps);
        var (m, r) = (Vector512.Create(mean), Vector512.Create(inverse));
        Vector512<float> sumG = default, sumGn = default;
        for (long i = 0; i < dim; i += Simd.Width)
        {
            var d = Vector512.Load(grad + i);
            if (cos != null)
                d = d * Vector512.Load(cos + i) - QuarterTurn(d) * Vector512.Load(sin + i);
            var n = (Vector512.Load(x + i) - m) * r;
            (Vector512.Load(dBias + i) + d).Store(dBias + i);
            Simd.Fma(d, n, Vector512.Load(dWeight + i)).Store(dWeight + i);
            var g = d * Vector512.Load(weight + i);
            g.Store(dx + i);
            sumG += g;
            sumGn = Simd.Fma(g, n, sumGn);
        }
        var meanG = Vector512.Create(Vector512.Sum(sumG) / dim);
        var meanGn = Vector512.Create(Vector512.Sum(sumGn) / dim);
        for (long i = 0; i < dim; i += Simd.Width)
        {
            var n = (Vector512.Load(x + i) - m) * r;
            ((Vector512.Load(dx + i) - meanG - n * meanGn) * r).Store(dx + i);
        }
    }
}
