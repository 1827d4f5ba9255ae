namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// Finds dissolves and wipes. For every stretch of some lengths: the frames before and after must differ more than the film drifts there
/// (twin comparison; Zhang, Kankanhalli, Smoliar 1993), and each frame x between must be made of the frame before (A) and the frame after (B):
/// x ≈ (1-α) A + α B with α growing steadily from 0 to 1 in a dissolve; each pixel of x from A or from B in a wipe. In a pan or a zoom x is
/// neither: for frames that have nothing in common, |x - (1-α) A - α B|² / |B-A|² is 0 in a dissolve, at most 1/4 in a wipe and 3/4 in a pan.
/// </summary>
/// <param name="history">The film.</param>
/// <param name="config">Thresholds.</param>
/// <param name="window">Frames looked at on each side.</param>
/// <param name="longest">Frames of the longest transition.</param>
internal sealed class GradualFinder(FrameHistory history, ShotConfig config, int window, int longest)
{
    /// <summary>Share of the way between A and B at which a transition has visibly begun, and with 1 less it has ended.</summary>
    private const double Visible = 0.04;
    /// <summary>How much of the drift, measured on the calmer side over as many frames, counts against the contrast.</summary>
    private const double DriftWeight = 0.7;
    /// <summary>Mean deviation from a mixture at which a dissolve's score is 0, as a share of |B-A|².</summary>
    private const double MixtureLimit = 0.2;
    /// <summary>The same for a wipe, whose pixels come from A or B.</summary>
    private const double PixelLimit = 0.12;
    /// <summary>What A's and B's own motion may excuse of either deviation, as a share of that limit.</summary>
    private const double Excuse = 0.6;

    private static readonly int[] _lengths = [1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 85, 113];

    /// <summary>The lengths tried, in frames.</summary>
    public static IEnumerable<int> Lengths(int longest) => _lengths.Where(l => l <= Math.Max(1, longest));

    /// <summary>Looks at the stretches whose neighbourhoods are complete once frame <paramref name="now"/> is there.</summary>
    /// <param name="now">The newest frame, or further frames after the film's end.</param>
    public IEnumerable<Candidate> At(int now)
    {
        foreach (int length in Lengths(longest))
        {
            int b = now - Math.Max(window - 1, length), a = b - length - 1;
            if (a >= 1 && b < history.Last && Evaluate(a, b, length) is { } candidate)
                yield return candidate;
        }
    }

    private Candidate? Evaluate(int a, int b, int length)
    {
        if (history.Distance(a, b) < CutFinder.LeastDistance)
            return null;
        double contrast = history.Contrast(a, b, window, DriftWeight * Drift(a, b, length), CutFinder.LeastDistance);
        if (contrast < config.GradualScore)
            return null;
        // A frame's place between A and B and its distance from their mixture follow from the three squared distances.
        double whole = history.SquaredDistance(a, b), back = 0, step = 0, last = 0, mixture = 0, excuse = 0;
        int inside = 0, first = b, final = a;
        for (int t = a + 1; t <= b; t++)
        {
            double fromA = history.SquaredDistance(a, t) / whole, toB = history.SquaredDistance(t, b) / whole, alpha = t == b ? 1 : (fromA + 1 - toB) / 2;
            (back, step, last) = (back + Math.Max(0, last - alpha), Math.Max(step, alpha - last), alpha);
            if (t == b)
                break;
            mixture += Math.Max(0, fromA - alpha * alpha);
            excuse += ((1 - alpha) * (1 - alpha) * Moved(a - (t - a), a) + alpha * alpha * Moved(b, b + (b - t))) / whole;
            if (alpha > Visible && alpha < 1 - Visible)
                (inside, first, final) = (inside + 1, Math.Min(first, t), t);
        }
        // One step that covers most of the way is a cut, seen with stillness around it.
        if (inside == 0 || (length > 1 && step > Math.Max(0.4, 3.0 / (length + 1))))
            return null;
        double bound = contrast * Math.Max(0, 1 - back) * inside / length;
        if (bound < config.GradualScore)
            return null;
        double dissolve = Quality(mixture / length, excuse / length, MixtureLimit), wipe = Quality(Pixelwise(a, b) / whole / length, excuse / length, PixelLimit);
        double score = bound * Math.Max(dissolve, wipe);
        return score < config.GradualScore ? null
            : new Candidate(dissolve >= wipe ? TransitionKind.Dissolve : TransitionKind.Wipe, a, b, score, history[a], history[b], first, final);
    }

    private static double Quality(double deviation, double excuse, double limit) => 1 - Math.Max(0, deviation - Math.Min(excuse, Excuse * limit)) / limit;

    // On one side alone there can be another transition or a film's end; a moving camera is seen on both.
    private double Drift(int a, int b, int length)
    {
        double before = a - length >= history.First ? history.Distance(a - length, a) : double.MaxValue;
        double after = b + length <= history.Last ? history.Distance(b, b + length) : double.MaxValue;
        return Math.Min(before, after) is < double.MaxValue and var drift ? drift : 0;
    }

    private double Moved(int from, int to) => from >= history.First && to <= history.Last ? history.SquaredDistance(from, to) : 0;

    /// <summary>Sum over frames and pixels of the squared distance to A's or B's pixel, whichever is nearer.</summary>
    private double Pixelwise(int a, int b)
    {
        byte[] before = history[a].Grid, after = history[b].Grid;
        long sum = 0;
        for (int t = a + 1; t < b; t++)
        {
            byte[] frame = history[t].Grid;
            for (int i = 0; i < frame.Length; i += 3)
                sum += Math.Min(Squared(frame, before, i), Squared(frame, after, i));
        }
        return sum;
    }

    private static int Squared(byte[] x, byte[] y, int at)
    {
        int r = x[at] - y[at], g = x[at + 1] - y[at + 1], b = x[at + 2] - y[at + 2];
        return r * r + g * g + b * b;
    }
}
