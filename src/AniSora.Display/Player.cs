namespace AniSora.Display;

/// <summary>Whose pictures a tile shows; the page gives each role one colour, everywhere.</summary>
public enum ClipRole
{
    /// <summary>Drawn by people: real clips.</summary>
    Real,

    /// <summary>Made by the model.</summary>
    Model,

    /// <summary>What the model was given, the rest transparent.</summary>
    Given,

    /// <summary>Made by a rule to compare with.</summary>
    Baseline,
}

/// <summary>One video of a group.</summary>
/// <param name="Video">The frames; all videos of a group have equally many.</param>
/// <param name="Title">A few words above or below it.</param>
/// <param name="Role">Whose pictures these are.</param>
/// <param name="Alt">What a person who cannot see it should know.</param>
public sealed record ClipTile(VideoFrames Video, string Title, ClipRole Role, string Alt)
{
    /// <summary>A second line, such as a score.</summary>
    public string? Note { get; init; }

    /// <summary>Shown larger than its neighbours.</summary>
    public bool Large { get; init; }
}

/// <summary>
/// A group of clips under one clock, with play, speed and a bar to scrub. <see cref="HtmlPage.Player"/> wraps any
/// arrangement of tiles and strips made with <see cref="HtmlPage.Tile"/> and <see cref="HtmlPage.Strip"/>.
/// </summary>
/// <param name="Label">Names the group to a screen reader.</param>
/// <param name="Frames">T of every clip inside.</param>
public sealed record PlayerOptions(string Label, int Frames)
{
    /// <summary>Pictures per second at normal speed.</summary>
    public double FramesPerSecond { get; init; } = 10;

    /// <summary>Which frames were given whole to the model (length T); tiles made by the model change their frame there.</summary>
    public IReadOnlyList<bool>? GivenFrames { get; init; }

    /// <summary>A class for the page's style sheet.</summary>
    public string? Class { get; init; }

    /// <summary>Buttons for one frame back and forth.</summary>
    public bool Steps { get; init; }

    /// <summary>More controls, at the end of the row.</summary>
    public Html? Tools { get; init; }
}
