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
    /// <summary>What A's and B's own motion may excuse of a mixture's deviation, as a share of that limit.</summary>
    private const double Excuse = 0.4;
    /// <summary>Mean distance of α from a straight line that a dissolve may have.</summary>
    private const double MixtureCurve = 0.1;
    /// <summary>The same for a wipe: an iris opens with the square of time (1/6).</summary>
    private const double PixelCurve = 0.18;
    /// <summary>How far beyond it the score is 0: the stretch holds something else beside the transition.</summary>
    private const double CurveLimit = 0.25;

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
        var alphas = new double[length + 2];
        double deviation = Mixture(a, b, alphas);
        int inside = alphas.Count(alpha => alpha is > Visible and < 1 - Visible);
        // One step that covers most of the way is a cut, seen with stillness around it.
        if (inside == 0 || (length > 1 && Steps(alphas).Max() > Math.Max(0.4, 3.0 / (length + 1))))
            return null;
        double back = Steps(alphas).Sum(step => Math.Max(0, -step)), curve = alphas.Select((alpha, i) => Math.Abs(alpha - i / (length + 1.0))).Average();
        double bound = contrast * Math.Max(0, 1 - back) * inside / length;
        if (bound < config.GradualScore)
            return null;
        double dissolve = Quality(deviation, MixtureLimit) * Quality(curve - MixtureCurve, CurveLimit), wipe = Quality(history.Pixelwise(a, b), PixelLimit) * Quality(curve - PixelCurve, CurveLimit);
        double score = bound * Math.Max(dissolve, wipe);
        if (score < config.GradualScore)
            return null;
        var (first, last) = Extent(alphas);
        return new Candidate(dissolve >= wipe ? TransitionKind.Dissolve : TransitionKind.Wipe, a, b, score, history[a], history[b], a + first, a + last);
    }

    private static double Quality(double deviation, double limit) => Math.Max(0, 1 - Math.Max(0, deviation) / limit);

    private static IEnumerable<double> Steps(double[] alphas) => alphas.Skip(1).Select((alpha, i) => alpha - alphas[i]);

    /// <summary>
    /// Every frame's place α between A and B, and the mean of |x - (1-α) A - α B|² / |B-A|², both from the frames' squared distances, less
    /// what A and B would have moved in that time by what they moved before and after.
    /// </summary>
    private double Mixture(int a, int b, double[] alphas)
    {
        double whole = history.SquaredDistance(a, b), deviation = 0, excuse = 0;
        alphas[^1] = 1;
        for (int t = a + 1; t < b; t++)
        {
            double fromA = history.SquaredDistance(a, t) / whole, toB = history.SquaredDistance(t, b) / whole, alpha = (fromA + 1 - toB) / 2;
            alphas[t - a] = alpha;
            deviation += Math.Max(0, fromA - alpha * alpha);
            excuse += ((1 - alpha) * (1 - alpha) * Moved(a - (t - a), a) + alpha * alpha * Moved(b, b + (b - t))) / whole;
        }
        int length = b - a - 1;
        return deviation / length - Math.Min(excuse / length, Excuse * MixtureLimit);
    }

    /// <summary>
    /// The first and last frame in which both shots are seen, counted from A. Motion before and after changes α too, so the ends are no further
    /// out than the line through the middle of the transition meets 0 and 1, with a frame to spare.
    /// </summary>
    private static (int First, int Last) Extent(double[] alphas)
    {
        int first = Array.FindIndex(alphas, alpha => alpha > Visible), last = Array.FindLastIndex(alphas, alpha => alpha < 1 - Visible);
        int low = Array.FindLastIndex(alphas, alpha => alpha < 0.25), high = Array.FindIndex(alphas, alpha => alpha > 0.75);
        if (high > low + 1)
        {
            double slope = (alphas[high] - alphas[low]) / (high - low);
            first = Math.Max(first, (int)Math.Floor(low - alphas[low] / slope));
            last = Math.Min(last, (int)Math.Ceiling(high + (1 - alphas[high]) / slope));
        }
        return (Math.Min(first, last), Math.Max(first, last));
    }

    // On one side alone there can be another transition or a film's end; a moving camera is seen on both.
    private double Drift(int a, int b, int length)
    {
        double before = a - length >= history.First ? history.Distance(a - length, a) : double.MaxValue;
        double after = b + length <= history.Last ? history.Distance(b, b + length) : double.MaxValue;
        return Math.Min(before, after) is < double.MaxValue and var drift ? drift : 0;
    }

    private double Moved(int from, int to) => from >= history.First && to <= history.Last ? history.SquaredDistance(from, to) : 0;
}
