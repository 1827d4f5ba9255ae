namespace AniSora.Models.Fast;

/// <summary>
/// A picture cut into tiles of 4 × 4 pixels, sixteen of which fill a vector. A segment is four tiles side by side, so that its rows are
/// sixteen pixels each; a group is four segments, wherever they lie.
/// </summary>
/// <param name="Height">Rows of the picture.</param>
/// <param name="Width">Columns of the picture.</param>
internal sealed record TileGrid(int Height, int Width)
{
    /// <summary>Segments of a group.</summary>
    public const int Segments = 4;

    /// <summary>Rows and columns that a tile's results depend on.</summary>
    public const int Window = 6;

    private readonly int _across = (Width + Simd.Width - 1) / Simd.Width;

    /// <summary>Groups of tiles; the last may have fewer segments, and segments may reach beyond the picture.</summary>
    public int Groups => (SegmentCount + Segments - 1) / Segments;

    private int SegmentCount => _across * ((Height + WinogradLine.Results - 1) / WinogradLine.Results);

    /// <summary>The share of all tiles' pixels that lie in the picture.</summary>
    public double Filling => (double)Height * Width / (Groups * Segments * Simd.Width * WinogradLine.Results);

    /// <summary>Where a segment lies.</summary>
    /// <param name="group">The group.</param>
    /// <param name="segment">Which of its segments.</param>
    /// <returns>Its first pixel, and how many of its rows and columns lie in the picture.</returns>
    public (int Y, int X, int Rows, int Columns) Segment(int group, int segment)
    {
        var index = group * Segments + segment;
        if (index >= SegmentCount)
            return default;
        var (y, x) = (index / _across * WinogradLine.Results, index % _across * Simd.Width);
        return (y, x, Math.Min(WinogradLine.Results, Height - y), Math.Min(Simd.Width, Width - x));
    }

    /// <summary>The rows of the picture that a group's windows touch: from, and the one behind the last.</summary>
    public (int From, int To) Rows(int group)
    {
        var last = Math.Min(group * Segments + Segments, SegmentCount) - 1;
        return (Math.Max(Segment(group, 0).Y - 1, 0), Math.Min(last / _across * WinogradLine.Results + WinogradLine.Results + 1, Height));
    }
}
