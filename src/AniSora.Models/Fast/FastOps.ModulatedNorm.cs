using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    /// <summary>
    /// Layer normalisation over the last dimension, then a scale and an offset that depend on the sample and on which part of the
    /// sequence a token belongs to: norm(x)·scale + offset (adaptive layer norm; Peebles and Xie 2022, CogVideoX §2.2).
    /// </summary>
    /// <param name="x"><c>[B, S, D]</c>.</param>
    /// <param name="scale"><c>[B, P, D]</c>, P parts; includes the norm's own weight, if it has one.</param>
    /// <param name="offset"><c>[B, P, D]</c>.</param>
    /// <param name="split">With two parts, the tokens of the first; with one, anything.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <returns><c>[B, S, D]</c>, differentiable in x, scale and offset.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor ModulatedNorm(Tensor x, Tensor scale, Tensor offset, long split, double eps)
    {
        var parts = Parts.Of(x, scale, split);
        if (!offset.shape.AsSpan().SequenceEqual(scale.shape))
            throw new ArgumentException($"offset {offset.Describe()} has not the shape of scale {scale.Describe()}");
        return Kernels(x, scale, offset)
            ? new ModulatedNormFunction(parts, (float)eps).Apply(x, scale, offset)[0]
            : addcmul(parts.Spread(offset), nn.functional.layer_norm(x, [parts.Width], eps: eps), parts.Spread(scale), 1);
    }

    /// <summary>Adds what a layer computed, gated per sample, part of the sequence and channel: x + gate·change.</summary>
    /// <param name="x"><c>[B, S, D]</c>.</param>
    /// <param name="change"><c>[B, S, D]</c>.</param>
    /// <param name="gate"><c>[B, P, D]</c>, as in <see cref="ModulatedNorm"/>.</param>
    /// <param name="split">With two parts, the tokens of the first; with one, anything.</param>
    /// <returns><c>[B, S, D]</c>, differentiable in all three.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor AddGated(Tensor x, Tensor change, Tensor gate, long split)
    {
        var parts = Parts.Of(x, gate, split);
        if (!change.shape.AsSpan().SequenceEqual(x.shape))
            throw new ArgumentException($"change {change.Describe()} has not the shape of x {x.Describe()}");
        return Kernels(x, change, gate)
            ? new AddGatedFunction(parts).Apply(x, change, gate)[0]
            : addcmul(x, change, parts.Spread(gate), 1);
    }

    /// <summary>A batch of sequences whose tokens belong to one or two parts, in blocks of tokens of the same part.</summary>
    private sealed record Parts(long Batch, long Length, long Width, long Count, long Split)
    {
        private const long BlockTokens = 32;

        public static Parts Of(Tensor x, Tensor perPart, long split)
        {
            if (x.ndim != 3 || perPart.ndim != 3 || perPart.size(0) != x.size(0) || perPart.size(2) != x.size(2) || perPart.size(1) is not (1 or 2))
                throw new ArgumentException($"x {x.Describe()} and modulation {perPart.Describe()} are not [B, S, D] and [B, 1 or 2, D]");
            var (length, count) = (x.size(1), perPart.size(1));
            if (count == 2 && (split < 0 || split > length))
                throw new ArgumentOutOfRangeException(nameof(split), split, $"a sequence has {length} tokens");
            return new(x.size(0), length, x.size(2), count, count == 1 ? length : split);
        }

        private long FirstBlocks => (Split + BlockTokens - 1) / BlockTokens;

        public long BlocksPerSample => FirstBlocks + (Length - Split + BlockTokens - 1) / BlockTokens;

        public long Blocks => Batch * BlocksPerSample;

        /// <summary>Blocks that are worth a thread.</summary>
        public long BlockGrain => Math.Max(1, Grain / Math.Max(1, BlockTokens * Width));

        /// <summary>First row of [B·S, D], rows, and row of [B·P, D], of a block.</summary>
        public (long Row, long Rows, long Part) Block(long index)
        {
            var (sample, block) = Math.DivRem(index, BlocksPerSample);
            var second = block >= FirstBlocks;
            var start = second ? Split + (block - FirstBlocks) * BlockTokens : block * BlockTokens;
            return (sample * Length + start, Math.Min(BlockTokens, (second ? Length : Split) - start), sample * Count + (second ? 1 : 0));
        }

        /// <summary>[B, P, D] to [B, S, D] (or what broadcasts to it).</summary>
        public Tensor Spread(Tensor perPart) => Count == 1
            ? perPart
            : cat([perPart.narrow(1, 0, 1).expand(Batch, Split, Width), perPart.narrow(1, 1, 1).expand(Batch, Length - Split, Width)], 1);

        /// <summary>Adds up rows [Blocks, D] to [B, P, D], block after block.</summary>
        public unsafe Tensor Sum(float* blocks)
        {
            var sum = zeros([Batch, Count, Width], device: CPU);
            var to = Floats(sum);
            for (long i = 0; i < Blocks; i++)
                AddTo(to + Block(i).Part * Width, blocks + i * Width, Width);
            return sum;
        }
    }

    private sealed unsafe class ModulatedNormFunction(Parts parts, float eps) : KernelFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Tensor x = inputs[0]!.contiguous(), scale = inputs[1]!.contiguous(), offset = inputs[2]!.contiguous();
            var y = empty_like(x);
            var (from, s, o, to, width) = ((nint)Floats(x), (nint)Floats(scale), (nint)Floats(offset), (nint)Floats(y), parts.Width);
            ParallelLoop.Run(parts.Blocks, parts.BlockGrain, (begin, end) =>
            {
                for (var i = begin; i < end; i++)
                {
                    var (row, rows, part) = parts.Block(i);
                    for (var r = row; r < row + rows; r++)
                        NormRow((float*)from + r * width, (float*)s + part * width, (float*)o + part * width, (float*)to + r * width, width, eps);
                }
            });
            Save(x, scale);
            return [y];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            Tensor grad = grads[0].contiguous(), x = saved[0], scale = saved[1];
            Tensor dx = empty_like(x), sums = empty(2, parts.Blocks, parts.Width, device: CPU);
            var (from, s, g, to, width) = ((nint)Floats(x), (nint)Floats(scale), (nint)Floats(grad), (nint)Floats(dx), parts.Width);
            var (dScale, dOffset) = ((nint)Floats(sums), (nint)(Floats(sums) + parts.Blocks * width));
            ParallelLoop.Run(parts.Blocks, parts.BlockGrain, (begin, end) =>
            {
                for (var i = begin; i < end; i++)
                {
                    var (row, rows, part) = parts.Block(i);
                    new Span<float>((float*)dScale + i * width, (int)width).Clear();
                    new Span<float>((float*)dOffset + i * width, (int)width).Clear();
                    for (var r = row; r < row + rows; r++)
                        NormRowGradient((float*)from + r * width, (float*)s + part * width, (float*)g + r * width, (float*)to + r * width,
                            (float*)dScale + i * width, (float*)dOffset + i * width, width, eps);
                }
            });
            return [dx, parts.Sum((float*)dScale), parts.Sum((float*)dOffset)];
        }
    }

    private sealed unsafe class AddGatedFunction(Parts parts) : KernelFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Tensor x = inputs[0]!.contiguous(), change = inputs[1]!.contiguous(), gate = inputs[2]!.contiguous();
            var y = empty_like(x);
            var (from, c, g, to, width) = ((nint)Floats(x), (nint)Floats(change), (nint)Floats(gate), (nint)Floats(y), parts.Width);
            ParallelLoop.Run(parts.Blocks, parts.BlockGrain, (begin, end) =>
            {
                for (var i = begin; i < end; i++)
                {
                    var (row, rows, part) = parts.Block(i);
                    for (var r = row; r < row + rows; r++)
                        GateRow((float*)from + r * width, (float*)c + r * width, (float*)g + part * width, (float*)to + r * width, width);
                }
            });
            Save(change, gate);
            return [y];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            Tensor grad = grads[0].contiguous(), change = saved[0], gate = saved[1];
            Tensor dChange = empty_like(change), sums = empty(parts.Blocks, parts.Width, device: CPU);
            var (c, g, d, to, dGate, width) = ((nint)Floats(change), (nint)Floats(gate), (nint)Floats(grad), (nint)Floats(dChange), (nint)Floats(sums), parts.Width);
            ParallelLoop.Run(parts.Blocks, parts.BlockGrain, (begin, end) =>
            {
                for (var i = begin; i < end; i++)
                {
                    var (row, rows, part) = parts.Block(i);
                    new Span<float>((float*)dGate + i * width, (int)width).Clear();
                    for (var r = row; r < row + rows; r++)
                        GateRowGradient((float*)c + r * width, (float*)g + part * width, (float*)d + r * width, (float*)to + r * width, (float*)dGate + i * width, width);
                }
            });
            return [grads[0], dChange, parts.Sum((float*)dGate)];
        }
    }

    // ---- rows ----------------------------------------------------------------------------------------------------------

    /// <summary>Mean and 1/√(variance + eps) of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe (float Mean, float InverseDeviation) Moments(float* x, long width, float eps)
    {
        Vector512<float> a = default, b = default;
        long i = 0;
        for (; i + 2 * Simd.Width <= width; i += 2 * Simd.Width)
        {
            a += Vector512.Load(x + i);
            b += Vector512.Load(x + i + Simd.Width);
        }
        for (; i < width; i += Simd.Width)
            a += Simd.Load(x + i, width - i);
        var mean = Vector512.Sum(a + b) / width;
        var (m, square) = (Vector512.Create(mean), Vector512<float>.Zero);
        for (i = 0; i + Simd.Width <= width; i += Simd.Width)
        {
            var d = Vector512.Load(x + i) - m;
            square = Simd.Fma(d, d, square);
        }
        var sum = Vector512.Sum(square);
        for (; i < width; i++)
            sum += (x[i] - mean) * (x[i] - mean);
        return (mean, 1 / MathF.Sqrt(sum / width + eps));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void NormRow(float* x, float* scale, float* offset, float* y, long width, float eps)
    {
        var (mean, inverse) = Moments(x, width, eps);
        var (m, r) = (Vector512.Create(mean), Vector512.Create(inverse));
        for (long i = 0; i < width; i += Simd.Width)
        {
            var n = (Simd.Load(x + i, width - i) - m) * r;
            Simd.Store(Simd.Fma(n, Simd.Load(scale + i, width - i), Simd.Load(offset + i, width - i)), y + i, width - i);
        }
    }

    /// <summary>With n = norm(x) and g = grad·scale: dx = (g - mean(g) - n·mean(g·n)) / deviation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void NormRowGradient(float* x, float* scale, float* grad, float* dx, float* dScale, float* dOffset, long width, float eps)
    {
        var (mean, inverse) = Moments(x, width, eps);
        var (m, r) = (Vector512.Create(mean), Vector512.Create(inverse));
        Vector512<float> sumG = default, sumGn = default;
        for (long i = 0; i < width; i += Simd.Width)
        {
            var left = width - i;
            var d = Simd.Load(grad + i, left);
            var n = (Simd.Load(x + i, left) - m) * r;
            var g = d * Simd.Load(scale + i, left); // zero behind the row's end
            sumG += g;
            sumGn = Simd.Fma(g, n, sumGn);
            Simd.Store(Simd.Fma(d, n, Simd.Load(dScale + i, left)), dScale + i, left);
            Simd.Store(Simd.Load(dOffset + i, left) + d, dOffset + i, left);
        }
        var meanG = Vector512.Create(Vector512.Sum(sumG) / width);
        var meanGn = Vector512.Create(Vector512.Sum(sumGn) / width);
        for (long i = 0; i < width; i += Simd.Width)
        {
            var left = width - i;
            var n = (Simd.Load(x + i, left) - m) * r;
            var g = Simd.Load(grad + i, left) * Simd.Load(scale + i, left);
            Simd.Store((g - meanG - n * meanGn) * r, dx + i, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void GateRow(float* x, float* change, float* gate, float* y, long width)
    {
        for (long i = 0; i < width; i += Simd.Width)
        {
            var left = width - i;
            Simd.Store(Simd.Fma(Simd.Load(change + i, left), Simd.Load(gate + i, left), Simd.Load(x + i, left)), y + i, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void GateRowGradient(float* change, float* gate, float* grad, float* dChange, float* dGate, long width)
    {
        for (long i = 0; i < width; i += Simd.Width)
        {
            var left = width - i;
            var d = Simd.Load(grad + i, left);
            Simd.Store(d * Simd.Load(gate + i, left), dChange + i, left);
            Simd.Store(Simd.Fma(d, Simd.Load(change + i, left), Simd.Load(dGate + i, left)), dGate + i, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void AddTo(float* sum, float* x, long count)
    {
        for (long i = 0; i < count; i += Simd.Width)
            Simd.Store(Simd.Load(sum + i, count - i) + Simd.Load(x + i, count - i), sum + i, count - i);
    }
}
