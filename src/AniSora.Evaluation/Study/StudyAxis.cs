namespace AniSora.Evaluation.Study;

/// <summary>One thing that raters judge: an axis of AniSora's double-blind test.</summary>
/// <param name="Key">In tables and forms.</param>
/// <param name="Name">The published name.</param>
/// <param name="Question">What is asked.</param>
/// <param name="Worst">What a 1 means.</param>
/// <param name="Best">What a 5 means.</param>
public sealed record StudyAxis(string Key, string Name, string Question, string Worst, string Best)
{
    /// <summary>How well the video fits the given picture: asked only where there is one.</summary>
    public const string Image = "image";

    /// <summary>How well the video fits its prompt: asked only where there is one.</summary>
    public const string Text = "text";

    /// <summary>The six axes, in the order of the published radar chart.</summary>
    public static IReadOnlyList<StudyAxis> All { get; } =
    [
        new("quality", "Quality", "How good do the pictures look?", "broken, smeared, flickering", "clean in every frame"),
        new(Image, "Image alignment", "How well does it keep to the given picture?", "another picture", "the given one come alive"),
        new("smoothness", "Smoothness", "How smoothly does it run?", "jumps, stutters, freezes", "flows without a hitch"),
        new("motion", "Motion", "How rich and right is the movement?", "still or senseless", "lively, and it makes sense"),
        new(Text, "Text alignment", "How well does it show what the text says?", "nothing of it", "all of it"),
        new("character", "Character consistency", "How well do the characters stay themselves?", "they turn into others", "the same throughout"),
    ];

    /// <summary>The axes of a list of keys.</summary>
    /// <param name="keys">Separated by commas.</param>
    internal static IReadOnlyList<StudyAxis> Parse(string keys) => [.. keys.Split(',').Select(key => All.Single(axis => axis.Key == key))];
}
