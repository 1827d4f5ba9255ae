using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

/// <summary>Reads a group's tiles from planes of pixels: transforms windows of 6 × 6 pixels, four apart, and writes tiles of 4 × 4.</summary>
/// <remarks>
/// A segment's six-wide windows are four apart. Split by four, the sixteen pixels from one before the segment on give the windows' first
/// four columns, and the sixteen from four further on their last two. Pixels outside of the picture are masked to zero.
/// </remarks>
internal sealed unsafe class TileReader : IDisposable
{
    /// <summary>Numbers that may be read before and behind a plane, for nothing.</summary>
    private const int Slack = 32;

    /// <summary>A row of a segment in sixteen channels.</summary>
    private const int Turned = Simd.Width * Simd.Width;

    private readonly TileGrid _grid;
    private readonly long _plane;
    private readonly float* _memory;
    private readonly float* _masks; // per row and segment, two vectors
    private readonly float* _rows; // the tile after the transform along its rows
    private readonly float* _turned; // a segment's rows, [row][pixel][channel], and as much as a row to work in
    private readonly float* _copy; // a plane with slack around it
    private readonly int[] _offsets = new int[TileGrid.Window * TileGrid.Segments];
    private readonly (int Y, int X, int Rows, int Columns)[] _segments = new (int, int, int, int)[TileGrid.Segments];
    private int _group = -1;

