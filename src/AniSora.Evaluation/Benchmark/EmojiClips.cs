using AniSora.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Evaluation.Benchmark;

/// <summary>People who do something: the emoji of 37 actions in their tones and genders.</summary>
internal static class EmojiClips
{
    private const int MostPerLabel = 18;

    /// <summary>Frames per second of every animation.</summary>
    private const double SourceRate = 1000 / 42.0;

    /// <summary>A third of a second in: some begin at rest.</summary>
    private const int First = 9;

    // What is more than its label in words.
    private static readonly Dictionary<string, string> _phrases = new(StringComparer.Ordinal)
    {
        ["artist"] = "painting a picture",
        ["bouncing ball"] = "bouncing a ball",
        ["feeding baby"] = "feeding a baby",
        ["gesturing NO"] = "crossing both arms to say no",
        ["gesturing OK"] = "raising both arms to say OK",
        ["getting haircut"] = "getting a haircut",
        ["getting massage"] = "getting a head massage",
        ["in lotus position"] = "sitting in lotus position",
        ["in manual wheelchair"] = "riding in a manual wheelchair",
        ["in motorized wheelchair"] = "riding in a motorized wheelchair",
        ["in steamy room"] = "sitting in a steamy room",
        ["mountain biking"] = "riding a mountain bike",
        ["raising hand"] = "raising a hand",
        ["rowing boat"] = "rowing a boat",
        ["singer"] = "singing into a microphone",
        ["tipping hand"] = "tipping a hand",
        ["with white cane"] = "walking with a white cane",
    };

    /// <summary>The clips of all labelled emoji, at most 18 of an action.</summary>
    public static IEnumerable<PlannedClip> Of(IEnumerable<SourceRow> sources, BenchmarkFormat format)
    {
        var timing = ClipTiming.Of(SourceRate, format.Rate);
        int[] shown = timing.Frames(format.Frames, First);
        return sources.Where(s => s.Label.Length > 0).GroupBy(s => s.Label).SelectMany(label => BenchmarkPlan.Spread(label, MostPerLabel, s => s.Subject)
            .Select(source => new PlannedClip(source, label.Key.Replace(' ', '-').ToLowerInvariant(), Prompt(source), shown, timing.Rate)));
    }

    private static string Prompt(SourceRow source)
    {
        string who = source.Subject switch
        {
            "" => "a person",
            "woman and man" => "a woman and a man",
            "men" or "women" or "people" => $"two {source.Subject}",
            var one => BenchmarkPlan.WithArticle(one),
        };
        string tone = source.Colour.Length > 0 ? $" with {source.Colour}" : "";
        return $"{who}{tone}, {_phrases.GetValueOrDefault(source.Label, source.Label)}";
    }
}
