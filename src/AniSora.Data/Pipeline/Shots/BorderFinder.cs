namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// Finds black borders (letter box, pillar box): lines at the edges of the frame that stay black through a shot. Lines of a dark scene light
/// up at some time; a logo or a subtitle in the border covers part of its line only.
/// </summary>
/// <param name="config">What counts as black.</param>
internal sealed class BorderFinder(ShotConfig config)
{
    /// <summary>Every so many frames are looked at.</summary>
    private const int Step = 6;
    /// <summary>Share of a line that may be bright although it is border: a channel's logo, a line of subtitles.</summary>
    private const double BrightShare = 0.3;
    /// <summary>A border takes at most this share of the frame on each side; beyond it the shot is dark, not bordered.</summary>
    private const double Largest = 0.4;
    private const int Width = FrameSignature.Width;
    private const int Height = FrameSignature.Height;

    private readonly List<Edges> _looks = [];
    private readonly byte[] _luma = new byte[Width * Height];

    // Black lines at each edge, in lines of the small frame: 8 bytes for every sixth frame.
    private readonly record struct Edges(int Frame, byte Left, byte Top, byte Right, byte Bottom);

    /// <summary>Takes a frame.</summary>
    /// <param name="rgba"><c>[96, 128, 4]</c>.</param>
    /// <param name="frame">Its number.</param>
    public void Add(ReadOnlySpan<byte> rgba, int frame)
    {
        if (frame % Step != 0)
            return;
        Kernels.FrameFeatures.Luma(rgba, 4, _luma);
        _looks.Add(new Edges(frame, Black(Width, x => (x, Width, Height)), Black(Height, y => (y * Width, 1, Width)),
            Black(Width, x => (Width - 1 - x, Width, Height)), Black(Height, y => ((Height - 1 - y) * Width, 1, Width))));
    }

    /// <summary>The picture inside the borders of a shot, with even edges; all of the frame where there are none.</summary>
    /// <param name="firstFrame">The shot's first frame.</param>
    /// <param name="frames">How many it has.</param>
    /// <param name="width">W of the film's frames.</param>
    /// <param name="height">H of the film's frames.</param>
    public CropBox Of(int firstFrame, int frames, int width, int height)
    {
        var looks = _looks.Where(l => l.Frame >= firstFrame && l.Frame < firstFrame + frames).ToList();
        if (looks.Count == 0)
            return new CropBox(0, 0, width, height);
        var (left, right) = Pair(looks.Min(l => l.Left), looks.Min(l => l.Right), Width);
        var (top, bottom) = Pair(looks.Min(l => l.Top), looks.Min(l => l.Bottom), Height);
        // The small frame's lines are whole only where no picture is mixed in, so the picture may begin up to a line earlier: it is not cut off.
        (int x, int y) = (Even((double)left * width / Width), Even((double)top * height / Height));
        return new CropBox(x, y, width - x - Even((double)right * width / Width), height - y - Even((double)bottom * height / Height));
    }

    // Black on one side only is part of the picture: a wall, the night sky.
    private static (int First, int Second) Pair(int first, int second, int lines) =>
        Math.Min(first, second) == 0 || Math.Max(first, second) > Largest * lines ? (0, 0) : (first, second);

    private static int Even(double pixels) => (int)pixels / 2 * 2;

    private byte Black(int lines, Func<int, (int Start, int Stride, int Length)> line)
    {
        byte black = 0;
        while (black < lines)
        {
            var (start, stride, length) = line(black);
            int bright = 0;
            for (int i = 0; i < length; i++)
                bright += _luma[start + i * stride] > config.BlackLevel ? 1 : 0;
            if (bright > BrightShare * length)
                break;
            black++;
        }
        return black;
    }
}
