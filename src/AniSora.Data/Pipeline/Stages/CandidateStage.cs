using System.Globalization;
using System.Security.Cryptography;

namespace AniSora.Data.Pipeline.Stages;

/// <summary>Cuts sequences into clips: windows of 4k+1 frames, away from transitions, at the paces asked for.</summary>
/// <param name="config">Which clips.</param>
/// <param name="shots">For the frames to leave out at transitions.</param>
/// <param name="sequences">The decoded shots.</param>
public sealed class CandidateStage(ClipConfig config, ShotStage shots, SequenceStage sequences) : Stage<CandidateRow>
{
    /// <inheritdoc/>
    public override string Title => "cutting clips";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [shots, sequences];

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<CandidateRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation)
    {
        using var store = new SequenceStore(shard.Folder);
        var sources = shard.Sources.ToDictionary(s => s.SourceId, StringComparer.Ordinal);
        var shotCount = shots.Rows(shard).CountBy(s => s.SourceId).ToDictionary(StringComparer.Ordinal);
        var rows = sequences.Rows(shard).Where(s => s.Frames > 0).ToList();
        int done = 0;
        foreach (var sequence in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            bool loops = sources[sequence.SourceId].Loops;
            // The one shot of a source borders on no transition.
            int trim = shotCount[sequence.SourceId] > 1 ? config.Trim : 0;
            foreach (var clip in Windows(sequence, loops, trim))
            {
                var background = sequence.Opaque ? BackgroundSpec.Grey : Backgrounds.Random(StableHash.Of(clip.ClipId));
                yield return clip with { Background = background.ToString(), Checksum = Checksum(store, sequence, clip) };
            }
            progress(++done, rows.Count);
        }
    }

    private IEnumerable<CandidateRow> Windows(SequenceRow sequence, bool loops, int trim)
    {
        foreach (var bucket in config.Buckets.Where(b => (b.Height, b.Width) == (sequence.Height, sequence.Width)))
        {
            var (step, span, fps, seconds) = ClipWindow.Of(sequence.Fps, bucket);
            if (!config.Allows(seconds))
                continue;
            // Where a loop may begin: everywhere, as long as the clip shows no frame twice.
            int first = loops ? 0 : trim, starts = loops ? (span < sequence.Frames ? sequence.Frames : 0) : sequence.Frames - 2 * trim - span;
            int stride = Math.Max(1, (int)Math.Round((span + step) * (1 - config.Overlap)));
            int count = Math.Min(config.MaxPerShot, starts <= 0 ? 0 : (starts - 1) / stride + 1);
            for (int i = 0; i < count; i++)
            {
                int at = first + (count == 1 ? 0 : (int)((long)i * ((starts - 1) / stride) / (count - 1)) * stride);
                yield return new CandidateRow(string.Create(CultureInfo.InvariantCulture, $"{sequence.SequenceId}/{at:d4}x{step}+{bucket.Frames}"),
                    sequence.SequenceId, sequence.SourceId, at, step, bucket.Frames, fps, seconds, "", "");
            }
        }
    }

    private static string Checksum(SequenceStore store, SequenceRow sequence, CandidateRow clip)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int t = 0; t < clip.Frames; t++)
            hash.AppendData(store.Frame(sequence, clip.FirstFrame + t * clip.FrameStep));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
