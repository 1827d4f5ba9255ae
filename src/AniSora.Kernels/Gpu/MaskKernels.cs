using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>A mask <c>[T, H, W]</c> of so many bytes.</summary>
internal readonly record struct MaskSize(int Length, int Width, int Height)
{
    /// <summary>Words that hold it.</summary>
    public int Words => (Length + 3) / 4;
}

/// <summary>
/// Masks: blending, growing, blurring, over time and at the size of latents, equal to <see cref="MaskBlend"/>, <see cref="MaskMorphology"/>,
/// <see cref="MaskFeather"/>, <see cref="MaskFrames"/> and <see cref="MaskFold"/>. A thread makes one word of bytes, or one number.
/// </summary>
internal static class MaskKernels
{
    /// <summary>m·a + (255 − m)·b, rounded, over bytes. <paramref name="perWeight"/>: neighbouring values that share a weight.</summary>
    public static void BlendBytes(Index1D word, ArrayView<uint> mask, ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> to, int perWeight)
    {
        uint first = a[word], second = b[word], result = 0;
        int last = (int)mask.Length * 4 - 1;
        for (int k = 0; k < 4; k++)
        {
            uint m = Words.At(mask, IntrinsicMath.Min((4 * word + k) / perWeight, last));
            uint x = m * ((first >> (8 * k)) & 255) + (255 - m) * ((second >> (8 * k)) & 255) + 128;
            result |= ((x + (x >> 8)) >> 8) << (8 * k);
        }

        to[word] = result;
    }

    /// <summary>m·a + (1 − m)·b over floats. On CUDA the driver may fuse a product with the sum.</summary>
    public static void BlendFloats(Index1D i, ArrayView<float> mask, ArrayView<float> a, ArrayView<float> b, ArrayView<float> to, int perWeight)
    {
        float m = mask[i / perWeight];
        to[i] = m * a[i] + (1 - m) * b[i];
    }

    /// <summary>
    /// A byte's pick with those a step before and behind it, in its row or column: windows of radius r become ones of r + step, for steps of
    /// 2r + 1 at most. What lies outside is its nearest byte inside, which is in the window anyway.
    /// </summary>
    public static void Widen(Index1D word, ArrayView<uint> from, ArrayView<uint> to, MaskSize size, MorphologyStep step)
    {
        int i = 4 * word, x = i % size.Width, y = i / size.Width % size.Height;
        uint result = 0;
        for (int k = 0; k < 4 && i < size.Length; k++, i++)
        {
            uint a = Words.At(from, i - IntrinsicMath.Min(step.X, x) - IntrinsicMath.Min(step.Y, y) * size.Width), b = Words.At(from, i);
            uint c = Words.At(from, i + IntrinsicMath.Min(step.X, size.Width - 1 - x) + IntrinsicMath.Min(step.Y, size.Height - 1 - y) * size.Width);
            uint pick = step.Highest != 0 ? IntrinsicMath.Max(a, IntrinsicMath.Max(b, c)) : IntrinsicMath.Min(a, IntrinsicMath.Min(b, c));
            result |= pick << (8 * k);
            if (++x == size.Width)
            {
                x = 0;
                y = y + 1 == size.Height ? 0 : y + 1;
            }
        }

        to[word] = result;
    }

    /// <summary>Along rows: bytes to 1/16 levels. Weights: the centre's, then outwards; they sum to 4096.</summary>
    public static void BlurRows(Index1D i, ArrayView<uint> mask, ArrayView<int> blurred, ArrayView<int> weights, MaskSize size)
    {
        int x = i % size.Width, row = i - x, sum = weights[0] * (int)Words.At(mask, i);
        for (int k = 1; k < weights.IntLength; k++)
            sum += weights[k] * (int)(Words.At(mask, row + IntrinsicMath.Max(0, x - k)) + Words.At(mask, row + IntrinsicMath.Min(size.Width - 1, x + k)));
        blurred[i] = (sum + 128) >> 8;
    }

