using System.Numerics;

namespace AniSora.Kernels;

/// <summary>Brings pixel masks to the size of latents: area-pooled in space, folded in time (the layout of AniSora V3 and Wan).</summary>
public static class MaskFold
{
    /// <summary>Channels of a folded mask: one for each frame of a latent step.</summary>
    public const int Channels = 4;

    /// <summary>How much of each latent cell is inside, frame by frame.</summary>
    /// <param name="mask"><c>[T, H, W]</c>; T follows from the length.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="cellsAcross">w, 1 … W. W need not be a multiple: pixels on a border count for both cells by their share.</param>
    /// <param name="cellsDown">h, 1 … H.</param>
    /// <param name="threshold">A pixel is wholly inside from this value on and outside below; null = by its value, 255 = wholly.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns><c>[T, h, w]</c> in [0, 1], exact but for the last rounding to float.</returns>
    /// <exception cref="ArgumentException">The mask is not made of whole frames.</exception>
    public static float[] Pool(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1, int threads = 0)
    {
        var grid = new CellGrid(width, height, cellsAcross, cellsDown);
        return grid.Shares(Sums(mask, grid, threshold, threads));
    }

    /// <summary>
    /// The mask at the latent's size, folded in time: step 0 holds frame 0 four times; step k > 0 holds frames 4(k−1)+1 … 4k, one in each
    /// channel.
    /// </summary>
    /// <inheritdoc cref="Pool" path="/param"/>
    /// <returns><c>[4, T', h, w]</c> in [0, 1] with T' = (T−1)/4+1.</returns>
    /// <exception cref="ArgumentException">T is not 4k+1, or the mask is not made of whole frames.</exception>
    public static float[] Fold(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1, int threads = 0) =>
        FoldFrames(Pool(mask, width, height, cellsAcross, cellsDown, threshold, threads), MaskFrames.Count(mask.Length, width, height));

    /// <summary>Pooled frames <c>[T, h·w]</c> to folded channels <c>[4, T', h·w]</c>.</summary>
    internal static float[] FoldFrames(ReadOnlySpan<float> pooled, int frames)
    {
        if (frames % Channels != 1)
            throw new ArgumentException($"a mask needs 4k+1 frames, not {frames}");
        int cells = pooled.Length / frames, steps = (frames - 1) / Channels + 1;
        var folded = new float[Channels * steps * cells];
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int step = 0; step < steps; step++)
            {
                int frame = step == 0 ? 0 : Channels * (step - 1) + 1 + channel;
                pooled.Slice(frame * cells, cells).CopyTo(folded.AsSpan((channel * steps + step) * cells, cells));
            }
        }

        return folded;
    }

    private static unsafe long[] Sums(ReadOnlySpan<byte> mask, CellGrid grid, byte? threshold, int threads)
    {
        int frames = MaskFrames.Count(mask.Length, grid.Width, grid.Height), cells = grid.CellsAcross * grid.CellsDown;
        var sums = new long[checked(frames * cells)];
        fixed (byte* maskAt = mask)
        {
            byte* at = maskAt;
            Cores.For(frames * grid.CellsDown, mask.Length, threads, line =>
            {
                uint[] columns = System.Buffers.ArrayPool<uint>.Shared.Rent(grid.Width);
                columns.AsSpan(0, grid.Width).Clear();
                var (from, to) = grid.Rows.Reach(line % grid.CellsDown);
                for (int y = from; y < to; y++)
                {
                    var row = new ReadOnlySpan<byte>(at + ((nint)(line / grid.CellsDown) * grid.Height + y) * grid.Width, grid.Width);
                    AddRow(row, grid.Rows.Share(line % grid.CellsDown, y), threshold, columns);
                }

                for (int cell = 0; cell < grid.CellsAcross; cell++)
                {
                    var (left, right) = grid.Columns.Reach(cell);
                    long sum = 0;
                    for (int x = left; x < right; x++)
                        sum += (long)grid.Columns.Share(cell, x) * columns[x];
                    sums[(long)line * grid.CellsAcross + cell] = sum;
                }

                System.Buffers.ArrayPool<uint>.Shared.Return(columns);
            });
        }

        return sums;
    }

    private static void AddRow(ReadOnlySpan<byte> row, uint share, byte? threshold, Span<uint> columns)
    {
        int x = 0;
        var from = new Vector<byte>(threshold ?? 0);
        for (; x <= row.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            var value = new Vector<byte>(row[x..]);
            if (threshold is not null)
                value = Vector.GreaterThanOrEqual(value, from);
            Vector.Widen(value, out var low, out var high);
            Add(low, columns[x..]);
            Add(high, columns[(x + Vector<ushort>.Count)..]);
        }

        for (; x < row.Length; x++)
            columns[x] += share * (threshold is null ? row[x] : row[x] >= threshold ? MaskShape.Inside : 0u);

        void Add(Vector<ushort> values, Span<uint> to)
        {
            Vector.Widen(values, out var low, out var high);
            (new Vector<uint>(to) + low * share).CopyTo(to);
            (new Vector<uint>(to[Vector<uint>.Count..]) + high * share).CopyTo(to[Vector<uint>.Count..]);
        }
    }
}
