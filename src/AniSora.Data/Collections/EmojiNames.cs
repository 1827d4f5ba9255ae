using System.Text.Json;

namespace AniSora.Data;

/// <summary>What an emoji shows.</summary>
/// <param name="Name">Unicode's name without the skin tone, such as <c>woman running</c>.</param>
/// <param name="Group">Unicode's group, such as <c>People &amp; Body</c>.</param>
/// <param name="Who"><c>man</c>, <c>woman</c>, <c>person</c>, …; empty if the name does not begin with it.</param>
/// <param name="Action">One of the actions that many emoji share; empty otherwise.</param>
/// <param name="Tone">Such as <c>medium-dark skin</c>; empty for the yellow one and for things.</param>
/// <param name="Identity">Equal for the emoji of all tones, genders and directions of one motif.</param>
internal sealed record EmojiDescription(string Name, string Group, string Who, string Action, string Tone, string Identity);

/// <summary>Finds out what an emoji shows by its code points, with the names of the npm package unicode-emoji-json.</summary>
/// <param name="names">Name and group by code points in hexadecimal, joined by <c>-</c>, without variation selectors.</param>
internal sealed class EmojiNames(IReadOnlyDictionary<string, (string Name, string Group)> names)
{
    private const string Joiner = "200d", Selector = "fe0f";
    // Female, male, and the arrow that turns a figure to the right.
    private static readonly string[] _signs = ["2640", "2642", "27a1"];

    private static readonly Dictionary<string, string> _tones = new(StringComparer.Ordinal)
    {
        ["1f3fb"] = "light skin",
        ["1f3fc"] = "medium-light skin",
        ["1f3fd"] = "medium skin",
        ["1f3fe"] = "medium-dark skin",
        ["1f3ff"] = "dark skin",
    };

    // Man and woman are drawn as the person with other hair; so are boy and girl, prince and princess, and so on.
    private static readonly Dictionary<string, string> _neutral = new(StringComparer.Ordinal)
    {
        ["1f468"] = "1f9d1",
        ["1f469"] = "1f9d1",
        ["1f466"] = "1f9d2",
        ["1f467"] = "1f9d2",
        ["1f474"] = "1f9d3",
        ["1f475"] = "1f9d3",
        ["1f934"] = "1fac5",
        ["1f478"] = "1fac5",
        ["1f57a"] = "1f483",
        ["1f936"] = "1f385",
        ["1fac3"] = "1f930",
        ["1fac4"] = "1f930",
    };

    // The same motif with and without joined figures.
    private static readonly Dictionary<string, string> _motifs = new(StringComparer.Ordinal)
    {
        ["1f9d1-200d-1f384"] = "1f385",
        ["1f46b"] = "1f9d1-200d-1f91d-200d-1f9d1",
        ["1f46c"] = "1f9d1-200d-1f91d-200d-1f9d1",
        ["1f46d"] = "1f9d1-200d-1f91d-200d-1f9d1",
        ["1f491"] = "1f9d1-200d-2764-200d-1f9d1",
        ["1f48f"] = "1f9d1-200d-2764-200d-1f48b-200d-1f9d1",
    };

    private static readonly string[] _people = ["man", "woman", "person", "men", "women", "people", "woman and man"];

    // Actions and roles of which there are a dozen emoji and more.
    private static readonly HashSet<string> _actions = new(StringComparer.Ordinal)
    {
        "running", "surfing", "swimming", "lifting weights", "golfing", "rowing boat", "biking", "mountain biking", "walking", "cartwheeling", "juggling",
        "playing handball", "bouncing ball", "playing water polo", "dancing", "climbing", "in lotus position", "bowing", "raising hand", "tipping hand",
        "gesturing NO", "gesturing OK", "facepalming", "shrugging", "getting massage", "getting haircut", "frowning", "pouting", "standing", "feeding baby",
        "in steamy room", "holding hands", "in motorized wheelchair", "in manual wheelchair", "with white cane", "singer", "artist",
    };

    /// <summary>Reads the package's <c>data-by-emoji.json</c>.</summary>
    /// <exception cref="InputException">The file is missing or has another form.</exception>
    public static EmojiNames Load(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new EmojiNames(json.RootElement.EnumerateObject().ToDictionary(
                e => Key(e.Name.EnumerateRunes().Select(r => r.Value.ToString("x"))),
                e => (e.Value.GetProperty("name").GetString() ?? "", e.Value.GetProperty("group").GetString() ?? ""), StringComparer.Ordinal));
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new InputException($"{path}: is not unicode-emoji-json's table ({e.Message}); delete the package from the cache", e);
        }
    }

    /// <summary>Describes an emoji.</summary>
    /// <param name="codePoints">In hexadecimal, joined by <c>-</c>.</param>
    /// <exception cref="InputException">It has no name.</exception>
    public EmojiDescription Describe(string codePoints)
    {
        string[] points = codePoints.Split('-');
        string[] untoned = [.. points.Where(p => !_tones.ContainsKey(p) && p != Selector)];
        if (!names.TryGetValue(Key(untoned), out var found))
            throw new InputException($"emoji {codePoints} has no name in unicode-emoji-json; the packages do not belong together");
        string who = _people.Where(p => found.Name.StartsWith(p + " ", StringComparison.Ordinal)).MaxBy(p => p.Length) ?? "";
        string does = who.Length > 0 ? found.Name[(who.Length + 1)..] : found.Name;
        string tone = string.Join(" and ", points.Where(_tones.ContainsKey).Distinct().Select(p => _tones[p]));
        return new EmojiDescription(found.Name, found.Group, who, _actions.Contains(does) ? does : "", tone, Motif(untoned));
    }

    private static string Motif(string[] points)
    {
        // A sign follows a joiner: both go.
        var kept = points.Index().Where(p => !_signs.Contains(p.Item) && !(p.Item == Joiner && p.Index + 1 < points.Length && _signs.Contains(points[p.Index + 1])));
        string motif = string.Join('-', kept.Select(p => _neutral.GetValueOrDefault(p.Item, p.Item)));
        return _motifs.GetValueOrDefault(motif, motif);
    }

    private static string Key(IEnumerable<string> points) => string.Join('-', points.Where(p => p != Selector));
}
