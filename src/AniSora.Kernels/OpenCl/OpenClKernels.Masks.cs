namespace AniSora.Kernels.OpenCl;

public sealed unsafe partial class OpenClKernels
{
    /// <inheritdoc/>
    public override byte[] Dilate(ReadOnlySpan<byte> mask, int width, int height, int radius) => Square(mask, width, height, radius, highest: true);

    /// <inheritdoc/>
    public override byte[] Erode(ReadOnlySpan<byte> mask, int width, int height, int radius) => Square(mask, width, height, radius, highest: false);

    /// <inheritdoc/>
    public override byte[] Feather(ReadOnlySpan<byte> mask, int width, int height, double sigma)
    {
        int frames = MaskFrames.Count(mask.Length, width, height);
        int[] weights = MaskFeather.Weights(sigma);
        return Transform(mask, (call, input, output) =>
        {
            fixed (int* weightsAt = weights)
            {
                OpenClBuffer blurred = call.Scratch(sizeof(ushort) * ((long)frames * width * height)), weight = call.Input(weightsAt, weights.Length);
                call.Run("feather", "blur_rows", (width, (long)frames * height, 1), input, blurred, weight, weights.Length - 1, width);
                call.Run("feather", "blur_columns", (width, height, frames), blurred, output, weight, weights.Length - 1, width, height);
                call.Finish();
            }
        });
    }

    /// <inheritdoc/>
    public override byte[] SoftEdge(ReadOnlySpan<byte> mask, int width, int height, int radius)
    {
        int frames = MaskFrames.Count(mask.Length, width, height);
        byte[] ramp = MaskFeather.Ramp(radius);
        return Transform(mask, (call, input, output) =>
        {
            fixed (byte* rampAt = ramp)
            {
                OpenClBuffer distance = call.Scratch((long)frames * width * height), values = call.Input(rampAt, ramp.Length);
                call.Run("feather", "column_distance", (width, height, frames), input, distance, radius, width, height);
                call.Run("feather", "ramp_by_distance", (width, (long)frames * height, 1), input, distance, output, values, radius, width);
                call.Finish();
            }
        });
    }

    /// <inheritdoc/>
    public override byte[] Union(ReadOnlySpan<byte> masks, int frames, byte threshold = 1) => OverTime(masks, frames, threshold, moving: false);

    /// <inheritdoc/>
    public override byte[] Moving(ReadOnlySpan<byte> alpha, int frames, byte threshold = 32) => OverTime(alpha, frames, threshold, moving: true);

    /// <inheritdoc/>
    public override float[] Pool(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1)
    {
        var grid = new CellGrid(width, height, cellsAcross, cellsDown);
        int frames = MaskFrames.Count(mask.Length, width, height);
        var sums = new long[checked(frames * cellsAcross * cellsDown)];
        if (frames == 0)
            return [];
        fixed (byte* maskAt = mask)
        fixed (long* to = sums)
        {
            using var call = Begin();
            call.Run("masks", "pool", (cellsAcross, cellsDown, frames), call.Input(maskAt, mask.Length), call.Output(to, sums.Length), width, height, cellsAcross,
                grid.Columns.PixelSize, grid.Columns.CellSize, grid.Rows.PixelSize, grid.Rows.CellSize, threshold ?? -1);
            call.Finish();
        }

        return grid.Shares(sums);
    }

    /// <inheritdoc/>
    public override float[] Fold(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1) =>
        MaskFold.FoldFrames(Pool(mask, width, height, cellsAcross, cellsDown, threshold), MaskFrames.Count(mask.Length, width, height));

    /// <inheritdoc/>
    public override byte[] Overlay(ReadOnlySpan<byte> pictures, ReadOnlySpan<byte> mask, int width, int height, OverlayStyle style)
    {
        int frames = MaskFrames.Count(mask.Length, width, height), channels = MaskOverlay.Channels(pictures.Length, mask.Length), opacity = style.Weight;
        var result = GC.AllocateUninitializedArray<byte>(pictures.Length);
        if (frames == 0)
            return result;
        fixed (byte* picturesAt = pictures, maskAt = mask, to = result)
        {
            using var call = Begin();
            OpenClBuffer masks = call.Input(maskAt, mask.Length), core = masks;
            if (style.Outline > 0)
                Square(call, masks, core = call.Scratch(mask.Length), frames, width, height, style.Outline, highest: false);
            call.Run("masks", "overlay", (mask.Length, 1, 1), call.Input(picturesAt, pictures.Length), masks, core, call.Output(to, result.Length), mask.Length, channels,
                style.Red, style.Green, style.Blue, opacity);
            call.Finish();
        }

        return result;
    }

    private byte[] Square(ReadOnlySpan<byte> mask, int width, int height, int radius, bool highest)
    {
        int frames = MaskFrames.Count(mask.Length, width, height);
        if (MaskMorphology.Useful(radius, width, height) == 0)
            return mask.ToArray();
        return Transform(mask, (call, input, output) =>
        {
            Square(call, input, output, frames, width, height, radius, highest);
            call.Finish();
        });
    }

    private static void Square(OpenClCall call, OpenClBuffer input, OpenClBuffer output, int frames, int width, int height, int radius, bool highest)
    {
        radius = MaskMorphology.Useful(radius, width, height);
        int stride = width + 2 * radius, rows = height + 2 * radius, length = checked(frames * rows * stride), size = 2 * radius + 1;
        OpenClBuffer from = call.Scratch(length), to = call.Scratch(length);
        call.Run("morphology", "pad", (stride, rows, frames), input, from, width, height, radius, highest ? 0 : 255);
        foreach (int unit in (ReadOnlySpan<int>)[1, stride])
        {
            int reach = 1;
            for (; 2 * reach <= size; reach *= 2)
                Pick(reach * unit);
            if (reach < size)
                Pick((size - reach) * unit);
        }

        call.Run("morphology", "crop", (width, height, frames), from, output, width, height, radius);

        void Pick(int step)
        {
            call.Run("morphology", "pick_ahead", ((length + 15L) / 16, 1, 1), from, to, length, step, highest ? 1 : 0);
            (from, to) = (to, from);
        }
    }

    private byte[] OverTime(ReadOnlySpan<byte> masks, int frames, byte threshold, bool moving)
    {
        var result = new byte[MaskFrames.Length(masks.Length, frames)];
        if (result.Length == 0)
            return result;
        fixed (byte* from = masks, to = result)
        {
            using var call = Begin();
            call.Run("masks", "over_time", (result.Length, 1, 1), call.Input(from, masks.Length), call.Output(to, result.Length), result.Length, frames, (int)threshold,
                moving ? 1 : 0);
            call.Finish();
        }

        return result;
    }

    /// <summary>A new mask of the same size.</summary>
    private byte[] Transform(ReadOnlySpan<byte> mask, Action<OpenClCall, OpenClBuffer, OpenClBuffer> run)
    {
        var result = GC.AllocateUninitializedArray<byte>(mask.Length);
        if (mask.IsEmpty)
            return result;
        fixed (byte* from = mask, to = result)
        {
            using var call = Begin();
            run(call, call.Input(from, mask.Length), call.Output(to, result.Length));
        }

        return result;
    }
}
