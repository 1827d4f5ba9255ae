using System.Globalization;

namespace AniSora.Data.Pipeline.Reporting;

/// <summary>A candidate with its pictures.</summary>
/// <param name="Facts">All that is known of it, by column of <c>candidates.parquet</c> and <c>selection.parquet</c>.</param>
/// <param name="Frames">T.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Rgb"><c>[T, H, W, 3]</c>, over its background.</param>
/// <param name="Mask"><c>[T, H, W]</c>: the foreground or what moves, 0 … 255.</param>
public sealed record CandidateClip(IReadOnlyDictionary<string, string> Facts, int Frames, int Height, int Width, byte[] Rgb, byte[] Mask)
{
    /// <summary>Reads a clip, kept or not.</summary>
    /// <param name="summary">The data set.</param>
    /// <param name="store">Its frames.</param>
    /// <param name="clip">As for <see cref="DatasetSummary.Describe"/>.</param>
    /// <exception cref="InputException">There is no such clip, or its shard is missing or damaged.</exception>
    public static CandidateClip Read(DatasetSummary summary, FrameStore store, string clip)
    {
        var facts = summary.Describe(clip);
        var row = Row(facts);
        var (rgb, alpha) = store.ReadComposited(row);
        return new CandidateClip(facts, row.Frames, row.Height, row.Width, rgb, alpha);
    }

    private static ClipRow Row(IReadOnlyDictionary<string, string> facts)
    {
        int Int(string column) => int.Parse(facts[column], CultureInfo.InvariantCulture);
        long Long(string column) => long.Parse(facts[column], CultureInfo.InvariantCulture);
        double Double(string column) => double.Parse(facts[column], CultureInfo.InvariantCulture);
        return new ClipRow
        {
            ClipId = facts["clip_id"],
            Source = facts["collection"],
            Licence = facts["licence"],
            Sequence = facts["sequence_id"],
            BaseSequence = facts["identity"],
            Label = facts["label"],
            Direction = facts["direction"],
            Subject = facts["subject"],
            Colour = facts["colour"],
            Caption = facts["caption"],
            Frames = Int("frames"),
            Height = Int("height"),
            Width = Int("width"),
            Fps = Double("fps"),
            MotionScore = Double("motion_score"),
            Split = facts["split"],
            Background = facts["background"],
            Mirrorable = facts["mirrorable"] == "true",
            Shard = facts["shard"],
            Tensor = facts["tensor"],
            Offset = Long("offset"),
            ByteLength = Long("byte_length"),
            FirstFrame = Int("first_frame"),
            FrameStep = Int("frame_step"),
            SequenceFrames = Int("sequence_frames"),
            Checksum = facts["checksum"],
            MaskShard = facts["mask_shard"],
            MaskTensor = facts["mask_tensor"],
        };
    }
}
