using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>What a clip shows, in words.</summary>
/// <param name="ClipId">The clip.</param>
/// <param name="Caption">The canonical caption, without scores.</param>
/// <param name="Variants">JSON array of other wordings of the same facts; <c>[]</c> if there are none.</param>
/// <param name="Suffix">The scores in AniSora's grammar, such as <c>aesthetic score: 4.7. motion score: 2.3. camera motion: tilt up.</c></param>
/// <param name="Origin"><c>own</c> (a person's), <c>template</c>, or the endpoint's model.</param>
public sealed record CaptionRow(string ClipId, string Caption, string Variants, string Suffix, string Origin) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "captions";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
