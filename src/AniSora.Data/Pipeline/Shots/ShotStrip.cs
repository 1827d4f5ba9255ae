namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// A picture of the frames around each transition, to look at: one line per transition, in order. The bar below a frame is green before the
/// transition, red in it and blue after it.
/// </summary>
public static class ShotStrip
{
    /// <summary>Frames per line.</summary>
    public const int Columns = 8;
    /// <summary>Lines drawn at most, spread over the film.</summary>
    public const int MostLines = 200;
    private const int Width = 128;
    private const int Bar = 4;

    /// <summary>Decodes the frames and writes the picture; none if there is no transition.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="film">The film.</param>
    /// <param name="probe">What is known of it.</param>
    /// <param name="found">Its transitions.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The film cannot be read again, or the picture cannot be written.</exception>
    public static void Write(string path, string film, ProbeRow probe, FilmShots found, CancellationToken cancellation = default)
    {
        var shown = Enumerable.Range(0, Math.Min(MostLines, found.Transitions.Count)).Select(i => found.Transitions[(int)((long)i * found.Transitions.Count / Math.Min(MostLines, found.Transitions.Count))]).ToList();
        if (shown.Count == 0)
            return;
        int height = Math.Clamp((int)Math.Round((double)Width * probe.Height / probe.Width), 8, 4 * Width), cell = height + Bar;
        var strip = new byte[shown.Count * Columns * cell * Width * 3];
        var wanted = shown.SelectMany((t, line) => Around(t, found.Frames).Select((frame, column) => (Frame: frame, Cell: line * Columns + column, Transition: t))).ToLookup(c => c.Frame);
        var rgba = new byte[height * Width * 4];
        using var reader = FfmpegReader.Open(film, probe, new FrameRequest(Width, height, Fit: Fit.Stretch, Frames: found.Frames), cancellation);
        for (int frame = 0; frame < found.Frames && reader.Read(rgba); frame++)
        {
            foreach (var place in wanted[frame])
                Draw(rgba, strip.AsSpan(place.Cell * cell * Width * 3, cell * Width * 3), frame < place.Transition.FirstFrame ? 0x30C030 : frame <= place.Transition.LastFrame ? 0xE03030 : 0x4060FF);
        }
        Media.WriteStrip(path, strip, shown.Count * Columns, cell, Width, Columns);
    }

    // Two frames before, two after, and four from the transition; more of both sides where it has fewer.
    private static IEnumerable<int> Around(Transition transition, int frames)
    {
        int length = transition.LastFrame - transition.FirstFrame + 1, inside = Math.Min(length, Columns - 4), before = (Columns - inside) / 2;
        for (int i = 0; i < before; i++)
            yield return Math.Max(0, transition.FirstFrame - before + i);
        for (int i = 0; i < inside; i++)
            yield return transition.FirstFrame + (2 * i + 1) * length / (2 * inside);
        for (int i = 0; i < Columns - inside - before; i++)
            yield return Math.Min(frames - 1, transition.LastFrame + 1 + i);
    }

    private static void Draw(ReadOnlySpan<byte> rgba, Span<byte> cell, int colour)
    {
        int pixels = rgba.Length / 4;
        for (int i = 0; i < pixels; i++)
            rgba.Slice(4 * i, 3).CopyTo(cell[(3 * i)..]);
        for (int i = pixels; i < cell.Length / 3; i++)
            (cell[3 * i], cell[3 * i + 1], cell[3 * i + 2]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
    }
}
