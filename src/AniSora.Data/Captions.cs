using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>
/// Captions from small templates over a closed vocabulary: what a caption encoder trained on a few thousand clips can learn. Template 0 is
/// the canonical one, stored in the index.
/// </summary>
public static class Captions
{
    private const int Templates = 4;

    private static readonly Dictionary<string, string> _directions = new(StringComparer.Ordinal)
    {
        ["n"] = "north",
        ["ne"] = "north-east",
        ["e"] = "east",
        ["se"] = "south-east",
        ["s"] = "south",
        ["sw"] = "south-west",
        ["w"] = "west",
        ["nw"] = "north-west",
    };

    // Per action: "he …", "he is …", and how the direction is attached.
    private static readonly Dictionary<string, (string Does, string Doing, string Towards)> _actions = new(StringComparer.Ordinal)
    {
        ["running"] = ("runs", "running", "to the"),
        ["walking"] = ("walks", "walking", "to the"),
        ["tackling"] = ("makes a sliding tackle", "tackling", "to the"),
        ["header"] = ("dives for a header", "diving", "to the"),
        ["aiming"] = ("turns a lever", "aiming", "to the"),
        ["waiting"] = ("waits", "waiting", "facing"),
        ["losing"] = ("falls over and cries", "losing", "facing"),
        ["winning"] = ("jumps for joy", "winning", "facing"),
    };

    /// <summary>The actions a caption can name: the index's labels.</summary>
    public static IReadOnlyCollection<string> Labels => _actions.Keys;

    /// <summary>Every word that a caption can hold, sorted.</summary>
    public static IReadOnlyList<string> Vocabulary { get; } = BuildVocabulary();

    /// <summary>The words of a caption or prompt, in lower case; punctuation separates, a hyphen does not.</summary>
    public static string[] Words(string caption) =>
        caption.ToLowerInvariant().Split([' ', ',', '.', ';', ':', '!', '?', '\t', '\n', '\r', '"'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The caption of a clip.</summary>
    /// <param name="clip">Its subject, colour, label, direction and pace are used.</param>
    /// <param name="template">0 = canonical, 1 … 3 other wordings.</param>
    /// <param name="mirrored">Describe the mirror image: east and west exchanged.</param>
    public static string Of(ClipRow clip, int template = 0, bool mirrored = false) =>
        Compose(clip.Subject, clip.Colour, clip.Label, mirrored ? Mirror(clip.Direction) : clip.Direction, clip.Pace, template);

    /// <summary>A wording drawn at random.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="random">The random stream, advanced by one number.</param>
    /// <param name="mirrored">Describe the mirror image.</param>
    public static string Draw(ClipRow clip, ref SplitMix random, bool mirrored = false) => Of(clip, random.Next(Templates), mirrored);

    /// <summary>A direction with east and west exchanged.</summary>
    public static string Mirror(string direction) => direction.Replace('e', '?').Replace('w', 'e').Replace('?', 'w');

    internal static string Compose(string subject, string colour, string label, string direction, string pace, int template)
    {
        if (!_actions.TryGetValue(label, out var action))
            throw new InputException($"label \"{label}\" is unknown; it is one of {string.Join(", ", _actions.Keys)}");
        if (!_directions.TryGetValue(direction, out string? compass))
            throw new InputException($"direction \"{direction}\" is unknown; it is one of {string.Join(", ", _directions.Keys)}");
        string how = pace.Length == 0 ? "" : " " + pace;
        string dress = subject == "penguin" ? $"{colour} penguin" : $"{subject} in a {colour} shirt";
        return template switch
        {
            0 => $"a {dress} {action.Does}{how} {action.Towards} {compass}",
            1 => $"a {colour} {subject} {action.Doing}{how} {action.Towards} {compass}",
            2 => $"the {dress} is {action.Doing}{how}, facing {compass}",
            3 => $"{colour} {subject}, {action.Doing}{(pace.Length == 0 ? "" : ", " + pace)}, {compass}",
            _ => throw new ArgumentOutOfRangeException(nameof(template), template, $"templates are 0 … {Templates - 1}"),
        };
    }

    private static string[] BuildVocabulary()
    {
        var words = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (subject, colour) in DemoCatalogue.Figures)
        {
            foreach (string label in _actions.Keys)
            {
                foreach (string direction in _directions.Keys)
                {
                    foreach (string pace in new[] { "", "slowly", "quickly" })
                    {
                        for (int template = 0; template < Templates; template++)
                            words.UnionWith(Words(Compose(subject, colour, label, direction, pace, template)));
                    }
                }
            }
        }

        return [.. words];
    }
}
