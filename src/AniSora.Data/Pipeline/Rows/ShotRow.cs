using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>How one shot became the next.</summary>
public static class TransitionKind
{
    /// <summary>The film's beginning.</summary>
    public const string Start = "start";
    /// <summary>From one frame to the next.</summary>
    public const string Cut = "cut";
    /// <summary>One picture fades into the other.</summary>
    public const string Dissolve = "dissolve";
    /// <summary>Through one colour, mostly black.</summary>
    public const string Fade = "fade";
    /// <summary>The new picture replaces the old one piece by piece.</summary>
    public const string Wipe = "wipe";
}

/// <summary>One shot of a source. Frames of transitions belong to no shot.</summary>
/// <param name="SourceId">The source.</param>
/// <param name="Shot">Its number in the source, from 0.</param>
/// <param name="FirstFrame">Its first frame in the source.</param>
/// <param name="Frames">How many frames it has.</param>
/// <param name="Transition">How it begins, one of <see cref="TransitionKind"/>.</param>
/// <param name="TransitionFirstFrame">Where that transition begins in the source; equal to <paramref name="FirstFrame"/> for a cut.</param>
/// <param name="Confidence">How sure the detector is of that transition, 0 … 1; 1 for the start.</param>
/// <param name="CropX">Left edge of the picture inside black borders, in source pixels.</param>
/// <param name="CropY">Upper edge.</param>
/// <param name="CropWidth">Width of the picture inside the borders; the whole frame's where there are none.</param>
/// <param name="CropHeight">Height.</param>
/// <param name="BorderShare">Share of the frame that is border, 0 … 1.</param>
public sealed record ShotRow(
    string SourceId, int Shot, int FirstFrame, int Frames, string Transition, int TransitionFirstFrame, double Confidence, int CropX, int CropY,
    int CropWidth, int CropHeight, double BorderShare) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "shots";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
