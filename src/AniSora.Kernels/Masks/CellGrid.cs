using System.Numerics;

namespace AniSora.Kernels;

/// <summary>A picture's pixels spread over a coarser grid of cells by area, in whole numbers: sums are exact on any device.</summary>
internal readonly struct CellGrid
{
    public CellGrid(int width, int height, int cellsAcross, int cellsDown)
    {
        Columns = new CellLine(width, cellsAcross);
        Rows = new CellLine(height, cellsDown);
    }

    public CellLine Columns { get; }
    public CellLine Rows { get; }
    public int Width => Columns.Pixels;
    public int Height => Rows.Pixels;
    public int CellsAcross => Columns.Cells;
    public int CellsDown => Rows.Cells;

    /// <summary>Weighted sums of 0…255 to shares of a cell, 0…1.</summary>
    public float[] Shares(ReadOnlySpan<long> sums)
    {
        double whole = 255.0 * Columns.CellSize * Rows.CellSize;
        var shares = new float[sums.Length];
        for (int i = 0; i < shares.Length; i++)
            shares[i] = (float)(sums[i] / whole);
        return shares;
    }
}

/// <summary>
/// One direction of a grid. Lengths are counted in parts so small that pixels and cells are both whole numbers of them: a pixel has
/// <see cref="PixelSize"/> parts, a cell <see cref="CellSize"/>, and both 1 and n where n pixels make a cell.
/// </summary>
internal readonly struct CellLine
{
    public CellLine(int pixels, int cells)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cells, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cells, pixels);
        int common = (int)BigInteger.GreatestCommonDivisor(pixels, cells);
        (Pixels, Cells, PixelSize, CellSize) = (pixels, cells, cells / common, pixels / common);
    }

    public int Pixels { get; }
    public int Cells { get; }
    public int PixelSize { get; }
    public int CellSize { get; }

    /// <summary>The pixels that a cell touches: from the first to behind the last.</summary>
    public (int From, int To) Reach(int cell) =>
        ((int)((long)cell * CellSize / PixelSize), (int)(((long)(cell + 1) * CellSize + PixelSize - 1) / PixelSize));

    /// <summary>How many parts of a pixel lie in a cell that touches it.</summary>
    public uint Share(int cell, int pixel)
    {
        long from = Math.Max((long)cell * CellSize, (long)pixel * PixelSize);
        long to = Math.Min((long)(cell + 1) * CellSize, (long)(pixel + 1) * PixelSize);
        return (uint)(to - from);
    }
}
