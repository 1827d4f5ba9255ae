using AniSora.Display;
using AniSora.Evaluation;

namespace AniSora.Cli.Demo;

/// <summary>The ways of directing the model that the page shows.</summary>
public enum DemoControl
{
    /// <summary>Only frame 0 is given.</summary>
    FirstFrame,

    /// <summary>Frame 0 and the last one are given.</summary>
    FirstLast,

    /// <summary>Frame 0, the middle one and the last one are given.</summary>
    FirstMiddleLast,

    /// <summary>Frame 0 is given, and everything outside a region at all times.</summary>
    MotionMask,
}

/// <summary>One held-out clip under one control, with what the model made of it.</summary>
/// <param name="Clip">The clip's name in the index.</param>
/// <param name="Sequence">The sequence it was cut from.</param>
/// <param name="Label">The action, used to choose varied examples.</param>
/// <param name="Caption">The prompt the model was given.</param>
/// <param name="Real">The real clip, uint8 RGB <c>[T, H, W, 3]</c>.</param>
/// <param name="Mask">uint8 <c>[T, H, W]</c>, 0 = to generate, otherwise given (the space-time mask of docs/architecture.md).</param>
/// <param name="Result">The model's clip, of the same size.</param>
public sealed record ControlSample(string Clip, string Sequence, string Label, string Caption, VideoFrames Real, byte[] Mask, VideoFrames Result)
{
    /// <summary>What the model was given outside the frames to generate; the real clip unless set. Only read where <see cref="Mask"/> is not 0.</summary>
    public VideoFrames? Guide { get; init; }

    internal VideoFrames GuideOrReal => Guide ?? Real;

    internal VideoSize Size => new(Real.Frames, Real.Height, Real.Width);

    internal ClipScore Score() => ClipScore.Of(Clip, Sequence, Result.Pixels, GuideOrReal.Pixels, Mask, Real.Pixels, Size);
}

/// <summary>One control over all held-out clips.</summary>
/// <param name="Control">Which.</param>
/// <param name="Scores">Every clip's scores, none left out.</param>
/// <param name="Examples">The clips to show.</param>
public sealed record ControlResult(DemoControl Control, TaskReport Scores, IReadOnlyList<ControlSample> Examples)
{
    /// <summary>
    /// Scores every sample beside the baselines and picks examples by a rule that does not look at the scores: one clip
    /// of every action in turn, each from another sequence, in the order given.
    /// </summary>
    /// <param name="control">Which control.</param>
    /// <param name="samples">One per held-out clip, from 1.</param>
    /// <param name="examples">How many to show at most.</param>
    /// <exception cref="InputException">There is no sample, or one whose parts differ in size.</exception>
    public static ControlResult Of(DemoControl control, IReadOnlyList<ControlSample> samples, int examples = 5)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Count == 0)
            throw new InputException($"demo: no held-out clip for {Name(control)}; prepare the data again (anisora data prepare demo)");
        foreach (var sample in samples)
        {
            int bytes = sample.Real.Pixels.Length;
            if (sample.Real.Channels != 3 || sample.Result.Pixels.Length != bytes || sample.GuideOrReal.Pixels.Length != bytes || sample.Mask.Length * 3 != bytes)
                throw new InputException($"demo: clip {sample.Clip}: result, guide, mask and real clip differ in size; sample it again");
        }
        var scores = samples.AsParallel().AsOrdered().Select(s => s.Score()).ToArray();
        return new ControlResult(control, new TaskReport(Name(control), scores), [.. Varied(samples).Take(examples)]);
    }

    /// <summary>The control's name in <c>report.json</c>, such as <c>first-middle-last</c>.</summary>
    /// <param name="control">Which control.</param>
    public static string Name(DemoControl control) => control switch
    {
        DemoControl.FirstFrame => "first-frame",
        DemoControl.FirstLast => "first-last",
        DemoControl.FirstMiddleLast => "first-middle-last",
        DemoControl.MotionMask => "motion-mask",
        _ => throw new ArgumentOutOfRangeException(nameof(control), control, "unknown control"),
    };

    private static IEnumerable<ControlSample> Varied(IReadOnlyList<ControlSample> samples)
    {
        var perLabel = samples.DistinctBy(s => s.Sequence).GroupBy(s => s.Label).Select(g => g.ToArray()).ToArray();
        for (int round = 0; round < perLabel.Max(g => g.Length); round++)
        {
            foreach (var group in perLabel.Where(g => round < g.Length))
                yield return group[round];
        }
    }
}
