using System.Text.Json;

namespace AniSora.Data.Pipeline;

/// <summary>
/// The frames of a figure on one large picture: rectangles of different sizes, each with the place of one fixed point of the figure (its foot)
/// in it. All are drawn with that point in one place, on a canvas that holds each, so that the figure doesn't jump.
/// </summary>
internal sealed class SheetFrames
{
    private const int Numbers = 6;
    private readonly (CropBox Box, int Left, int Top)[] _frames;

    /// <summary>Reads a source's rectangles, <c>[x, y, width, height, offset_x, offset_y]</c> each.</summary>
    /// <exception cref="InputException">The list is damaged, or the canvas would be too large.</exception>
    public SheetFrames(SourceRow source)
    {
        int[][] frames;
        try
        {
            frames = JsonSerializer.Deserialize<int[][]>(source.Frames) ?? [];
        }
        catch (JsonException e)
        {
            throw new InputException($"{source.SourceId}: its list of rectangles is damaged ({e.Message}); plan the data set again", e);
        }
        if (frames.Length is < 2 or > MediaLimits.AnimationFrames || frames.Any(f => f is not { Length: Numbers } || f[0] < 0 || f[1] < 0 || f[2] < 1 || f[3] < 1))
            throw new InputException($"{source.SourceId}: its list of rectangles is damaged or has fewer than two; plan the data set again");
        long left = frames.Max(f => (long)f[4]), top = frames.Max(f => (long)f[5]);
        long width = frames.Max(f => (long)f[2] - f[4]) + left, height = frames.Max(f => (long)f[3] - f[5]) + top;
        if (width > short.MaxValue || height > short.MaxValue || width * height > MediaLimits.CanvasPixels)
            throw new InputException($"{source.SourceId}: its frames need a canvas of {width}×{height} pixels, more than the {MediaLimits.CanvasPixels >> 20} megapixels accepted");
        (Width, Height) = ((int)width, (int)height);
        _frames = [.. frames.Select(f => (new CropBox(f[0], f[1], f[2], f[3]), (int)(left - f[4]), (int)(top - f[5])))];
    }

    /// <summary>W of the canvas.</summary>
    public int Width { get; }

    /// <summary>H of the canvas.</summary>
    public int Height { get; }

    /// <summary>How many there are.</summary>
    public int Count => _frames.Length;

    /// <summary>Whether every rectangle lies inside a picture.</summary>
    public bool FitInto(int width, int height) => _frames.All(f => f.Box.X <= width - f.Box.Width && f.Box.Y <= height - f.Box.Height);

    /// <summary>Draws a frame.</summary>
    /// <param name="sheet">The large picture.</param>
    /// <param name="frame">Which.</param>
    /// <param name="canvas">Receives it; transparent around it.</param>
    public void Draw(Picture sheet, int frame, Picture canvas)
    {
        Array.Clear(canvas.Rgba);
        var (box, left, top) = _frames[frame];
        canvas.Put(sheet, box, left, top);
    }
}
