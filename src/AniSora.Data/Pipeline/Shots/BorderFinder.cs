namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// Finds black borders (letter box, pillar box): lines at two opposite edges that stay black through a shot, with the picture's edge always
/// in the same place. Lines of a dark scene light up at some time; a logo or a subtitle in the border covers part of its line only.
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
    /// <summary>Share of the frames in which the picture's edge must be seen where the border ends.</summary>
    private const double Steady = 0.5;
    private const int Width = FrameSignature.Width;
    private const int Height = FrameSignature.Height;

    private readonly List<Look> _looks = [];
    private readonly byte[] _luma = new byte[Width * Height];

    /// <summary>One edge of a frame.</summary>
    /// <param name="Lines">Black lines of the small frame.</param>
    /// <param name="Filled">How much of the line after them is picture, 0…1, by its brightness and the next line's.</param>
    private readonly record struct Edge(byte Lines, float Filled);

    // 36 bytes for every sixth frame: 8 MB for the longest film accepted.
    private readonly record struct Look(int Frame, Edge Left, Edge Right, Edge Top, Edge Bottom);

    /// <summary>Takes a frame.</summary>
    /// <param name="rgba"><c>[96, 128, 4]</c>.</param>
    /// <param name="frame">Its number.</param>
    public void Add(ReadOnlySpan<byte> rgba, int frame)
    {
        if (frame % Step != 0)
            return;
        Kernels.FrameFeatures.Luma(rgba, 4, _luma);
        _looks.Add(new Look(frame, Find(Width, 0, 1, Width), Find(Width, Width - 1, -1, Width), Find(Height, 0, Width, 1), Find(Height, (Height - 1) * Width, -Width, 1)));
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
        var (left, right) = Pair([.. looks.Select(l => l.Left)], [.. looks.Select(l => l.Right)], Width);
        var (top, bottom) = Pair([.. looks.Select(l => l.Top)], [.. looks.Select(l => l.Bottom)], Height);
        (int x, int y) = (Even(left * width), Even(top * height));
        return new CropBox(x, y, width - x - Even(right * width), height - y - Even(bottom * height));
    }

    /// <summary>Both borders as shares of the frame. Unequal ones are part of the picture: a wall, the night sky.</summary>
    private static (double First, double Second) Pair(Edge[] first, Edge[] second, int lines)
    {
        var (near, far) = (Border(first, lines), Border(second, lines));
        return near > 0 && far > 0 && Math.Abs(near - far) <= Math.Max(1.5, 0.1 * near) ? (near / lines, far / lines) : (0, 0);
    }

    private static double Border(Edge[] edges, int lines)
    {
        int least = edges.Min(e => e.Lines);
        var lit = edges.Where(e => e.Lines <= Largest * lines).ToList();
        var there = lit.Where(e => e.Lines <= least + 1).ToList();
        if (least > Largest * lines || there.Count < Steady * lit.Count)
            return 0;
        double border = there.Average(e => e.Lines + 1 - e.Filled);
        // Less than a line of the small frame is a soft edge of the picture.
        return border < 1 ? 0 : border;
    }

    private static int Even(double pixels) => 2 * (int)Math.Round(pixels / 2);

    private Edge Find(int lines, int start, int step, int stride)
    {
        int length = _luma.Length / lines;
        for (int line = 0; line < lines; line++)
        {
            int bright = 0;
            for (int i = 0; i < length; i++)
                bright += _luma[start + line * step + i * stride] > config.BlackLevel ? 1 : 0;
            if (bright > BrightShare * length)
                return new Edge((byte)line, line == lines - 1 ? 1 : (float)Math.Clamp(Mean(start + line * step, stride, length) / Mean(start + (line + 1) * step, stride, length), 0, 1));
        }
        return new Edge((byte)lines, 1);
    }

    private double Mean(int start, int stride, int length)
    {
        double sum = 1;
        for (int i = 0; i < length; i++)
            sum += _luma[start + i * stride];
        return sum / length;
    }
}
