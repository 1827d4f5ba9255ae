using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>What became of a candidate.</summary>
/// <param name="ClipId">The clip.</param>
/// <param name="RemovedBy">The first rule that it breaks, or empty: it is kept.</param>
/// <param name="DuplicateOf">The sequence that its own nearly equals and that is kept instead, or empty.</param>
/// <param name="Split"><c>train</c> or <c>test</c>; all clips of an identity have one.</param>
/// <param name="Weight">How often it should be drawn, relative to others; 0 for a removed clip.</param>
public sealed record SelectionRow(string ClipId, string RemovedBy, string DuplicateOf, string Split, double Weight) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "selection";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
