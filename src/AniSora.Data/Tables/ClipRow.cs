using AniSora.Data.Tables;

namespace AniSora.Data;

/// <summary>
/// One clip: a row of the index. Its frame i is frame <c>(FirstFrame + i·FrameStep) mod SequenceFrames</c> of the sequence tensor, so that
/// many clips share stored frames. The columns are described in <c>docs/data-format.md</c>.
/// </summary>
public sealed record ClipRow : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "clips";
    /// <inheritdoc/>
    public static int SchemaVersion => 2;

    /// <summary>The clip's name, unique in the index: sequence, first frame and step.</summary>
    public required string ClipId { get; init; }
    /// <summary>The package the pictures come from, with its version.</summary>
    public required string Source { get; init; }
    /// <summary>The pictures' licence, an SPDX expression.</summary>
    public required string Licence { get; init; }
    /// <summary>The sequence's name, such as <c>tuxfootball/team2/running/se</c>.</summary>
    public required string Sequence { get; init; }
    /// <summary>The sequence's name without its colour: what splits go by.</summary>
    public required string BaseSequence { get; init; }
    /// <summary>The action, such as <c>running</c>.</summary>
    public required string Label { get; init; }
    /// <summary>Where the figure goes or looks on the screen, a compass point: <c>n</c> is up, <c>e</c> is right.</summary>
    public string Direction { get; init; } = "";
    /// <summary>Who: <c>footballer</c>, <c>goalkeeper</c> or <c>penguin</c>.</summary>
    public string Subject { get; init; } = "";
    /// <summary>The figure's colour in words.</summary>
    public string Colour { get; init; } = "";
    /// <summary>The canonical caption.</summary>
    public required string Caption { get; init; }
    /// <summary>T.</summary>
    public required int Frames { get; init; }
    /// <summary>H in pixels.</summary>
    public required int Height { get; init; }
    /// <summary>W in pixels.</summary>
    public required int Width { get; init; }
    /// <summary>Frames per second at which the clip is meant to be shown.</summary>
    public required double Fps { get; init; }
    /// <summary>Mean optical flow in pixels per frame interval at 480 pixels height (<see cref="Kernels.MotionScore"/>).</summary>
    public required double MotionScore { get; init; }
    /// <summary><c>train</c> or <c>test</c>.</summary>
    public required string Split { get; init; }
    /// <summary>The background for deterministic use, as <see cref="BackgroundSpec"/> writes it.</summary>
    public required string Background { get; init; }
    /// <summary>Whether the mirror image is a true picture of the same world, with east and west exchanged.</summary>
    public required bool Mirrorable { get; init; }
    /// <summary>The shard, a path below the index's folder.</summary>
    public required string Shard { get; init; }
    /// <summary>The sequence's tensor in the shard: uint8 <c>[SequenceFrames, H, W, 4]</c>, straight alpha.</summary>
    public required string Tensor { get; init; }
    /// <summary>The tensor's first byte, counted from the start of the shard file.</summary>
    public required long Offset { get; init; }
    /// <summary>The tensor's length in bytes.</summary>
    public required long ByteLength { get; init; }
    /// <summary>The sequence's frame that is the clip's frame 0.</summary>
    public required int FirstFrame { get; init; }
    /// <summary>Sequence frames per clip frame.</summary>
    public required int FrameStep { get; init; }
    /// <summary>The number of frames in the sequence tensor.</summary>
    public required int SequenceFrames { get; init; }
    /// <summary>SHA-256 of the clip's bytes <c>[T, H, W, 4]</c>, in lower-case hexadecimal.</summary>
    public required string Checksum { get; init; }
    /// <summary>
    /// The shard with the mask of what is foreground or moves, a path below the index's folder; empty where the frames' own alpha says it.
    /// </summary>
    public string MaskShard { get; init; } = "";
    /// <summary>The mask's tensor: uint8 <c>[SequenceFrames, H, ⌈W / 8⌉]</c>, one bit a pixel, most significant first.</summary>
    public string MaskTensor { get; init; } = "";
    /// <summary>JSON array of other wordings of <see cref="Caption"/>.</summary>
    public string CaptionVariants { get; init; } = "[]";
    /// <summary>The clip's scores in AniSora's caption grammar, to be put behind a caption; may be empty.</summary>
    public string CaptionSuffix { get; init; } = "";
    /// <summary>How often the clip should be drawn, relative to others.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The clip's bytes: T·H·W·4.</summary>
    public int ClipBytes => checked(Frames * Height * Width * 4);

    /// <summary>The sequence frame of clip frame <paramref name="t"/>.</summary>
    public int SequenceFrame(int t) => (FirstFrame + t * FrameStep) % SequenceFrames;
}