    /// <summary>Makes a reader, of one thread.</summary>
    public TileReader(TileGrid grid)
    {
        _grid = grid;
        _plane = (long)grid.Height * grid.Width;
        var tile = TileGrid.Window * TileGrid.Window * Simd.Width;
        var masks = 2 * _offsets.Length * Simd.Width;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)((tile + masks + Turned * (WinogradLine.Results + 1) + Slack + _plane + Slack) * sizeof(float)), 64);
        _rows = _memory;
        _masks = _rows + tile;
        _turned = _masks + masks;
        _copy = _turned + Turned * (WinogradLine.Results + 1) + Slack;
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    /// <summary>Goes to a group.</summary>
    public void MoveTo(int group)
    {
        if (group == _group)
            return;
        _group = group;
        for (var s = 0; s < TileGrid.Segments; s++)
        {
            var segment = _segments[s] = _grid.Segment(group, s);
            for (var i = 0; i < TileGrid.Window; i++)
            {
                var y = segment.Y - 1 + i;
                var inside = segment.Rows > 0 && y >= 0 && y < _grid.Height;
                var at = i * TileGrid.Segments + s;
                _offsets[at] = inside ? y * _grid.Width + segment.X : 0;
                Mask(segment.X - 1, inside).Store(_masks + 2 * at * Simd.Width);
                Mask(segment.X + 3, inside).Store(_masks + (2 * at + 1) * Simd.Width);
            }
        }
    }

    /// <summary>Bᵀ·d·B of all windows of the group.</summary>
    /// <param name="channel">The channel's frames.</param>
    /// <param name="frames">Which to transform the sum of.</param>
    /// <param name="count">Frames there are.</param>
    /// <param name="begin">Where the tensor begins that the channel is of.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="to">Gets a vector per point.</param>
    /// <param name="step">From one point to the next.</param>
    public void Transform(float* channel, FrameSum frames, int count, float* begin, float* end, float* to, long step)
    {
        if (frames.Count == 0 || frames.First < 0 || frames.First >= count)
        {
            for (var p = 0; p < WinogradLine.Points * WinogradLine.Points; p++, to += step)
                Vector512<float>.Zero.Store(to);
            return;
        }
        var plane = channel + frames.First * _plane;
        if (frames.Count > 1 || plane - Slack < begin || plane + _plane + Slack > end)
            plane = Copy(plane, frames.Count);
        fixed (int* offsets = _offsets)
            Transform(plane, offsets, to, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform(float* plane, int* offsets, float* to, long step)
    {
        float* rows = _rows, masks = _masks;
        for (var i = 0; i < TileGrid.Window; i++, offsets += TileGrid.Segments, masks += 2 * TileGrid.Segments * Simd.Width)
        {
            float* s0 = plane + offsets[0], s1 = plane + offsets[1], s2 = plane + offsets[2], s3 = plane + offsets[3];
            var (even01, odd01) = Shuffle.Split(Read(s0 - 1, masks, 0), Read(s1 - 1, masks, 2));
            var (even23, odd23) = Shuffle.Split(Read(s2 - 1, masks, 4), Read(s3 - 1, masks, 6));
            var (d0, d2) = Shuffle.Split(even01, even23);
            var (d1, d3) = Shuffle.Split(odd01, odd23);
            (even01, odd01) = Shuffle.Split(Read(s0 + 3, masks, 1), Read(s1 + 3, masks, 3));
            (even23, odd23) = Shuffle.Split(Read(s2 + 3, masks, 5), Read(s3 + 3, masks, 7));
            WinogradLine.Pixels(d0, d1, d2, d3, Shuffle.Even(even01, even23), Shuffle.Even(odd01, odd23), rows + i * TileGrid.Window * Simd.Width, Simd.Width);
        }
        for (var j = 0; j < TileGrid.Window; j++, rows += Simd.Width, to += step)
        {
            const int Row = TileGrid.Window * Simd.Width;
            WinogradLine.Pixels(Vector512.Load(rows), Vector512.Load(rows + Row), Vector512.Load(rows + 2 * Row), Vector512.Load(rows + 3 * Row),
                Vector512.Load(rows + 4 * Row), Vector512.Load(rows + 5 * Row), to, TileGrid.Window * step);
        }
    }

    /// <summary>Aᵀ·m·A of all tiles of the group, plus a bias.</summary>
    /// <param name="m">A vector per point.</param>
    /// <param name="step">From one point to the next.</param>
    /// <param name="bias">Added to every result.</param>
    /// <param name="plane">Gets the results.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Write(float* m, long step, float bias, float* plane)
    {
        const int Row = TileGrid.Window * Simd.Width;
        var rows = _rows;
        for (var j = 0; j < TileGrid.Window; j++, m += step)
        {
            WinogradLine.ToResults(m, TileGrid.Window * step, out var y0, out var y1, out var y2, out var y3);
            var column = rows + j * Simd.Width;
            y0.Store(column);
            y1.Store(column + Row);
            y2.Store(column + 2 * Row);
            y3.Store(column + 3 * Row);
        }
        var b = Vector512.Create(bias);
        for (var i = 0; i < WinogradLine.Results; i++, rows += Row)
        {
            WinogradLine.ToResults(rows, Simd.Width, out var y0, out var y1, out var y2, out var y3);
            var (even01, even23) = Shuffle.Merge(y0 + b, y2 + b);
            var (odd01, odd23) = Shuffle.Merge(y1 + b, y3 + b);
            var (s0, s1) = Shuffle.Merge(even01, odd01);
            var (s2, s3) = Shuffle.Merge(even23, odd23);
            Write(s0, plane, 0, i);
            Write(s1, plane, 1, i);
            Write(s2, plane, 2, i);
            Write(s3, plane, 3, i);
        }
    }

    /// <summary>A·dy·Aᵀ of all tiles of the group, in up to sixteen channels that then lie side by side.</summary>
    /// <param name="plane">The first channel's.</param>
    /// <param name="channelStep">From one channel to the next.</param>
    /// <param name="channels">Channels there are.</param>
    /// <param name="to">Gets a vector per point and tile.</param>
    /// <param name="step">From one point to the next.</param>
    /// <param name="tileStep">From one tile to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void TransformGradients(float* plane, long channelStep, int channels, float* to, long step, long tileStep)
    {
        const int Row = TileGrid.Window * Simd.Width;
        for (var s = 0; s < TileGrid.Segments; s++)
        {
            var segment = _segments[s];
            for (var i = 0; i < WinogradLine.Results; i++)
                Turn(plane + (long)(segment.Y + i) * _grid.Width + segment.X, channelStep, i < segment.Rows ? channels : 0, segment.Columns, _turned + i * Turned);
            for (var t = 0; t < TileGrid.Segments; t++, to += tileStep)
            {
                float* pixels = _turned + t * WinogradLine.Results * Simd.Width, rows = _rows;
                for (var i = 0; i < WinogradLine.Results; i++, pixels += Turned)
                    WinogradLine.ResultGradients(Vector512.Load(pixels), Vector512.Load(pixels + Simd.Width), Vector512.Load(pixels + 2 * Simd.Width),
                        Vector512.Load(pixels + 3 * Simd.Width), rows + i * Row, Simd.Width);
                for (var j = 0; j < TileGrid.Window; j++, rows += Simd.Width)
                    WinogradLine.ResultGradients(Vector512.Load(rows), Vector512.Load(rows + Row), Vector512.Load(rows + 2 * Row), Vector512.Load(rows + 3 * Row),
                        to + j * step, TileGrid.Window * step);
            }
        }
    }

    /// <summary>A row of up to sixteen pixels in up to sixteen channels, to [pixel][channel]; zeros for what there is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* from, long channelStep, int channels, int pixels, float* to)
    {
        for (var c = 0; c < channels; c++)
            Simd.Load(from + c * channelStep, pixels).Store(to + c * Simd.Width);
        for (var c = channels; c < Simd.Width; c++)
            Vector512<float>.Zero.Store(to + c * Simd.Width);
        if (channels > 0)
            Shuffle.Transpose(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Write(Vector512<float> value, float* plane, int index, int row)
    {
        ref var segment = ref _segments[index];
        if (row < segment.Rows)
            Simd.Store(value, plane + (long)(segment.Y + row) * _grid.Width + segment.X, segment.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Read(float* from, float* masks, int index) => Vector512.Load(from) & Vector512.Load(masks + index * Simd.Width);

    /// <summary>All bits of those of the sixteen pixels from column <paramref name="x"/> on that lie in the picture.</summary>
    private Vector512<float> Mask(int x, bool inside)
    {
        var column = Vector512.CreateSequence(x, 1);
        var valid = Vector512.GreaterThanOrEqual(column, Vector512<int>.Zero) & Vector512.LessThan(column, Vector512.Create(inside ? _grid.Width : 0));
        return valid.AsSingle();
    }

    /// <summary>The rows that the group needs of a plane, or of a sum of planes.</summary>
    private float* Copy(float* plane, int count)
    {
        var (from, to) = _grid.Rows(_group);
        var (first, length) = ((long)from * _grid.Width, (to - from) * _grid.Width);
        new Span<float>(plane + first, length).CopyTo(new Span<float>(_copy + first, length));
        for (var i = 1; i < count; i++)
            FastOps.AddTo(_copy + first, plane + i * _plane + first, length);
        return _copy;
    }
}
