using System.Collections.Concurrent;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Scoring;

/// <summary>
/// What is measured on the stored frames of one sequence. Clips of a sequence share frames and pairs of frames; each is measured once.
/// Transparent frames lie over mid-grey where motion is measured.
/// </summary>
internal sealed class SequenceMeasures
{
    private readonly Dictionary<int, PictureQuality> _qualities;
    private readonly Dictionary<(int From, int To), Motion> _motions;

    private readonly record struct Motion(double Mean, double Largest, CameraMove Camera);

    /// <summary>Measures whatever the clips need, on all cores.</summary>
    /// <param name="kernels">What computes the flow.</param>
    /// <param name="store">The frames.</param>
    /// <param name="sequence">The sequence.</param>
    /// <param name="clips">Its clips.</param>
    /// <param name="cancellation">Stops it.</param>
    public SequenceMeasures(KernelBackend kernels, SequenceStore store, SequenceRow sequence, IReadOnlyList<CandidateRow> clips, CancellationToken cancellation)
    {
        Sequence = sequence;
        int width = sequence.Width, height = sequence.Height;
        var options = new ParallelOptions { CancellationToken = cancellation };
        var qualities = new ConcurrentDictionary<int, PictureQuality>();
        Parallel.ForEach(clips.SelectMany(Frames).Distinct(), options, t => qualities[t] = PictureQuality.Of(store.Frame(sequence, t), width, height));
        var grey = Backgrounds.Render(BackgroundSpec.Grey, width, height);
        var motions = new ConcurrentDictionary<(int, int), Motion>();
        Parallel.ForEach(clips.SelectMany(Pairs).Distinct(), options, pair =>
        {
            byte[] from = new byte[3 * width * height], to = new byte[from.Length], alpha = new byte[width * height];
            MaskBlend.Over(store.Frame(sequence, pair.From), grey, from, alpha);
            MaskBlend.Over(store.Frame(sequence, pair.To), grey, to, alpha);
            var field = kernels.Flow(from, to, 3, width, height);
            double scale = (double)MotionScore.ReferenceHeight / height;
            motions[pair] = new Motion(MotionScore.Of(field), field.LargestComponent() * scale, CameraMove.Fit(field));
        });
        (_qualities, _motions) = (qualities.ToDictionary(), motions.ToDictionary());
    }

    private SequenceRow Sequence { get; }

    /// <summary>The scores of a clip, as far as the stored frames show them.</summary>
    public ScoreRow Of(CandidateRow clip)
    {
        var frames = Frames(clip).Select(t => _qualities[t]).ToList();
        var pairs = Pairs(clip).Select(p => _motions[p]).ToList();
        // A sprite has no camera: it is put before a background that stands still.
        var (camera, confidence) = Sequence.Opaque && CameraMotion.Of([.. pairs.Select(p => p.Camera)]) is var motion ? (motion.Name, motion.Confidence) : ("static", 1.0);
        double flicker = frames.Zip(frames.Skip(1), (a, b) => Math.Abs(a.Brightness - b.Brightness)).Average();
        return new ScoreRow(clip.ClipId, 0, pairs.Average(p => p.Mean), pairs.Average(p => p.Largest), camera, confidence,
            frames.Average(q => q.Sharpness), frames.Average(q => q.Contrast), frames.Average(q => q.Colourfulness), 0, frames.Average(q => q.Exposure), flicker, -1, "");
    }

    private IEnumerable<int> Frames(CandidateRow clip) => Enumerable.Range(0, clip.Frames).Select(i => (clip.FirstFrame + i * clip.FrameStep) % Sequence.Frames);

    private IEnumerable<(int From, int To)> Pairs(CandidateRow clip) => Frames(clip).Zip(Frames(clip).Skip(1));
}
