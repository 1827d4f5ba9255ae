namespace AniSora.Display.Notebook;

/// <summary>A clip among <see cref="Clips"/>, with what is drawn over it.</summary>
/// <param name="Video">The frames; all clips of a group have equally many.</param>
/// <param name="Title">A few words below it.</param>
public sealed record ClipView(VideoFrames Video, string Title)
{
    /// <summary>Whose pictures these are; gives the border its colour.</summary>
    public ClipRole Role { get; init; } = ClipRole.Real;

    /// <summary>A second line, such as a score.</summary>
    public string? Note { get; init; }

    /// <summary>What a person who cannot see it should know; the title when null.</summary>
    public string? Alt { get; init; }

    /// <summary>Shown larger than its neighbours.</summary>
    public bool Large { get; init; }

    /// <summary>Places to tint, uint8 <c>[T, H, W]</c>: every value but 0. For the project's space-time mask (1 = given) that is what was given.</summary>
    public byte[]? Mask { get; init; }

    /// <summary>Movement to the next frame, float <c>[T-1, H, W, 2]</c>: dx, dy in pixels. Drawn as arrows.</summary>
    public float[]? Flow { get; init; }

    /// <summary>Another video of the same size behind this one, uncovered by a slider.</summary>
    public VideoFrames? Against { get; init; }

    /// <summary>Names <see cref="Against"/>.</summary>
    public string AgainstTitle { get; init; } = "B";

    internal void Check(int frames)
    {
        if (Video.Frames != frames)
            throw new ArgumentException($"the clip \"{Title}\" has {Video.Frames} frames, the first clip has {frames}; clips under one clock are equally long");
        int places = Video.Frames * Video.Height * Video.Width;
        if (Mask is not null && Mask.Length != places)
            throw new ArgumentException($"the mask of \"{Title}\" has {Mask.Length} values; this clip has {Size(Video)} = {places}");
        int vectors = (Video.Frames - 1) * Video.Height * Video.Width * 2;
        if (Flow is not null && Flow.Length != vectors)
            throw new ArgumentException($"the flow of \"{Title}\" has {Flow.Length} values; this clip needs {Video.Frames - 1}×{Video.Height}×{Video.Width}×2 = {vectors}");
        if (Against is { } other && Size(other) != Size(Video))
            throw new ArgumentException($"\"{Title}\" is {Size(Video)} and \"{AgainstTitle}\" is {Size(other)}; videos to wipe between have one size");
    }

    private static string Size(VideoFrames video) => $"{video.Frames}×{video.Height}×{video.Width}";
}
