using System.Runtime.InteropServices;
using ILGPU;

namespace AniSora.Kernels.Gpu;

public sealed unsafe partial class GpuKernels
{
    /// <inheritdoc/>
    public override void Blend(
        ReadOnlySpan<float> mask, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved) => Blend<float, float>(mask, a, b, destination, channels, layout, MaskKernels.BlendFloats);

    /// <inheritdoc/>
    public override void Blend(
        ReadOnlySpan<byte> mask, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved) => Blend<byte, uint>(mask, a, b, destination, channels, layout, MaskKernels.BlendBytes);

    private void Blend<T, TDevice>(
        ReadOnlySpan<T> mask, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> destination, int channels, PixelLayout layout,
        Action<Index1D, ArrayView<TDevice>, ArrayView<TDevice>, ArrayView<TDevice>, ArrayView<TDevice>, int> kernel)
        where T : unmanaged
        where TDevice : unmanaged
    {
        MaskBlend.Check(mask.Length, a.Length, b.Length, destination.Length, channels, layout);
        int pixels = mask.Length, perWeight = layout == PixelLayout.Planar ? 1 : channels;
        fixed (T* maskAt = mask, aAt = a, bAt = b, toAt = destination)
        {
            T* m = maskAt, x = aAt, y = bAt, to = toAt;
            Pieces("blending", pixels, sizeof(T) * (1L + 3 * channels), (call, from, count) =>
            {
                var weights = call.Upload<TDevice>(new ReadOnlySpan<byte>(m + from, count * sizeof(T)));
                int values = count * perWeight;
                for (int plane = 0; plane < channels / perWeight; plane++)
                {
                    nint at = (nint)plane * pixels + (nint)from * perWeight;
                    var first = call.Upload<TDevice>(new ReadOnlySpan<byte>(x + at, values * sizeof(T)));
                    var second = call.Upload<TDevice>(new ReadOnlySpan<byte>(y + at, values * sizeof(T)));
                    var result = call.Scratch<TDevice>(first.Length);
                    call.Run(kernel, result.IntLength, weights, first, second, result, perWeight);
                    call.Download(result, new Span<T>(to + at, values));
                }
            });
        }
    }

    /// <inheritdoc/>
    public override byte[] Dilate(ReadOnlySpan<byte> mask, int width, int height, int radius) => Square(mask, width, height, radius, highest: true);

    /// <inheritdoc/>
    public override byte[] Erode(ReadOnlySpan<byte> mask, int width, int height, int radius) => Square(mask, width, height, radius, highest: false);

    private byte[] Square(ReadOnlySpan<byte> mask, int width, int height, int radius, bool highest)
    {
        int useful = MaskMorphology.Useful(radius, width, height);
        return Frames(mask, width, height, bytesEach: 2, (call, from, to, size) =>
        {
            ArrayView<uint> source = from, target = to;
            foreach (bool across in (ReadOnlySpan<bool>)[true, false])
            {
                for (int reach = 0; reach < useful;)
                {
                    int step = Math.Min(2 * reach + 1, useful - reach);
                    call.Run(MaskKernels.Widen, size.Words, source, target, size, new MorphologyStep(across ? step : 0, across ? 0 : step, highest ? 1 : 0));
                    (source, target, reach) = (target, source, reach + step);
                }
            }

            return source;
        });
    }

    /// <inheritdoc/>
    public override byte[] Feather(ReadOnlySpan<byte> mask, int width, int height, double sigma)
    {
        int[] weights = MaskFeather.Weights(sigma);
        return Frames(mask, width, height, bytesEach: 6, (call, from, to, size) =>
        {
            var scale = call.Upload<int>(MemoryMarshal.AsBytes(weights.AsSpan()));
            var blurred = call.Scratch<int>(size.Length);
            call.Run(MaskKernels.BlurRows, size.Length, from, blurred, scale, size);
            call.Run(MaskKernels.BlurColumns, size.Words, blurred, to, scale, size);
            return to;
        });
    }

    /// <inheritdoc/>
    public override byte[] Union(ReadOnlySpan<byte> masks, int frames, byte threshold = 1) => OverTime(masks, frames, threshold, moving: false);

    /// <inheritdoc/>
    public override byte[] Moving(ReadOnlySpan<byte> alpha, int frames, byte threshold = 32) => OverTime(alpha, frames, threshold, moving: true);

    private byte[] OverTime(ReadOnlySpan<byte> masks, int frames, byte threshold, bool moving)
    {
        int pixels = MaskFrames.Length(masks.Length, frames);
        var result = new byte[pixels];
        fixed (byte* masksAt = masks)
        {
            byte* at = masksAt;
            Pieces("looking over time", pixels, frames + 1L, (call, from, count) =>
            {
                // A piece is a strip of every frame.
                var strips = new byte[frames * count];
                for (int t = 0; t < frames; t++)
                    new ReadOnlySpan<byte>(at + (nint)t * pixels + from, count).CopyTo(strips.AsSpan(t * count));
                var to = call.Bytes(count);
                call.Run(MaskKernels.OverTime, to.IntLength, call.Upload<uint>(strips), to, new OverTimeRule(count, frames, threshold, moving ? 1 : 0));
                call.Download(to, result.AsSpan(from, count));
            });
        }

        return result;
    }

    /// <inheritdoc/>
    public override float[] Pool(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1)
    {
        var grid = new CellGrid(width, height, cellsAcross, cellsDown);
        int frames = MaskFrames.Count(mask.Length, width, height), cells = cellsAcross * cellsDown, frame = width * height;
        var sums = new long[checked(frames * cells)];
        var rule = new PoolRule(width, height, cellsAcross, cellsDown, grid.Columns.PixelSize, grid.Columns.CellSize, grid.Rows.PixelSize, grid.Rows.CellSize, threshold ?? -1);
        fixed (byte* maskAt = mask)
        {
            byte* at = maskAt;
            Pieces("pooling", frames, frame + (long)sizeof(long) * cells, (call, from, count) =>
            {
                var to = call.Scratch<long>(count * cells);
                call.Run(MaskKernels.Pool, to.IntLength, call.Upload<uint>(new ReadOnlySpan<byte>(at + (nint)from * frame, count * frame)), to, rule);
                call.Download(to, sums.AsSpan(from * cells, count * cells));
            });
        }

        return grid.Shares(sums);
    }

    /// <inheritdoc/>
    public override float[] Fold(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1) =>
        MaskFold.FoldFrames(Pool(mask, width, height, cellsAcross, cellsDown, threshold), MaskFrames.Count(mask.Length, width, height));

    /// <summary>A new mask of the same size, some frames at a time; the filter returns the view that holds its result.</summary>
    private byte[] Frames(ReadOnlySpan<byte> mask, int width, int height, long bytesEach, Func<GpuCall, ArrayView<uint>, ArrayView<uint>, MaskSize, ArrayView<uint>> filter)
    {
        int frames = MaskFrames.Count(mask.Length, width, height), frame = width * height;
        var result = GC.AllocateUninitializedArray<byte>(mask.Length);
        fixed (byte* maskAt = mask)
        {
            byte* at = maskAt;
            Pieces("filtering masks", frames, bytesEach * frame, (call, first, count) =>
            {
                var from = call.Upload<uint>(new ReadOnlySpan<byte>(at + (nint)first * frame, count * frame));
                var made = filter(call, from, call.Scratch<uint>(from.Length), new MaskSize(count * frame, width, height));
                call.Download(made, result.AsSpan(first * frame, count * frame));
            });
        }

        return result;
    }
}
