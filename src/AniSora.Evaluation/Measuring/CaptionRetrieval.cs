using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation;

/// <summary>
/// Stands in for a network that sees videos and reads texts: whether real clips that look like a video are described as the video should be.
/// The nearest real clips of other identities by ResNet-18's features, and the cosine of their prompts with the video's by MiniLM.
/// </summary>
public static class CaptionRetrieval
{
    /// <summary>Real clips that a video is held against.</summary>
    public const int Neighbours = 5;

    /// <summary>The agreement of each video with its prompt, -1 … 1; NaN for a clip without prompt, or if there are not enough real clips.</summary>
    /// <param name="clips">The videos' features, and what is asked of them.</param>
    /// <param name="known">The real clips' features, and how these are described; usually the same rows.</param>
    /// <param name="sentences">Reads the prompts.</param>
    /// <param name="cancellation">Stops it.</param>
    public static double[] Agreement(IReadOnlyList<ClipScores> clips, IReadOnlyList<ClipScores> known, MiniLm sentences, CancellationToken cancellation = default)
    {
        var texts = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (string prompt in clips.Concat(known).Select(c => c.Prompt).Where(p => p.Length > 0))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!texts.ContainsKey(prompt))
                texts[prompt] = sentences.Of(prompt);
        }
        ClipScores[] real = [.. known.Where(c => c.RealFeatures.Length > 0 && c.Prompt.Length > 0)];
        if (real.Length <= Neighbours)
            return [.. clips.Select(_ => double.NaN)];
        // All features of a rectifier point the same way; what tells clips apart is where they differ from the mean, on each feature's own scale.
        int dimension = real[0].RealFeatures.Length;
        float[] mean = new float[dimension], scale = new float[dimension];
        for (int d = 0; d < dimension; d++)
        {
            mean[d] = real.Average(c => c.RealFeatures[d]);
            float deviation = (float)Math.Sqrt(real.Average(c => Math.Pow(c.RealFeatures[d] - mean[d], 2)));
            scale[d] = deviation > 0 ? 1 / deviation : 0;
        }
        float[] Standard(float[] row) => [.. row.Select((v, d) => (v - mean[d]) * scale[d])];
        float[][] rows = [.. real.Select(c => Standard(c.RealFeatures))];
        return [.. clips.AsParallel().AsOrdered().WithCancellation(cancellation).Select(clip =>
        {
            if (clip.Prompt.Length == 0)
                return double.NaN;
            float[] mine = Standard(clip.Features);
            var nearest = Enumerable.Range(0, real.Length).Where(i => real[i].Identity != clip.Identity).OrderByDescending(i => VBench.Cosine(mine, rows[i])).Take(Neighbours).ToArray();
            return nearest.Length < Neighbours ? double.NaN : nearest.Average(i => VBench.Cosine(texts[clip.Prompt], texts[real[i].Prompt]));
        })];
    }
}
