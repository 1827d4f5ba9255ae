using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Shots;

namespace AniSora.Benchmarks.Shots;

/// <summary>What detection made of joined films: a cut counts where it is, to the frame; whatever else is told is false.</summary>
/// <param name="Cuts">That there are.</param>
/// <param name="Found">Of them.</param>
/// <param name="False">Told but not there, of whatever kind.</param>
/// <param name="Wrong">Film frame and what went wrong there.</param>
internal sealed record ShotScore(int Cuts, int Found, int False, IReadOnlyList<string> Wrong)
{
    /// <summary>Share of the cuts that was found.</summary>
    public double Recall => (double)Found / Cuts;

    /// <summary>Share of what was told that is there.</summary>
    public double Precision => (double)Found / Math.Max(1, Found + False);

    /// <summary>Two films' together.</summary>
    public static ShotScore operator +(ShotScore a, ShotScore b) => new(a.Cuts + b.Cuts, a.Found + b.Found, a.False + b.False, [.. a.Wrong, .. b.Wrong]);

    /// <summary>Runs detection over a film.</summary>
    public static ShotScore Of(JoinedFilm film)
    {
        var detector = new ShotDetector(new ShotConfig(), 24);
        var half = new byte[4 * ShotDetector.FrameWidth * ShotDetector.FrameHeight];
        foreach (byte[] frame in film.Frames)
        {
            Halve(frame, half);
            detector.Add(half);
        }
        var told = detector.Complete();
        var cuts = told.Where(t => t.Kind == TransitionKind.Cut).Select(t => t.FirstFrame).ToHashSet();
        var missed = film.Cuts.Where(c => !cuts.Contains(c)).ToList();
        var invented = told.Where(t => t.Kind != TransitionKind.Cut || !film.Cuts.Contains(t.FirstFrame)).ToList();
        return new(film.Cuts.Count, film.Cuts.Count - missed.Count, invented.Count, [.. missed.Select(m => $"-{m}"), .. invented.Select(t => $"+{t.Kind} {t.FirstFrame}–{t.LastFrame}")]);
    }

    private static void Halve(byte[] frame, byte[] half)
    {
        const int line = 4 * JoinedFilm.Width;
        for (int i = 0; i < half.Length; i++)
        {
            int at = i / (line / 2) * 2 * line + i % (line / 2) / 4 * 8 + i % 4;
            half[i] = (byte)((frame[at] + frame[at + 4] + frame[at + line] + frame[at + line + 4] + 2) / 4);
        }
    }
}
