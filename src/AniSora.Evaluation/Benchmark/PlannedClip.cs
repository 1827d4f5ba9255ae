using AniSora.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Evaluation.Benchmark;

/// <summary>What a benchmark is to hold: sizes and rate of its clips.</summary>
/// <param name="Frames">T.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Rate">Frames per second aimed at; a clip has the nearest that its source gives (<see cref="ClipTiming"/>).</param>
public sealed record BenchmarkFormat(int Frames = 17, int Height = 64, int Width = 64, double Rate = 16)
{
    /// <summary>Refuses what no model takes.</summary>
    /// <exception cref="InputException">A number is out of range; the message names the option.</exception>
    public void Check() => new ClipConfig { Buckets = [new ClipBucket(Frames, Height, Width, Rate)], MinSeconds = 0, MaxSeconds = 1e9 }.Check();
}

/// <summary>A clip that a benchmark will hold.</summary>
/// <param name="Source">Where it is cut from.</param>
/// <param name="Label">The action: one word, or several joined by <c>-</c>, with what acts before it where that is no emoji.</param>
/// <param name="Prompt">What happens, in words.</param>
/// <param name="Shown">The source's frame for each of its frames; beyond the last, a loop begins again and what happens once stays as it ends.</param>
/// <param name="Rate">Frames per second.</param>
public sealed record PlannedClip(SourceRow Source, string Label, string Prompt, int[] Shown, double Rate)
{
    /// <summary><c>SOURCE_ACTION_N</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>Whether the shipped model was trained on the same figure, in other actions and directions.</summary>
    public bool FigureInDemo { get; init; }
}

/// <summary>Chooses the clips. Everything follows from the collections and the format; nothing is drawn by a generator whose numbers may change.</summary>
public static class BenchmarkPlan
{
    /// <summary>The collections that clips are cut from.</summary>
    public static IReadOnlyList<FootageCollection> Collections { get; } = [.. new[] { "fluent-emoji", "flare-game", "tuxfootball" }.Select(FootageCollection.Find)];

    /// <summary>The clips, with their ids, in order.</summary>
    /// <param name="sources">All sources of the collections, or those of some.</param>
    /// <param name="format">Sizes and rate.</param>
    public static IReadOnlyList<PlannedClip> Of(IEnumerable<SourceRow> sources, BenchmarkFormat format)
    {
        var of = sources.ToLookup(s => s.Collection, StringComparer.Ordinal);
        IEnumerable<PlannedClip> clips = [.. EmojiClips.Of(of["fluent-emoji"], format), .. MonsterClips.Of(of["flare-game"], format), .. FootballClips.Of(of["tuxfootball"], format)];
        return [.. clips.GroupBy(c => (c.Source.Collection, c.Label)).OrderBy(g => g.Key).SelectMany(group => group
            .OrderBy(c => c.Source.SourceId, StringComparer.Ordinal).ThenBy(c => c.Shown[0])
            .Select((clip, i) => clip with { Id = $"{clip.Source.Collection}_{clip.Label}_{i + 1}" }))];
    }

    /// <summary>So many sources, as many from each group as from any other while it lasts; within a group spread over all there is.</summary>
    /// <param name="sources">To choose from.</param>
    /// <param name="count">How many.</param>
    /// <param name="group">What a source is one of.</param>
    internal static IEnumerable<SourceRow> Spread(IEnumerable<SourceRow> sources, int count, Func<SourceRow, string> group) => sources
        .GroupBy(group).SelectMany(g => g.OrderBy(s => StableHash.Of(s.SourceId)).Select((source, round) => (source, round)))
        .OrderBy(s => s.round).ThenBy(s => group(s.source), StringComparer.Ordinal).Select(s => s.source).Take(count);

    /// <summary><c>a</c> or <c>an</c> before a noun.</summary>
    internal static string WithArticle(string noun) => $"{("aeiou".Contains(noun[0]) ? "an" : "a")} {noun}";
}
