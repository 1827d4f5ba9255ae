using System.Runtime.CompilerServices;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    /// <summary>Nearest-neighbour enlargement of video: every pixel becomes a square, and every step some frames.</summary>
    /// <param name="x"><c>[B, C, T', h, w]</c>.</param>
    /// <param name="frames">How the T' steps become T frames.</param>
    /// <param name="down">Rows that one row becomes.</param>
    /// <param name="across">Columns that one column becomes.</param>
    /// <returns><c>[B, C, T, h·down, w·across]</c>, differentiable; <paramref name="x"/> itself where nothing is repeated.</returns>
    /// <exception cref="ArgumentException">A factor is below 1, or <paramref name="x"/> is no video.</exception>
    public static Tensor Repeat(Tensor x, FrameRepeat frames, int down, int across)
    {
        if (x.ndim != 5 || frames.First < 1 || frames.Each < 1 || down < 1 || across < 1)
            throw new ArgumentException($"{x.Describe()} cannot be repeated by {frames}, {down} and {across}");
        if (frames == FrameRepeat.Once && down == 1 && across == 1)
            return x;
        if (Kernels(x) && x.numel() > 0)
            return new RepeatFunction(frames, down, across).Apply(x)[0];
        // The innermost axis first, while the map is small. Only the length of the last cut depends on x's size, and none of the operators.
        return InFrames(Along(Along(x, 4, across), 3, down), frames);

        static Tensor Along(Tensor x, int axis, int factor)
        {
            if (factor == 1)
                return x;
            long[] sizes = [-1, -1, -1, -1, -1, -1];
            sizes[axis + 1] = factor;
            return x.unsqueeze(axis + 1).expand(sizes).flatten(axis, axis + 1);
        }

        static Tensor InFrames(Tensor x, FrameRepeat frames)
        {
            var even = Along(x, 2, frames.Each);
            if (frames.First > frames.Each)
                return cat([x.narrow(2, 0, 1).expand(-1, -1, frames.First - frames.Each, -1, -1), even], 2);
            return frames.First == frames.Each ? even : even.narrow(2, frames.Each - frames.First, frames.Frames(x.size(2)));
        }
    }

    /// <summary>Puts copies of the first frame before a video.</summary>
    /// <param name="x"><c>[B, C, T, H, W]</c>.</param>
    /// <param name="count">How many copies.</param>
    /// <returns><c>[B, C, count + T, H, W]</c>, differentiable.</returns>
    public static Tensor RepeatFirst(Tensor x, long count) => Repeat(x, new FrameRepeat(checked((int)count + 1), 1), 1, 1);

    /// <summary>The last frames of a video.</summary>
    /// <param name="x"><c>[B, C, T, H, W]</c>.</param>
    /// <param name="count">How many.</param>
    /// <param name="repeatFirst">Whether the video begins here: before it stand copies of its first frame, as many as are wanted.
    /// Otherwise T must not be less than <paramref name="count"/>.</param>
    /// <returns><c>[B, C, count, H, W]</c>, differentiable; it may be a view.</returns>
    public static Tensor Tail(Tensor x, long count, bool repeatFirst)
    {
        long copies = repeatFirst ? Math.Max(0, count - x.size(2)) : 0;
        return RepeatFirst(x, copies).narrow(2, copies + x.size(2) - count, count);
    }

    private sealed unsafe class RepeatFunction(FrameRepeat repeat, int down, int across) : TorchFunction
    {
        private long[] _shape = [];

        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            var x = inputs[0]!.contiguous();
            _shape = x.shape;
            var (channels, from, h, w, frames) = (x.size(0) * x.size(1), x.size(2), (int)x.size(3), (int)x.size(4), (int)repeat.Frames(x.size(2)));
            long small = h * w, large = small * down * across;
            var y = empty([x.size(0), x.size(1), frames, h * down, w * across], device: CPU);
            var (source, target) = ((nint)Floats(x), (nint)Floats(y));
            ParallelLoop.Run(channels * frames, Math.Max(1, Grain / large), (begin, end) =>
            {
                for (var i = begin; i < end; i++)
                    SpreadPlane((float*)source + (i / frames * from + repeat.StepOf((int)(i % frames))) * small, (float*)target + i * large, h, w, down, across);
            });
            return [y];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            var (b, c, from, h, w, frames) = (_shape[0], _shape[1], _shape[2], (int)_shape[3], (int)_shape[4], (int)repeat.Frames(_shape[2]));
            if (is_grad_enabled())
            {
                // Differentiable again: sums over each square, then over the frames of a step.
                var squares = gradOutputs[0].reshape(b, c, frames, h, down, w, across).sum([4, 6]);
                return [zeros(_shape, device: CPU).index_add(2, tensor([.. Enumerable.Range(0, frames).Select(f => (long)repeat.StepOf(f))], device: CPU), squares, 1)];
            }
            var grad = gradOutputs[0].contiguous();
            long small = h * w, large = small * down * across;
            var sum = zeros(_shape, device: CPU);
            var (source, target) = ((nint)Floats(grad), (nint)Floats(sum));
            ParallelLoop.Run(b * c, Math.Max(1, Grain / (large * frames)), (begin, end) =>
            {
                for (var channel = begin; channel < end; channel++)
                    for (var frame = 0; frame < frames; frame++)
                        GatherPlane((float*)source + (channel * frames + frame) * large, (float*)target + (channel * from + repeat.StepOf(frame)) * small, h, w, down, across);
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
