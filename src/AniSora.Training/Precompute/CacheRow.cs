using AniSora.Data.Tables;

namespace AniSora.Training.Precompute;

/// <summary>A tensor that was computed ahead of training: a row of a cache's table.</summary>
/// <param name="Key">What it was computed from: a clip_id, or a caption.</param>
/// <param name="Checksum">The clip's checksum and background; empty for captions, which are their own.</param>
/// <param name="Shard">The safetensors file, beside the table.</param>
/// <param name="Tensor">The tensor in it.</param>
public sealed record CacheRow(string Key, string Checksum, string Shard, string Tensor) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "cache";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
