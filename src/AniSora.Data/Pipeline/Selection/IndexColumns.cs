namespace AniSora.Data.Pipeline.Selection;

/// <summary>The columns of <c>clips.parquet</c>: what <see cref="ClipIndex"/> reads, then scores and provenance to filter by.</summary>
internal static class IndexColumns
{
    /// <summary>The query that writes the index, sorted so that filters on split, label and motion skip row groups.</summary>
    public static string Select { get; } = $"""
        SELECT c.clip_id, c.collection AS source, c.licence, c.sequence_id AS sequence, c.identity AS base_sequence, c.label, c.direction, c.subject, c.colour,
            c.caption, c.frames, c.height, c.width, c.fps, c.motion_score, v.split, c.background, c.mirrorable, c.shard, c.tensor, c."offset",
            c.byte_length, c.first_frame, c.frame_step, c.sequence_frames, c.checksum, c.mask_shard, c.mask_tensor, c.caption_variants, c.caption_suffix,
            v.weight,
            v.cluster, c.seconds, c.attribution, c.title, c.caption_origin, c.text_cover, c.motion_max, c.camera_motion, c.camera_confidence, c.sharpness, c.contrast,
            c.colourfulness, c.blockiness, c.exposure, c.flicker, c.aesthetic, c.border_share, c.mask_origin, c.mask_cover, c.mask_union_cover
        FROM candidates c JOIN verdicts v USING (clip_id) WHERE v.removed_by = ''
        ORDER BY v.split, c.label, c.clip_id
        """;
}
