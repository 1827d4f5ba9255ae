using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>A clip that may enter the training set: a window of a sequence.</summary>
/// <param name="ClipId">Unique: sequence, first frame, step and number of frames.</param>
/// <param name="SequenceId">The sequence.</param>
/// <param name="SourceId">The source.</param>
/// <param name="FirstFrame">The sequence's frame that is the clip's frame 0.</param>
/// <param name="FrameStep">Sequence frames per clip frame.</param>
/// <param name="Frames">T, of the form 4k+1.</param>
/// <param name="Fps">Frames per second of the clip: the sequence's divided by the step.</param>
/// <param name="Seconds">(T - 1) / Fps: the time between the first and the last frame.</param>
/// <param name="Background">For deterministic use of transparent clips, as <see cref="BackgroundSpec"/> writes it.</param>
/// <param name="Checksum">SHA-256 of the clip's bytes <c>[T, H, W, 4]</c>, hexadecimal.</param>
public sealed record CandidateRow(
    string ClipId, string SequenceId, string SourceId, int FirstFrame, int FrameStep, int Frames, double Fps, double Seconds, string Background, string Checksum) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "candidates";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
