using AniSora.Data.Pipeline.Captioning;
using AniSora.Pictures;

namespace AniSora.Data.Pipeline.Stages;

/// <summary>Says in words what a clip shows: from its source's metadata, or by a vision model that the user names.</summary>
/// <param name="config">Where captions come from.</param>
/// <param name="sequences">The frames, for a vision model.</param>
/// <param name="candidates">The clips.</param>
/// <param name="scores">For the suffix.</param>
public sealed class CaptionStage(CaptionConfig config, SequenceStage sequences, CandidateStage candidates, ScoreStage scores) : Stage<CaptionRow>
{
    /// <inheritdoc/>
    public override string Title => "captioning";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [sequences, candidates, scores];

    /// <inheritdoc/>
    protected override int Version => 3;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<CaptionRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation)
    {
        if (config.Variants is not (>= 0 and <= 8))
            throw new InputException($"captions.variants is {config.Variants}, should be in 0 … 8");
        var sources = shard.Sources.ToDictionary(s => s.SourceId, StringComparer.Ordinal);
        var scored = scores.Rows(shard).ToDictionary(s => s.ClipId, StringComparer.Ordinal);
        var clips = candidates.Rows(shard);
        // What a person wrote needs no second opinion.
        var untold = clips.Where(clip => sources[clip.SourceId].Caption.Length == 0).ToList();
        var seen = config.Endpoint is null ? [] : Ask(shard, config.Endpoint, untold, progress, cancellation);
        foreach (var clip in clips)
        {
            var source = sources[clip.SourceId];
            if (source.Caption.Length > 0)
            {
                yield return new CaptionRow(clip.ClipId, source.Caption, "[]", CaptionSuffix.Of(scored[clip.ClipId]), "own");
                continue;
            }
            var wordings = config.Closed ? ClosedCaptions.Of(source, clip, config.Variants) : TemplateCaptioner.Of(source, StableHash.Of(clip.ClipId), config.Variants);
            string suffix = CaptionSuffix.Of(scored[clip.ClipId]);
            yield return seen.TryGetValue(clip.ClipId, out string? caption)
                ? new CaptionRow(clip.ClipId, caption, "[]", suffix, config.Endpoint!.Model)
                : new CaptionRow(clip.ClipId, wordings[0], ClipCaptions.Write(wordings.Skip(1)), suffix, "template");
        }
    }

    private Dictionary<string, string> Ask(WorkShard shard, CaptionEndpoint endpoint, List<CandidateRow> clips, Action<int, int> progress, CancellationToken cancellation)
    {
        using var ledger = new CaptionLedger(Path.Combine(shard.Folder.Root, "captions"), shard.Name, endpoint.CostCap);
        using var captioner = new EndpointCaptioner(endpoint, ledger);
        using var store = new SequenceStore(shard.Folder);
        var sequence = sequences.Rows(shard).ToDictionary(s => s.SequenceId, StringComparer.Ordinal);
        var captions = new string[clips.Count];
        int done = 0;
        Parallel.ForEachAsync(Enumerable.Range(0, clips.Count), new ParallelOptions { MaxDegreeOfParallelism = endpoint.Parallel, CancellationToken = cancellation }, async (i, stop) =>
        {
            captions[i] = await captioner.CaptionAsync(Pictures(store, sequence[clips[i].SequenceId], clips[i], endpoint.Frames), clips[i].Checksum, stop).ConfigureAwait(false);
            progress(Interlocked.Increment(ref done), clips.Count);
        }).GetAwaiter().GetResult();
        return clips.Zip(captions).ToDictionary(p => p.First.ClipId, p => p.Second, StringComparer.Ordinal);
    }

    private static List<byte[]> Pictures(SequenceStore store, SequenceRow sequence, CandidateRow clip, int count)
    {
        var pictures = new List<byte[]>();
        for (int i = 0; i < count; i++)
        {
            int t = count == 1 ? clip.Frames / 2 : i * (clip.Frames - 1) / (count - 1);
            var frame = new Picture(sequence.Width, sequence.Height, store.Frame(sequence, clip.FirstFrame + t * clip.FrameStep).ToArray());
            pictures.Add(Png.Encode(frame.Over(), frame.Width, frame.Height, 3));
        }
        return pictures;
    }
}
