namespace AniSora.Data.Pipeline.Captioning;

/// <summary>
/// Small templates over a closed vocabulary, what a caption encoder trained on a few thousand clips can learn. Template 0 is the canonical
/// one, the others are its variants.
/// </summary>
public static class ClosedCaptions
{
    private const int Templates = 4;

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

    /// <summary>The wordings of a clip's caption, the canonical one first.</summary>
    /// <exception cref="InputException">The source's label or direction is not in the vocabulary.</exception>
    public static IReadOnlyList<string> Of(SourceRow source, CandidateRow clip, int variants)
    {
        // What loops goes on, at one pace or another; what happens once has no pace.
        string pace = !source.Loops ? "" : clip.FrameStep * clip.Fps > source.Fps ? "quickly" : "slowly";
        return [.. Enumerable.Range(0, Math.Min(Templates, variants + 1)).Select(template => Compose(source.Subject, source.Colour, source.Label, source.Direction, pace, template))];
    }

    /// <summary>One wording.</summary>
    /// <param name="subject">Who.</param>
    /// <param name="colour">What colour.</param>
    /// <param name="label">The action.</param>
    /// <param name="direction">A compass point.</param>
    /// <param name="pace"><c>slowly</c>, <c>quickly</c> or empty.</param>
    /// <param name="template">0 is the canonical one.</param>
    /// <exception cref="InputException">Label or direction are not in the vocabulary.</exception>
    public static string Compose(string subject, string colour, string label, string direction, string pace, int template)
    {
        if (!_actions.TryGetValue(label, out var action))
            throw new InputException($"label \"{label}\" is unknown; it is one of {string.Join(", ", _actions.Keys)}");
        if (!Compass.Words.TryGetValue(direction, out string? compass))
            throw new InputException($"direction \"{direction}\" is unknown; it is one of {string.Join(", ", Compass.Words.Keys)}");
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
}
