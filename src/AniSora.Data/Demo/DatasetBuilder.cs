using System.Collections.Concurrent;
using System.Globalization;
using AniSora.Data.Pipeline;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>Turns sequences of pictures into shards and index rows.</summary>
internal static class DatasetBuilder
{
    /// <summary>Frames in a clip: 4k+1, so that the autoencoder folds them into 5 latent steps.</summary>
    public const int ClipFrames = 17;
    /// <summary>Width and height of a stored frame.</summary>
    public const int Side = 64;
    /// <summary>Raised when the same pictures would give other rows or frames, so that a dataset of an older recipe is made again.</summary>
    public const int Recipe = 3;
    private const long ShardBytes = 64L << 20;

    private sealed record Decoded(SequenceSpec Spec, byte[] Frames, int Count, string Shard);

    /// <summary>Decodes, measures and writes everything.</summary>
    /// <returns>The rows of the index; offsets are those of the shards just written.</returns>
    public static List<ClipRow> Write(string folder, IReadOnlyList<SequenceSpec> sequences, IProgress<PrepareProgress>? progress, CancellationToken cancellation)
    {
        var decoded = Decode(sequences, progress, cancellation);
        foreach (var shard in decoded.GroupBy(d => d.Shard))
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new($"writing {shard.Key}", 0.6));
            SafeTensorsFile.SaveRaw(Path.Combine(folder, shard.Key),
                shard.Select(d => new RawTensor(d.Spec.Name, "U8", [d.Count, Side, Side, 4], d.Frames)),
                new Dictionary<string, string> { ["format"] = "anisora frame shard", ["schema_version"] = ClipIndex.SchemaVersion.ToString(CultureInfo.InvariantCulture) });
        }

        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string shard in decoded.Select(d => d.Shard).Distinct())
        {
            using var file = SafeTensorsFile.Open(Path.Combine(folder, shard));
            foreach (string name in file.Names)
                offsets[name] = file.Entry(name).Offset;
        }

        var rows = new ConcurrentBag<ClipRow>();
        int done = 0;
        Parallel.ForEach(decoded, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, sequence =>
        {
            foreach (var row in Cut(sequence, offsets[sequence.Spec.Name]))
                rows.Add(row);
            progress?.Report(new("measuring motion", 0.65 + 0.3 * Interlocked.Increment(ref done) / decoded.Count));
        });
        return [.. rows.OrderBy(r => r.ClipId, StringComparer.Ordinal)];
    }

    private static List<Decoded> Decode(IReadOnlyList<SequenceSpec> sequences, IProgress<PrepareProgress>? progress, CancellationToken cancellation)
    {
        var decoded = new List<Decoded>();
        long filled = 0;
        int shard = 0;
        foreach (var group in sequences.GroupBy(s => s.Source))
        {
            progress?.Report(new($"reading the pictures of {group.Key}", 0.3 + 0.3 * decoded.Count / sequences.Count));
            foreach (var spec in group)
            {
                int count = spec.Files.Length;
                var frames = new byte[count * Side * Side * 4];
                for (int i = 0; i < count; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var picture = Media.ReadPicture(spec.Files[i]).Fitted(Side, Side).Rgba;
                    CleanTransparent(picture);
                    picture.CopyTo(frames, i * picture.Length);
                }

                if (filled > 0 && filled + frames.Length > ShardBytes)
                    (shard, filled) = (shard + 1, 0);
                filled += frames.Length;
                decoded.Add(new Decoded(spec, frames, count, $"frames-{shard:d3}.safetensors"));
            }
        }

        return decoded;
    }

    private static IEnumerable<ClipRow> Cut(Decoded sequence, long offset)
    {
        var spec = sequence.Spec;
        foreach (var (step, pace) in spec.Paces)
        {
            string[] captions = DemoCaptions.All(spec, pace);
            var motion = PairMotion(sequence, step);
            int span = (ClipFrames - 1) * step;
            int starts = spec.Loops ? sequence.Count : sequence.Count - span;
            for (int first = 0; first < starts; first += spec.Stride)
            {
                string id = string.Create(CultureInfo.InvariantCulture, $"{spec.Name}/{first:d3}x{step}");
                var row = new ClipRow
                {
                    ClipId = id,
                    Source = spec.Source,
                    Licence = spec.Licence,
                    Sequence = spec.Name,
                    BaseSequence = spec.BaseName,
                    Label = spec.Label,
                    Direction = spec.Direction,
                    Subject = spec.Subject,
                    Colour = spec.Colour,
                    Pace = pace,
                    Caption = captions[0],
                    CaptionVariants = ClipCaptions.Write(captions[1..]),
                    Frames = ClipFrames,
                    Height = Side,
                    Width = Side,
                    Fps = DemoCatalogue.Fps,
                    MotionScore = 0,
                    Split = spec.Split,
                    Background = Backgrounds.Random(StableHash.Of(id)).ToString(),
                    Mirrorable = spec.Mirrorable,
                    Shard = sequence.Shard,
                    Tensor = spec.Name,
                    Offset = offset,
                    ByteLength = sequence.Frames.Length,
                    FirstFrame = first,
                    FrameStep = step,
                    SequenceFrames = sequence.Count,
                    Checksum = "",
                    ToolVersion = ToolVersion.Current,
                };
                var bytes = new byte[row.ClipBytes];
                for (int t = 0; t < ClipFrames; t++)
                    sequence.Frames.AsSpan(row.SequenceFrame(t) * Side * Side * 4, Side * Side * 4).CopyTo(bytes.AsSpan(t * Side * Side * 4));
                double score = Enumerable.Range(0, ClipFrames - 1).Average(t => motion[row.SequenceFrame(t)]);
                yield return row with { MotionScore = Math.Round(score, 4), Checksum = FrameStore.Checksum(bytes) };
            }
        }
    }

    // Clips share frames, so motion is measured once for each pair of frames: on mid-grey, where the background itself cannot count.
    private static double[] PairMotion(Decoded sequence, int step)
    {
        int n = Side * Side;
        var grey = Backgrounds.Render(BackgroundSpec.Grey, Side, Side);
        byte[] rgb = new byte[3 * n], alpha = new byte[n];
        var luma = new float[sequence.Count][];
        for (int i = 0; i < sequence.Count; i++)
        {
            MaskBlend.Over(sequence.Frames.AsSpan(i * 4 * n, 4 * n), grey, rgb, alpha);
            luma[i] = new float[n];
            OpticalFlow.Luma(rgb, 3, luma[i]);
        }

        var motion = new double[sequence.Count];
        for (int i = 0; i < sequence.Count; i++)
        {
            if (sequence.Spec.Loops || i + step < sequence.Count)
                motion[i] = MotionScore.OfPair(luma[i], luma[(i + step) % sequence.Count], Side, Side);
        }

        return motion;
    }

    // The colour behind full transparency is arbitrary in the sources; zeros make equal pictures equal bytes.
    private static void CleanTransparent(Span<byte> rgba)
    {
        for (int p = 0; p < rgba.Length; p += 4)
        {
            if (rgba[p + 3] == 0)
                rgba.Slice(p, 3).Clear();
        }
    }
}
