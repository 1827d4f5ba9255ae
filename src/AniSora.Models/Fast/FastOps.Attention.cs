using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    /// <summary>Attention of every token to every token, per head: softmax(q·kᵀ·scale)·v.</summary>
    /// <param name="q"><c>[B, S, H, d]</c>.</param>
    /// <param name="k">Likewise.</param>
    /// <param name="v">Likewise.</param>
    /// <returns><c>[B, S, H, d]</c>, differentiable in all three; the scale is 1/√d.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    /// <remarks>
    /// The kernel keeps no S × S matrix: it works through some queries at a time, whose scores stay in the processor's cache, and in the
    /// backward pass computes them again from q, k and the logarithm of their sum (Dao et al. 2022, FlashAttention). Heads are read and
    /// written where they lie in the rows of the linear layers.
    /// </remarks>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v)
    {
        if (q.ndim != 4 || !k.shape.AsSpan().SequenceEqual(q.shape) || !v.shape.AsSpan().SequenceEqual(q.shape))
            throw new ArgumentException($"q {q.Describe()}, k {k.Describe()} and v {v.Describe()} are not all [B, S, H, d]");
        if (Kernels(q, k, v) && q.numel() > 0 && q.size(2) * q.size(3) <= int.MaxValue && q.size(1) <= int.MaxValue)
            return new AttentionFunction(q.size(0), (int)q.size(1), (int)q.size(2), (int)q.size(3)).Apply(q, k, v)[0];

        Tensor FoldHeads(Tensor x) => x.transpose(1, 2).reshape(x.shape[0] * x.shape[2], x.shape[1], x.shape[3]); // [B·H, S, d]
        var scores = bmm(FoldHeads(q * (1 / Math.Sqrt(q.size(3)))), FoldHeads(k).transpose(1, 2));
        return bmm(scores.softmax(-1), FoldHeads(v)).view(q.shape[0], q.shape[2], q.shape[1], q.shape[3]).transpose(1, 2);
    }

    private sealed unsafe class AttentionFunction(long batch, int length, int heads, int dim) : KernelFunction
    {
        /// <summary>Scores that lie in the cache at a time, in floats.</summary>
        private const long BlockScores = 1 << 15;

        private readonly int _stride = heads * dim;
        private readonly float _scale = 1 / MathF.Sqrt(dim);

        /// <summary>Queries of a block: as even as may be.</summary>
        private int BlockQueries
        {
            get
            {
                var most = Math.Clamp(BlockScores / length, 16, 256);
                var blocks = (length + most - 1) / most;
                return (int)((length + blocks - 1) / blocks);
            }
        }

        /// <summary>Multiplications and additions of one product of length × length × dim for every head.</summary>
        private double ProductFlops => 2.0 * batch * heads * length * length * dim;

        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            OperatorProfiler.CountFlops(2 * ProductFlops);
            Tensor q = inputs[0]!.contiguous(), k = inputs[1]!.contiguous(), v = inputs[2]!.contiguous();
            Tensor y = empty_like(q), logSum = empty(batch, heads, length, device: CPU);
            using var turned = Turn(k);
            var kt = (nint)Floats(turned);
            var (pq, pv, py, pl) = ((nint)Floats(q), (nint)Floats(v), (nint)Floats(y), (nint)Floats(logSum));
            var queries = BlockQueries;
            var blocks = (length + queries - 1) / queries;
            ParallelLoop.Run(batch * heads * blocks, 1, (begin, end) =>
            {
                for (var unit = begin; unit < end; unit++)
                {
                    var (head, block) = Math.DivRem(unit, blocks);
                    var first = (int)block * queries;
                    var base0 = Head(head);
                    Attend((float*)pq + base0 + (long)first * _stride, (float*)kt + head * dim * length, (float*)pv + base0, (float*)py + base0 + (long)first * _stride,
                        (float*)pl + head * length + first, Math.Min(queries, length - first));
                }
            });
            Save(q, k, v, y, logSum);
            return [y];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            OperatorProfiler.CountFlops(5 * ProductFlops);
            var grad = grads[0].contiguous();
            Tensor dq = empty_like(saved[0]), dk = empty_like(saved[1]), dv = empty_like(saved[2]);
            var (pq, pk, py, pl) = ((nint)Floats(saved[0]), (nint)Floats(saved[1]), (nint)Floats(saved[3]), (nint)Floats(saved[4]));
            using Tensor kTurned = Turn(saved[1]), vTurned = Turn(saved[2]);
            var (kt, vt) = ((nint)Floats(kTurned), (nint)Floats(vTurned));
            var (pg, pdq, pdk, pdv) = ((nint)Floats(grad), (nint)Floats(dq), (nint)Floats(dk), (nint)Floats(dv));
            var queries = BlockQueries;
            // Every query adds to the gradients of all keys and values, so a head is one thread's.
            ParallelLoop.Run(batch * heads, 1, (begin, end) =>
            {
                for (var head = begin; head < end; head++)
                {
                    var at = Head(head);
                    for (var first = 0; first < length; first += queries)
                    {
                        var from = at + (long)first * _stride;
                        AttendGradient((float*)pq + from, (float*)pk + at, (float*)kt + head * dim * length, (float*)vt + head * dim * length, (float*)py + from, (float*)pl + head * length + first,
                            (float*)pg + from, (float*)pdq + from, (float*)pdk + at, (float*)pdv + at, Math.Min(queries, length - first), first > 0);
                    }
                }
            });
            return [dq, dk, dv];
        }

        /// <summary>[B, S, H, d] to [B, H, d, S].</summary>
        private Tensor Turn(Tensor x)
        {
            var y = empty(batch, heads, dim, length, device: CPU);
            var (from, to) = ((nint)Floats(x), (nint)Floats(y));
            ParallelLoop.Run(batch * heads, Math.Max(1, Grain / ((long)dim * length)), (begin, end) =>
            {
                for (var head = begin; head < end; head++)
                    MatrixProduct.Transpose(length, dim, (float*)from + Head(head), _stride, (float*)to + head * dim * length, length);
            });
            return y;
        }

        /// <summary>Where in [B, S, H, d] the first token of a head of a sample lies.</summary>
        private long Head(long head) => head / heads * length * _stride + head % heads * dim;

        private void Attend(float* q, float* kTurned, float* v, float* y, float* logSum, int rows)
        {
            var scores = Scratch.Floats((long)rows * length);
            MatrixProduct.Run(rows, length, dim, q, _stride, 1, kTurned, length, scores, length, false);
            for (var r = 0; r < rows; r++)
                logSum[r] = Softmax(scores + (long)r * length, length, _scale);
            MatrixProduct.Run(rows, dim, length, scores, length, 1, v, _stride, y, _stride, false);
        }

        /// <summary>With p the probabilities: dv += pᵀ·dy, ds = p·(dy·vᵀ - Σ dy·y)·scale, dq = ds·k, dk += dsᵀ·q.</summary>
        private void AttendGradient(float* q, float* k, float* kTurned, float* vTurned, float* y, float* logSum, float* dy, float* dq, float* dk, float* dv, int rows, bool add)
        {
            var p = Scratch.Floats(2L * rows * length);
            var ds = p + (long)rows * length;
            MatrixProduct.Run(rows, length, dim, q, _stride, 1, kTurned, length, p, length, false);
            MatrixProduct.Run(rows, length, dim, dy, _stride, 1, vTurned, length, ds, length, false);
            for (var r = 0; r < rows; r++)
            {
                var along = Dot(dy + (long)r * _stride, y + (long)r * _stride, dim);
                SoftmaxGradient(p + (long)r * length, ds + (long)r * length, length, _scale, logSum[r], along);
            }
            MatrixProduct.Run(length, dim, rows, p, 1, length, dy, _stride, dv, _stride, add);
            MatrixProduct.Run(rows, dim, length, ds, length, 1, k, _stride, dq, _stride, false);
            MatrixProduct.Run(length, dim, rows, ds, 1, length, q, _stride, dk, _stride, add);
        }
    }

    /// <summary>Scores to probabilities, in place; returns ln Σ exp(scale·x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Softmax(float* x, long count, float scale)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        long i = 0;
        for (; i + Simd.Width <= count; i += Simd.Width)
            largest = Vector512.Max(largest, Vector512.Load(x + i));
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Simd.Width; lane++)
            max = MathF.Max(max, largest.GetElement(lane));
        for (; i < count; i++)
            max = MathF.Max(max, x[i]);

        var (s, shift, sum) = (Vector512.Create(scale), Vector512.Create(-max * scale), Vector512<float>.Zero);
        for (i = 0; i + Simd.Width <= count; i += Simd.Width)
        {
            var e = Simd.Exp(Simd.Fma(Vector512.Load(x + i), s, shift));
            e.Store(x + i);
            sum += e;
        }
        var total = Vector512.Sum(sum);
        if (i < count)
        {
            var e = Simd.Exp(Simd.Fma(Simd.Load(x + i, count - i), s, shift));
            Simd.Store(e, x + i, count - i);
            for (; i < count; i++)
                total += x[i];
        }
        var inverse = Vector512.Create(1 / total);
        for (i = 0; i < count; i += Simd.Width)
            Simd.Store(Simd.Load(x + i, count - i) * inverse, x + i, count - i);
        return max * scale + MathF.Log(total);
    }

    /// <summary>Scores p to probabilities, and their gradients to those of the scores before scaling, both in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SoftmaxGradient(float* p, float* grad, long count, float scale, float logSum, float along)
    {
        var (s, shift, a) = (Vector512.Create(scale), Vector512.Create(-logSum), Vector512.Create(along));
        for (long i = 0; i < count; i += Simd.Width)
        {
            var left = count - i;
            var e = Simd.Exp(Simd.Fma(Simd.Load(p + i, left), s, shift));
            Simd.Store(e, p + i, left);
            Simd.Store(e * (Simd.Load(grad + i, left) - a) * s, grad + i, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Dot(float* a, float* b, long count)
    {
        var sum = Vector512<float>.Zero;
        for (long i = 0; i < count; i += Simd.Width)
            sum = Simd.Fma(Simd.Load(a + i, count - i), Simd.Load(b + i, count - i), sum);
        return Vector512.Sum(sum);
    }
}
