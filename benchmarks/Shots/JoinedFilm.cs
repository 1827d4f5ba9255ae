using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Kernels;

namespace AniSora.Benchmarks.Shots;

/// <summary>A film made by joining pieces of others, so that its cuts are known to the frame.</summary>
/// <param name="Frames"><c>[H, W, 4]</c> each, in order.</param>
/// <param name="Cuts">First frames of all shots but the first.</param>
internal sealed record JoinedFilm(IReadOnlyList<byte[]> Frames, IReadOnlyList<int> Cuts)
{
    /// <summary>W and H of the frames: twice what detection looks at.</summary>
    public const int Width = 256, Height = 192;
    private const int Shortest = 16, Longest = 48, MostSources = 60;

    /// <summary>Takes the half of what lies in some folders that a number of 0 or 1 names.</summary>
    /// <param name="folders">Films of one shot each, and animations.</param>
    /// <param name="half">0: thresholds were chosen on these. 1: held out.</param>
    public static IReadOnlyList<(SourceRow Source, ProbeRow Probe)> Sources(IEnumerable<string> folders, int half) =>
    [
        .. folders.SelectMany(folder => FolderSources.List(folder)
            // Noise of a television set, in which the 14th film of planetblupi ends, is no shot.
            .Where(s => s.Kind is SourceKind.Film or SourceKind.Animation && !s.SourceId.Contains("history2", StringComparison.Ordinal))
            .OrderBy(s => s.SourceId, StringComparer.Ordinal).Where((_, i) => i % 2 == half).OrderBy(s => StableHash.Of(s.SourceId)).Take(MostSources))
            .Select(s => (s, SourceProbes.Probe(s))).Where(s => s.Item2.Readable && s.Item2.Frames >= Shortest),
    ];

    /// <summary>Joins random pieces.</summary>
    /// <param name="sources">Films of one shot each, and animations with alpha, which are put before a ground of two random colours.</param>
    /// <param name="pieces">How many; no two in succession are of one source.</param>
    /// <param name="overlay">What lies over the film.</param>
    /// <param name="seed">Of everything random.</param>
    public static JoinedFilm Make(IReadOnlyList<(SourceRow Source, ProbeRow Probe)> sources, int pieces, Overlay overlay, ulong seed)
    {
        var random = new SplitMix(seed);
        var frames = new List<byte[]>();
        var cuts = new List<int>();
        // Films and animations in equal shares, however many there are of each.
        var kinds = sources.GroupBy(s => s.Source.Kind).Select(g => g.ToList()).ToList();
        for (string last = ""; cuts.Count < pieces; cuts.Add(frames.Count))
        {
            var kind = kinds[random.Next(kinds.Count)];
            int pick = random.Next(kind.Count);
            var (source, probe) = kind[kind[pick].Source.SourceId == last ? (pick + 1) % kind.Count : pick];
            last = source.SourceId;
            frames.AddRange(Piece(source, probe, overlay, ref random));
        }
        cuts.RemoveAt(cuts.Count - 1);
        overlay.Draw(frames, cuts, Width, random.NextUInt64());
        return new JoinedFilm(frames, cuts);
    }

    private static List<byte[]> Piece(SourceRow source, ProbeRow probe, Overlay overlay, ref SplitMix random)
    {
        int left = (int)Math.Round(overlay.Pillars * Width), top = (int)Math.Round(overlay.Bars * Height), w = Width - 2 * left, h = Height - 2 * top;
        int length = Math.Min(probe.Frames, Shortest + random.Next(Longest - Shortest + 1)), first = random.Next(probe.Frames - length + 1);
        var ground = new double[6];
        for (int i = 0; i < ground.Length; i++)
            ground[i] = random.NextDouble(0, 255);
        using var reader = FrameReaders.Open(source, probe, new FrameRequest(w, h, Fit: source.Kind == SourceKind.Film ? Fit.Cover : Fit.Contain, FirstFrame: first, Frames: length));
        var read = new byte[4 * w * h];
        var piece = new List<byte[]>();
        while (reader.Read(read))
        {
            // Bars keep an alpha of 0, so that what happens to the picture does not happen to them.
            var frame = new byte[4 * Width * Height];
            for (int i = 0; i < read.Length; i += 4)
            {
                int x = i / 4 % w, y = i / 4 / w, at = 4 * ((top + y) * Width + left + x);
                for (int c = 0; c < 3; c++)
                {
                    double under = ground[c] + (ground[3 + c] - ground[c]) * y / h;
                    frame[at + c] = (byte)(under + (read[i + c] - under) * read[i + 3] / 255);
                }
                frame[at + 3] = 255;
            }
            piece.Add(frame);
        }
        return piece;
    }
}
