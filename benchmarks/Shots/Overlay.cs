using AniSora.Kernels;

namespace AniSora.Benchmarks.Shots;

/// <summary>What lies over a whole film, or happens to it, and must neither hide cuts nor invent any.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Bars">Black above and below, each as a share of the frame.</param>
/// <param name="Pillars">Black left and right.</param>
/// <param name="Logo">A channel's logo in one corner, from the first frame to the last.</param>
/// <param name="Vignette">Corners fade to black.</param>
/// <param name="Grain">Each pixel's noise, as a standard deviation in grey levels.</param>
/// <param name="Flashes">One to three bright frames, away from cuts.</param>
/// <param name="Subtitles">Lines of white text that come and go as they like, most of them across a cut.</param>
internal sealed record Overlay(string Name, double Bars = 0, double Pillars = 0, bool Logo = false, bool Vignette = false, double Grain = 0, bool Flashes = false, bool Subtitles = false)
{
    private const int LogoWidth = 30, LogoHeight = 16, Line = 5, Margin = 6, Flash = 3;

    /// <summary>The films of the table: one without anything, and twelve.</summary>
    public static IReadOnlyList<Overlay> All { get; } =
    [
        new("nothing"), new("bars 5 %", Bars: 0.05), new("bars 12.5 %", Bars: 0.125), new("bars 25 %", Bars: 0.25),
        new("pillars 5 %", Pillars: 0.05), new("pillars 12.5 %", Pillars: 0.125), new("pillars 25 %", Pillars: 0.25),
        new("logo", Logo: true), new("vignette", Vignette: true), new("grain", Grain: 20), new("flashes", Flashes: true), new("subtitles", Subtitles: true),
        new("all", Bars: 0.125, Logo: true, Vignette: true, Grain: 12, Flashes: true, Subtitles: true),
    ];

    /// <summary>Draws it over a film's frames, in place.</summary>
    /// <param name="film">Frames <c>[H, W, 4]</c> with black bars already, in order.</param>
    /// <param name="cuts">First frames of its shots.</param>
    /// <param name="width">W.</param>
    /// <param name="seed">Where the logo is, when texts come and when it flashes.</param>
    public void Draw(IReadOnlyList<byte[]> film, IReadOnlyCollection<int> cuts, int width, ulong seed)
    {
        var random = new SplitMix(seed);
        int height = film[0].Length / 4 / width;
        (int X, int Y) logo = (random.Next(2) == 0 ? Margin : width - Margin - LogoWidth, random.Next(2) == 0 ? Margin : height - Margin - LogoHeight);
        double darkest = random.NextDouble(0.5, 0.9);
        int flashEnd = 0, nextFlash = 20 + random.Next(40), textEnd = 0, nextText = random.Next(20);
        ulong text = 0;
        for (int t = 0; t < film.Count; t++)
        {
            if (t >= nextFlash && !cuts.Any(c => Math.Abs(c - t) < 3 * Flash))
                (flashEnd, nextFlash) = (t + 1 + random.Next(Flash), t + 20 + random.Next(40));
            if (t == nextText)
                (text, textEnd, nextText) = (random.NextUInt64(), t + 20 + random.Next(40), t + 60 + random.Next(30));
            if (Vignette)
                Darken(film[t], width, darkest);
            if (Flashes && t < flashEnd)
                Each(film[t], width, (_, _, v) => v + 160);
            if (Grain > 0)
                Each(film[t], width, (_, _, v) => v + Grain * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2);
            if (Logo)
                Write(film[t], width, logo.X, logo.Y, LogoWidth, LogoHeight, seed, 0.8);
            if (Subtitles && t < textEnd)
                Write(film[t], width, width / 5, height - Margin - 3 * Line, 3 * width / 5, 3 * Line, text, 1);
        }
    }

    private static void Darken(byte[] frame, int width, double darkest) => Each(frame, width, (x, y, v) =>
    {
        double u = 2.0 * x / width - 1, w = 8.0 * y * width / frame.Length - 1;
        return v * (1 - darkest * (u * u + w * w) / 2);
    });

    // Inside the bars (alpha 0), which no film's own grain or flash reaches.
    private static void Each(byte[] frame, int width, Func<int, int, double, double> change)
    {
        for (int i = 0; i < frame.Length; i++)
        {
            if (i % 4 != 3 && frame[i | 3] == 255)
                frame[i] = (byte)Math.Clamp(change(i / 4 % width, i / 4 / width, frame[i]), 0, 255);
        }
    }

    // Random letters, white with dark around them.
    private static void Write(byte[] frame, int width, int left, int top, int w, int h, ulong seed, double opacity)
    {
        var random = new SplitMix(seed);
        for (int y = 0; y < h; y += Line)
        {
            for (int x = 0; x < w; x += Line - 1)
            {
                ulong letter = random.NextUInt64();
                for (int k = 0; k < (Line - 1) * (Line - 1); k++)
                {
                    int at = 4 * ((top + y + k / (Line - 1)) * width + left + x + k % (Line - 1));
                    double level = (letter >> k & 1) == 0 ? 20 : 240;
                    for (int c = 0; c < 3 && at < frame.Length; c++)
                        frame[at + c] = (byte)(frame[at + c] + opacity * (level - frame[at + c]));
                }
            }
        }
    }
}
