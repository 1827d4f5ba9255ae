using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Training.Config;

/// <summary>What a run that goes on takes from the settings given now: few may change, and a changed other one is refused.</summary>
internal static class ResumedConfig
{
    // None of them changes what a step computes, but for another part size's rounding. The number of steps does: the learning rate's decay follows it.
    private static readonly HashSet<string> _mayChange =
    [
        "data.folder", "data.prefetch", "data.part_size", "recompute_blocks",
        "schedule.checkpoint_every", "schedule.keep_checkpoints", "schedule.evaluate_every",
    ];

    // Folders keep their letters in messages.
    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The stored configuration with what may change taken from the given one.</summary>
    /// <param name="stored">The run's own.</param>
    /// <param name="given">Settings given now.</param>
    /// <param name="say">Hears what changes.</param>
    public static T Take<T>(T stored, T given, Action<string>? say)
        where T : class
    {
        var changes = Differences(stored, given).Where(d => _mayChange.Contains(d.Setting)).ToList();
        foreach (var (setting, had, has) in changes)
            say?.Invoke($"{setting}: {had} so far, {has} from here on");
        return ConfigFile.Resolve(stored, settings: changes.Select(d => $"{d.Setting}={d.Given}"));
    }

    /// <summary>Refuses what differs and may not.</summary>
    /// <exception cref="InputException">A setting that a resumed run can't change differs; all are named.</exception>
    public static void RequireSame<T>(T stored, T given, string file)
        where T : class
    {
        var changes = Differences(stored, given).Where(d => !_mayChange.Contains(d.Setting)).Select(d => $"{d.Setting} ({d.Stored}, given {d.Given})").ToList();
        if (changes.Count > 0)
            throw new InputException($"{file}: a resumed run can't change {string.Join(", ", changes)}; leave the settings and --preset out to go on as the run began, or start another run with another --out");
    }

    private static IEnumerable<(string Setting, string Stored, string Given)> Differences<T>(T stored, T given) =>
        Differences(ConfigFile.ToJson(stored), ConfigFile.ToJson(given), "");

    private static IEnumerable<(string Setting, string Stored, string Given)> Differences(JsonObject stored, JsonObject given, string prefix)
    {
        foreach (var (name, had) in stored)
        {
            var has = given[name];
            if (had is JsonObject below && has is JsonObject other)
                foreach (var difference in Differences(below, other, $"{prefix}{name}."))
                    yield return difference;
            else if (!JsonNode.DeepEquals(had, has))
                yield return (prefix + name, Text(had), Text(has));
        }
    }

    // A vocabulary has hundreds of words.
    private static string Text(JsonNode? value) => value is JsonArray { Count: > 8 } list ? $"{list.Count} values" : value?.ToJsonString(_plain) ?? "null";
}
