using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Stages;

/// <summary>
/// Decodes shots, at those sizes whose aspect ratio is nearest to theirs, and stores the frames in shards. A long shot becomes several
/// sequences, so that memory depends on the size of a shard and not on the length of a film.
/// </summary>
/// <param name="config">The sizes.</param>
/// <param name="probe">What the sources are.</param>
/// <param name="shots">Their shots.</param>
public sealed class SequenceStage(ClipConfig config, ProbeStage probe, ShotStage shots) : Stage<SequenceRow>
{
    /// <summary>Bytes of frames from which a shard is full, and a sequence ends.</summary>
    private const long ShardBytes = 64L << 20;

    /// <summary>Sources that decode to less than this are decoded several at a time.</summary>
    private const long SmallBytes = 16L << 20;

    /// <inheritdoc/>
    public override string Title => "decoding";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [probe, shots];

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<SequenceRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation)
    {
        var probes = probe.Rows(shard).ToDictionary(p => p.SourceId, StringComparer.Ordinal);
        var shotsOf = shots.Rows(shard).ToLookup(s => s.SourceId, StringComparer.Ordinal);
        var writer = new FrameShardWriter(shard.Folder, $"frames/{Fingerprint}/{shard.Name}", ShardBytes);
        int done = 0;
        foreach (var group in Groups(shard.Sources, source => DecodedBytes(probes[source.SourceId])))
        {
            // A few small sources at the same time; a large one alone, piece by piece (ffmpeg uses all cores for it).
            var decoded = group.Count == 1
                ? [Decode(group[0], probes[group[0].SourceId], [.. shotsOf[group[0].SourceId]], cancellation)]
                : group.Spread(cancellation)
                    .Select(IEnumerable<Decoded> (s) => [.. Decode(s, probes[s.SourceId], [.. shotsOf[s.SourceId]], cancellation)]).ToArray();
            foreach (var pieces in decoded)
            {
                foreach (var (row, frames) in pieces)
                {
                    foreach (var stored in writer.Add(row, frames))
                        yield return stored;
                }
                progress(++done, shard.Sources.Count);
            }
        }
        foreach (var stored in writer.Flush())
            yield return stored;
    }

    private sealed record Decoded(SequenceRow Row, byte[] Frames);

    private IEnumerable<Decoded> Decode(SourceRow source, ProbeRow probe, ShotRow[] shots, CancellationToken cancellation)
    {
        if (!probe.Readable)
            yield break;
        foreach (var size in config.Buckets.Select(b => (b.Height, b.Width)).Distinct())
        {
            // A run of shots with the same borders is decoded in one go.
            foreach (var run in Runs(shots.Where(s => Suits(s, size)), s => (s.CropX, s.CropY, s.CropWidth, s.CropHeight)))
            {
                var crop = new CropBox(run[0].CropX, run[0].CropY, run[0].CropWidth, run[0].CropHeight);
                var request = new FrameRequest(size.Width, size.Height, crop, probe.HasAlpha ? Fit.Contain : Fit.Cover, run[0].FirstFrame, run[^1].FirstFrame + run[^1].Frames - run[0].FirstFrame);
                foreach (var piece in DecodeRun(source, probe, run, request, cancellation))
                    yield return piece;
            }
        }
    }

    private IEnumerable<Decoded> DecodeRun(SourceRow source, ProbeRow probe, List<ShotRow> run, FrameRequest request, CancellationToken cancellation)
    {
        int frameBytes = request.Width * request.Height * 4, longest = LongestPiece(probe.Fps, frameBytes), at = request.FirstFrame;
        using var reader = new GuardedReader(source, probe, request, cancellation);
        foreach (var shot in run)
        {
            reader.Skip(shot.FirstFrame - at);
            at = shot.FirstFrame;
            int pieces = (shot.Frames + longest - 1) / longest;
            for (int piece = 0; piece < pieces; piece++)
            {
                int wanted = shot.Frames * (piece + 1) / pieces - shot.Frames * piece / pieces, read = 0;
                var frames = GC.AllocateUninitializedArray<byte>(wanted * frameBytes);
                while (read < wanted && reader.Read(frames.AsSpan(read * frameBytes, frameBytes)))
                    (read, at) = (read + 1, at + 1);
                if (read > 0)
                    yield return Describe(source, probe, shot, pieces == 1 ? "" : $".{piece}", request, frames.AsMemory(0, read * frameBytes).ToArray(), read);
                if (reader.Problem is { } problem)
                {
                    yield return new Decoded(Describe(source, probe, shot, "!", request, [], 0).Row with { Problem = problem }, []);
                    yield break;
                }
            }
        }
    }

    private static Decoded Describe(SourceRow source, ProbeRow probe, ShotRow shot, string piece, FrameRequest request, byte[] frames, int count)
    {
        bool opaque = CleanTransparent(frames);
        return new Decoded(new SequenceRow(
            $"{source.SourceId}#{shot.Shot}{piece}@{request.Width}x{request.Height}", source.SourceId, shot.Shot, "", 0, frames.Length, count, request.Height, request.Width,
            probe.Fps, opaque, "", count == 0 ? 0 : PerceptualHash.Of(frames, count, request.Height, request.Width),
            count == 0 ? "" : SequenceDescriptor.Of(frames, count, request.Height, request.Width)), frames);
    }

    /// <summary>Frames of a piece: as many as fill a shard, but never fewer than the longest clip needs.</summary>
    private int LongestPiece(double fps, int frameBytes)
    {
        int span = config.Buckets.Max(b => ClipWindow.Of(fps, b).Span + 1);
        return (int)Math.Max(span, ShardBytes / frameBytes);
    }

    /// <summary>Whether no other size has an aspect ratio nearer to the shot's.</summary>
    private bool Suits(ShotRow shot, (int Height, int Width) size) =>
        config.Buckets.All(b => Distance(shot, (b.Height, b.Width)) >= Distance(shot, size) - 1e-9);

    private static double Distance(ShotRow shot, (int Height, int Width) size) =>
        Math.Abs(Math.Log((double)shot.CropWidth / shot.CropHeight * size.Height / size.Width));

    private long DecodedBytes(ProbeRow probe) => config.Buckets.Select(b => (b.Height, b.Width)).Distinct().Sum(s => 4L * s.Height * s.Width) * probe.Frames;

    private static IEnumerable<List<SourceRow>> Groups(IReadOnlyList<SourceRow> sources, Func<SourceRow, long> bytes)
    {
        int most = 4 * Environment.ProcessorCount;
        var group = new List<SourceRow>();
        foreach (var source in sources)
        {
            bool large = bytes(source) > SmallBytes;
            if (group.Count > 0 && (large || group.Count == most))
            {
                yield return group;
                group = [];
            }
            if (large)
                yield return [source];
            else
                group.Add(source);
        }
        if (group.Count > 0)
            yield return group;
    }

    private static IEnumerable<List<ShotRow>> Runs<TKey>(IEnumerable<ShotRow> shots, Func<ShotRow, TKey> key)
    {
        List<ShotRow> run = [];
        foreach (var shot in shots.OrderBy(s => s.FirstFrame))
        {
            if (run.Count > 0 && !EqualityComparer<TKey>.Default.Equals(key(run[0]), key(shot)))
            {
                yield return run;
                run = [];
            }
            run.Add(shot);
        }
        if (run.Count > 0)
            yield return run;
    }

    /// <summary>Zeroes the colour behind full transparency, which is arbitrary in the sources: equal pictures become equal bytes.</summary>
    /// <returns>Whether every pixel is opaque.</returns>
    private static bool CleanTransparent(Span<byte> rgba)
    {
        bool opaque = true;
        foreach (ref uint pixel in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(rgba))
        {
            uint alpha = pixel >> 24;
            opaque &= alpha == 255;
            if (alpha == 0)
                pixel = 0;
        }
        return opaque;
    }
}
