using System.Runtime.CompilerServices;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

public static partial class FastOps
{
    /// <summary>Nearest-neighbour enlargement of video: every pixel becomes a square, and each frame is one of the given ones.</summary>
    /// <param name="x"><c>[B, C, T', h, w]</c>.</param>
    /// <param name="steps">For each of the T frames of the result, which of the T' it is, in rising order.</param>
    /// <param name="down">Rows that one row becomes.</param>
    /// <param name="across">Columns that one column becomes.</param>
    /// <returns><c>[B, C, T, h·down, w·across]</c>, differentiable.</returns>
    public static Tensor Repeat(Tensor x, int[] steps, int down, int across)
    {
        if (Kernels(x) && x.numel() > 0)
            return new RepeatFunction(steps, down, across).Apply(x)[0];
        // The innermost axis first, while the map is small.
        x = Along(x, 4, across);
        x = Along(x, 3, down);
        return x.index_select(2, tensor(Array.ConvertAll(steps, s => (long)s), device: x.device));

        static Tensor Along(Tensor x, int axis, int factor) => factor == 1
            ? x
            : x.index_select(axis, tensor([.. Enumerable.Range(0, (int)x.size(axis) * factor).Select(i => (long)(i / factor))], device: x.device));
    }

    /// <summary>Puts copies of the first frame before a video.</summary>
    /// <param name="x"><c>[B, C, T, H, W]</c>.</param>
    /// <param name="count">How many copies.</param>
    /// <returns><c>[B, C, count + T, H, W]</c>, differentiable.</returns>
    public static Tensor RepeatFirst(Tensor x, long count) => count == 0
        ? x
        : Repeat(x, [.. Enumerable.Repeat(0, (int)count), .. Enumerable.Range(0, (int)x.size(2))], 1, 1);

    private sealed unsafe class RepeatFunction(int[] steps, int down, int across) : TorchFunction
    {
        private long[] _shape = [];

        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            var x = inputs[0]!.contiguous();
            _shape = x.shape;
            var (channels, from, h, w, frames) = (x.size(0) * x.size(1), x.size(2), (int)x.size(3), (int)x.size(4), steps.Length);
            long small = h * w, large = small * down * across;
            var y = empty([x.size(0), x.size(1), frames, h * down, w * across], device: CPU);
            var (source, target) = ((nint)Floats(x), (nint)Floats(y));
            ParallelLoop.Run(channels * frames, Math.Max(1, Grain / large), (begin, end) =>
            {
                for (var i = begin; i < end; i++)
                    SpreadPlane((float*)source + (i / frames * from + steps[i % frames]) * small, (float*)target + i * large, h, w, down, across);
            });
            return [y];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            var (b, c, from, h, w, frames) = (_shape[0], _shape[1], _shape[2], (int)_shape[3], (int)_shape[4], steps.Length);
            if (is_grad_enabled())
            {
                // Differentiable again: sums over each square, then over the frames of a step.
                var squares = gradOutputs[0].reshape(b, c, frames, h, down, w, across).sum([4, 6]);
                return [Operators.index_add.Call(zeros(_shape, device: CPU), 2, tensor(Array.ConvertAll(steps, s => (long)s), device: CPU), squares)];
            }
            var grad = gradOutputs[0].contiguous();
            long small = h * w, large = small * down * across;
            var sum = zeros(_shape, device: CPU);
            var (source, target) = ((nint)Floats(grad), (nint)Floats(sum));
            ParallelLoop.Run(b * c, Math.Max(1, Grain / (large * frames)), (begin, end) =>
            {
                for (var channel = begin; channel < end; channel++)
                    for (var frame = 0; frame < frames; frame++)
                        GatherPlane((float*)source + (channel * frames + frame) * large, (float*)target + (channel * from + steps[frame]) * small, h, w, down, across);
            });
            return [sum];
        }
    }

    /// <summary>Repeats a plane [h, w] over a plane [h·down, w·across].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SpreadPlane(float* from, float* to, int h, int w, int down, int across)
    {
        var width = w * across;
        for (var y = 0; y < h; y++, from += w)
        {
            var row = to + (long)y * down * width;
            if (across == 1)
                new Span<float>(from, w).CopyTo(new Span<float>(row, w));
            else if (across == 2)
                for (var x = 0; x < w; x++)
                    row[2 * x] = row[2 * x + 1] = from[x];
            else
                for (var x = 0; x < w; x++)
                    new Span<float>(row + (long)x * across, across).Fill(from[x]);
            for (var copy = 1; copy < down; copy++)
                new Span<float>(row, width).CopyTo(new Span<float>(row + (long)copy * width, width));
        }
    }

    /// <summary>Adds a plane [h·down, w·across] up to a plane [h, w], the reverse of <see cref="SpreadPlane"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void GatherPlane(float* from, float* to, int h, int w, int down, int across)
    {
        for (var y = 0; y < h * down; y++)
        {
            float* row = from + (long)y * w * across, sum = to + y / down * w;
            if (across == 1)
            {
                AddTo(sum, row, w);
                continue;
            }
            for (var x = 0; x < w; x++)
            {
                var s = 0f;
                for (var i = 0; i < across; i++)
                    s += row[(long)x * across + i];
                sum[x] += s;
            }
        }
    }
}

public static partial class torch
{
    internal static partial class Operators
    {
        internal static readonly TorchOp index_add = new("index_add");
    }
}
