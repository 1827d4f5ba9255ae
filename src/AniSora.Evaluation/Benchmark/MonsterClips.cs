using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Evaluation.Benchmark;

/// <summary>The enemies of a role-playing game in nine actions: short ones, which the game follows by the figure's stance.</summary>
internal static class MonsterClips
{
    private const int PerLabel = 30;

    // By the game's names of actions: those of which there are thirty.
    private static readonly Dictionary<string, (string Label, string Does)> _actions = new(StringComparer.Ordinal)
    {
        ["stance"] = ("monster-standing", "stands"),
        ["run"] = ("monster-running", "runs"),
        ["shoot"] = ("monster-shooting", "shoots"),
        ["die"] = ("monster-dying", "dies"),
        ["critdie"] = ("monster-struck-down", "is struck down"),
        ["swing"] = ("monster-striking", "strikes"),
        ["cast"] = ("monster-casting", "casts a spell"),
        ["hit"] = ("monster-hit", "is hit"),
        ["spawn"] = ("monster-rising", "rises from the ground"),
    };

    // The game's names have these behind the noun.
    private static readonly string[] _adjectives = ["adult", "air", "dark", "elite", "fire", "high", "small", "water", "weak"];

    /// <summary>Thirty clips of each action, from as many kinds of monster as have it.</summary>
    public static IEnumerable<PlannedClip> Of(IEnumerable<SourceRow> sources, BenchmarkFormat format)
    {
        var all = sources.ToList();
        // Figures that are drawn alike lie on one picture: what is listed once for them is theirs.
        var stances = all.Where(s => Action(s) == "stance").ToLookup(s => (s.Path, s.Direction));
        return all.Where(s => _actions.ContainsKey(Action(s))).GroupBy(Action)
            .SelectMany(action => BenchmarkPlan.Spread(action, PerLabel, s => s.Identity).Select(source => Plan(source, stances[(source.Path, source.Direction)].FirstOrDefault(), format)));
    }

    private static PlannedClip Plan(SourceRow source, SourceRow? stance, BenchmarkFormat format)
    {
        int[][] action = Rectangles(source);
        var timing = ClipTiming.Of(source.Fps, format.Rate);
        int[] shown = timing.Frames(format.Frames, 0);
        var played = source;
        // Who dies stays down; who has struck stands and waits.
        if (!source.Loops && stance is not null && Action(source) is not ("die" or "critdie"))
        {
            int[][] waiting = Rectangles(stance);
            int end = action.Length * timing.Hold, hold = timing.HoldOf(stance.Fps);
            for (int t = end; t < shown.Length; t++)
                shown[t] = action.Length + (t - end) / hold % waiting.Length;
            played = source with { Frames = JsonSerializer.Serialize(action.Concat(waiting)) };
        }
        var (label, does) = _actions[Action(source)];
        return new(played, label, $"{BenchmarkPlan.WithArticle(Named(source.Subject))} {does}, facing {Compass.Words[source.Direction]}", shown, timing.Rate);
    }

    private static string Named(string unit) => string.Join(' ', unit.Split(' ').OrderBy(word => !_adjectives.Contains(word)));

    private static int[][] Rectangles(SourceRow source) => JsonSerializer.Deserialize<int[][]>(source.Frames)!;

    /// <summary>Sources are named <c>flare-game/UNIT/ACTION/DIRECTION</c>.</summary>
    private static string Action(SourceRow source) => source.SourceId.Split('/')[2];
}
