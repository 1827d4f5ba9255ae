using AniSora.Data.Models;
using AniSora.Data.Pipeline.Scoring;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Stages;

/// <summary>Measures what a clip is like: text, motion, camera, picture quality.</summary>
public sealed class ScoreStage : Stage<ScoreRow>
{
    private readonly ScoreConfig _config;
    private readonly ProbeStage _probe;
    private readonly ShotStage _shots;
    private readonly SequenceStage _sequences;
    private readonly CandidateStage _candidates;
    private readonly Lazy<string> _aesthetic;

    /// <summary>Connects the stage.</summary>
    /// <param name="config">What is measured.</param>
    /// <param name="probe">What the sources are: some of their pictures are looked at again.</param>
    /// <param name="shots">Their shots.</param>
    /// <param name="sequences">The stored frames.</param>
    /// <param name="candidates">The clips.</param>
    /// <exception cref="InputException">A setting is out of range.</exception>
    public ScoreStage(ScoreConfig config, ProbeStage probe, ShotStage shots, SequenceStage sequences, CandidateStage candidates)
    {
        config.Check();
        (_config, _probe, _shots, _sequences, _candidates) = (config, probe, shots, sequences, candidates);
        _aesthetic = new Lazy<string>(() => config.Aesthetic.Length > 0 ? PictureModelManifest.Read(config.Aesthetic).Identity : "");
    }

    /// <summary>What computes the optical flow; backends agree but for rounding.</summary>
    public KernelBackend Kernels { get; init; } = new SimdKernels();

    /// <inheritdoc/>
    public override string Title => "measuring clips";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [_probe, _shots, _sequences, _candidates];

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <summary>With what the aesthetic predictor is, not only where it lies.</summary>
    protected override object Settings => new { Config = _config, Aesthetic = _aesthetic.Value };

    /// <inheritdoc/>
    protected override IEnumerable<ScoreRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation)
    {
        using var store = new SequenceStore(shard.Folder);
        var clips = _candidates.Rows(shard).ToLookup(c => c.SequenceId, StringComparer.Ordinal);
        var shots = _shots.Rows(shard).ToLookup(s => s.SourceId, StringComparer.Ordinal);
        var sequences = _sequences.Rows(shard).Where(s => s.Frames > 0).ToList();
        // Only what became a clip is looked at.
        var used = sequences.Where(s => clips.Contains(s.SequenceId)).Select(s => (s.SourceId, s.Shot)).ToHashSet();
        var probes = _probe.Rows(shard).ToDictionary(p => p.SourceId, StringComparer.Ordinal);
        int done = 0, total = shard.Sources.Count + sequences.Count;
        void Step() => progress(++done, total);
        ILookup<string, Look> looks;
        using (var eyes = new SourceLooks(_config))
        {
            looks = eyes.At(shard.Sources.Select(s => (s, probes[s.SourceId], (IReadOnlyList<ShotRow>)[.. shots[s.SourceId].Where(shot => used.Contains((s.SourceId, shot.Shot)))])), Step, cancellation);
        }
        // A long shot is stored as several sequences; each begins where the one before it ends.
        var next = new Dictionary<(string, int, int, int), int>();
        foreach (var sequence in sequences)
        {
            var key = (sequence.SourceId, sequence.Shot, sequence.Width, sequence.Height);
            int first = next.TryGetValue(key, out int after) ? after : shots[sequence.SourceId].First(s => s.Shot == sequence.Shot).FirstFrame;
            next[key] = first + sequence.Frames;
            var own = clips[sequence.SequenceId].ToList();
            var measures = own.Count > 0 ? new SequenceMeasures(Kernels, store, sequence, own, cancellation) : null;
            foreach (var clip in own)
                yield return WithLooks(measures!.Of(clip), clip, sequence, [.. looks[sequence.SourceId].Where(l => l.Shot == sequence.Shot).Select(l => l with { Frame = l.Frame - first })]);
            Step();
        }
    }

    /// <summary>Adds what is seen in the pictures that lie within the clip, or in the nearest one if none does.</summary>
    private ScoreRow WithLooks(ScoreRow row, CandidateRow clip, SequenceRow sequence, List<Look> looks)
    {
        if (looks.Count == 0)
            return row;
        int span = (clip.Frames - 1) * clip.FrameStep;
        // Clips of loops go on at the beginning.
        var within = looks.Where(l => l.Frame >= 0 && l.Frame < sequence.Frames && (l.Frame - clip.FirstFrame + sequence.Frames) % sequence.Frames <= span).ToList();
        if (within.Count == 0)
            within = [looks.MinBy(l => Math.Abs(l.Frame - clip.FirstFrame - span / 2))!];
        return row with
        {
            TextCover = within.Average(l => l.TextCover),
            Blockiness = within.Average(l => l.Blockiness),
            Aesthetic = within.Average(l => l.Aesthetic),
            AestheticModel = _aesthetic.Value,
        };
    }
}