    /// <summary>Along columns: back to bytes.</summary>
    public static void BlurColumns(Index1D word, ArrayView<int> blurred, ArrayView<uint> to, ArrayView<int> weights, MaskSize size)
    {
        uint result = 0;
        for (int n = 0; n < 4; n++)
        {
            int i = IntrinsicMath.Min(4 * word + n, size.Length - 1), y = i / size.Width % size.Height, column = i - y * size.Width, sum = weights[0] * blurred[i];
            for (int k = 1; k < weights.IntLength; k++)
                sum += weights[k] * (blurred[column + IntrinsicMath.Max(0, y - k) * size.Width] + blurred[column + IntrinsicMath.Min(size.Height - 1, y + k) * size.Width]);
            result |= (uint)((sum + 32768) >> 16) << (8 * n);
        }

        to[word] = result;
    }

    /// <summary>A pixel through all frames: inside where the highest value, or with <c>Moving</c> the range of values, reaches the threshold.</summary>
    public static void OverTime(Index1D word, ArrayView<uint> masks, ArrayView<uint> to, OverTimeRule rule)
    {
        uint result = 0;
        for (int k = 0; k < 4; k++)
        {
            int i = IntrinsicMath.Min(4 * word + k, rule.Pixels - 1);
            uint lowest = 255, highest = 0;
            for (int t = 0; t < rule.Frames; t++)
            {
                uint value = Words.At(masks, t * rule.Pixels + i);
                lowest = IntrinsicMath.Min(lowest, value);
                highest = IntrinsicMath.Max(highest, value);
            }

            result |= ((rule.Moving != 0 ? highest - lowest : highest) >= rule.Threshold ? 255u : 0u) << (8 * k);
        }

        to[word] = result;
    }

    /// <summary>The pixels of a cell, summed by their shares of it (<see cref="CellLine"/>).</summary>
    public static void Pool(Index1D i, ArrayView<uint> mask, ArrayView<long> sums, PoolRule rule)
    {
        int across = i % rule.CellsAcross, down = i / rule.CellsAcross % rule.CellsDown, frame = i / (rule.CellsAcross * rule.CellsDown) * rule.Height;
        long left = (long)across * rule.CellWidth / rule.PixelWidth, right = ((across + 1L) * rule.CellWidth + rule.PixelWidth - 1) / rule.PixelWidth;
        long top = (long)down * rule.CellHeight / rule.PixelHeight, bottom = ((down + 1L) * rule.CellHeight + rule.PixelHeight - 1) / rule.PixelHeight, sum = 0;
        for (long y = top; y < bottom; y++)
        {
            long line = 0;
            for (long x = left; x < right; x++)
            {
                int value = (int)Words.At(mask, (int)((frame + y) * rule.Width + x));
                line += Share(across, x, rule.CellWidth, rule.PixelWidth) * (rule.Threshold < 0 ? value : value >= rule.Threshold ? 255 : 0);
            }

            sum += Share(down, y, rule.CellHeight, rule.PixelHeight) * line;
        }

        sums[i] = sum;
    }

    private static long Share(long cell, long pixel, long cellSize, long pixelSize) =>
        IntrinsicMath.Min((cell + 1) * cellSize, (pixel + 1) * pixelSize) - IntrinsicMath.Max(cell * cellSize, pixel * pixelSize);
}

/// <summary>How far <see cref="MaskKernels.Widen"/> looks in x and y, and whether for the highest value (1) or the lowest (0).</summary>
internal readonly record struct MorphologyStep(int X, int Y, int Highest);

/// <summary>What <see cref="MaskKernels.OverTime"/> looks for.</summary>
internal readonly record struct OverTimeRule(int Pixels, int Frames, uint Threshold, int Moving);

/// <summary>The grid of <see cref="MaskKernels.Pool"/>, as in <see cref="CellGrid"/>. Threshold below 0: by value.</summary>
internal readonly record struct PoolRule(
    int Width, int Height, int CellsAcross, int CellsDown, int PixelWidth, int CellWidth, int PixelHeight, int CellHeight, int Threshold);
