using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>The foreground or what moves, of one sequence: one bit a pixel in a mask shard.</summary>
/// <param name="SequenceId">The sequence.</param>
/// <param name="Origin"><c>alpha</c> (exact), <c>flow</c> (what moves once the camera's motion is taken out) or the segmenter's name.</param>
/// <param name="Shard">The shard file, as a path below the data set's folder; empty for <c>alpha</c>, whose frames hold the mask.</param>
/// <param name="Tensor">The tensor in it: uint8 <c>[T, H, W / 8]</c>, most significant bit first, rows padded to whole bytes.</param>
/// <param name="Cover">Mean share of a frame that is inside, 0 … 1.</param>
/// <param name="UnionCover">Share of the picture that is inside in at least one frame, 0 … 1.</param>
public sealed record MaskRow(string SequenceId, string Origin, string Shard, string Tensor, double Cover, double UnionCover) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "masks";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
