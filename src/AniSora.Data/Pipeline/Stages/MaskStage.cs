using AniSora.Data.Models;
using AniSora.Data.Pipeline.Scoring;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Stages;

/// <summary>Finds foreground or motion masks: exact where there is alpha, else from flow or a segmenter.</summary>
public sealed class MaskStage : Stage<MaskRow>
{
    private readonly MaskConfig _config;
    private readonly SequenceStage _sequences;
    private readonly Lazy<string> _segmenter;

    /// <summary>Connects the stage.</summary>
    /// <param name="config">Where masks come from.</param>
    /// <param name="sequences">The stored frames.</param>
    /// <exception cref="InputException">A setting is out of range.</exception>
    public MaskStage(MaskConfig config, SequenceStage sequences)
    {
        config.Check();
        (_config, _sequences) = (config, sequences);
        _segmenter = new Lazy<string>(() => config.Segmenter.Length > 0 ? PictureModelManifest.Read(config.Segmenter).Identity : "");
    }

    /// <summary>What computes the optical flow; backends agree but for rounding.</summary>
    public KernelBackend Kernels { get; init; } = new SimdKernels();

    /// <inheritdoc/>
    public override string Title => "making masks";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [_sequences];

    /// <inheritdoc/>
    protected override int Version => 2;

    /// <summary>With what the segmenter is, not only where it lies.</summary>
    protected override object Settings => new { Config = _config, Segmenter = _segmenter.Value };

    /// <inheritdoc/>
    protected override IEnumerable<MaskRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation)
    {
        using var store = new SequenceStore(shard.Folder);
        var sequences = _sequences.Rows(shard).Where(s => s.Frames > 0).ToList();
        var writer = new MaskShardWriter(shard.Folder, $"masks/{Fingerprint}/{shard.Name}");
        using var segmenter = _config.Segmenter.Length > 0 && sequences.Any(s => s.Opaque) ? new PictureModel(_config.Segmenter) : null;
        var rows = new List<MaskRow>(sequences.Count);
        foreach (var sequence in sequences)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Add(Make(store, sequence, segmenter, writer, cancellation));
            progress(rows.Count, sequences.Count);
        }
        // Rows name shards, so they come after them.
        writer.Flush();
        return rows;
    }

    private MaskRow Make(SequenceStore store, SequenceRow sequence, PictureModel? segmenter, MaskShardWriter writer, CancellationToken cancellation)
    {
        byte[] bits = !sequence.Opaque ? SequenceMasks.FromAlpha(store, sequence, cancellation)
            : segmenter is not null ? SequenceMasks.FromSegmenter(store, sequence, segmenter, _config.SegmenterStep, cancellation)
            : SequenceMasks.FromFlow(Kernels, store, sequence, _config.Fps, cancellation);
        var (cover, union) = BitMask.Covers(bits, sequence.Frames, sequence.Width, sequence.Height);
        // The frames hold the alpha already.
        string shard = sequence.Opaque ? writer.Add(sequence.SequenceId, bits, [sequence.Frames, sequence.Height, BitMask.Stride(sequence.Width)]) : "";
        return new MaskRow(sequence.SequenceId, !sequence.Opaque ? "alpha" : segmenter?.Name ?? "flow", shard, shard.Length > 0 ? sequence.SequenceId : "", cover, union);
    }
}
