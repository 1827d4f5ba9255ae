using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>What a source is made of.</summary>
public static class SourceKind
{
    /// <summary>A video file that ffmpeg reads; may have several shots.</summary>
    public const string Film = "film";
    /// <summary>An animated WebP or GIF: one shot. (APNG, which ffmpeg reads, is a film.)</summary>
    public const string Animation = "animation";
    /// <summary>Pictures in files of their own, in <see cref="SourceRow.Frames"/>: one shot.</summary>
    public const string Pictures = "pictures";
    /// <summary>Rectangles of one large picture, in <see cref="SourceRow.Frames"/>: one shot.</summary>
    public const string Sheet = "sheet";
}

/// <summary>One film, animation or sprite sequence that may become clips: a row of <c>sources.parquet</c>.</summary>
/// <param name="SourceId">Unique in the data set: collection and name, or the path below the folder given; with <c>/</c>.</param>
/// <param name="WorkShard">Which unit of work it belongs to, from 0.</param>
/// <param name="Collection">The collection's name, such as <c>fluent-emoji</c>; <c>folder</c> for a user's own files.</param>
/// <param name="Kind">One of <see cref="SourceKind"/>.</param>
/// <param name="Path">The file (sheet: the large picture; pictures: the folder), absolute.</param>
/// <param name="Frames">Pictures: JSON array of file names below <paramref name="Path"/>. Sheet: JSON array of
/// <c>[x, y, width, height, offset_x, offset_y]</c>. Otherwise empty.</param>
/// <param name="Bytes">Size of the file or of all pictures: changes when the source does.</param>
/// <param name="Licence">SPDX expression, or <c>unknown</c>.</param>
/// <param name="Attribution">Who made it and where it comes from, in words.</param>
/// <param name="Identity">Sources that show the same thing (recoloured, other tone, other encoding) share it: splits go by identity.</param>
/// <param name="Title">What it is called, in words; captions are made from it. May be empty.</param>
/// <param name="Label">The action, such as <c>running</c>; empty if unknown.</param>
/// <param name="Subject">Who or what, such as <c>footballer</c>; may be empty.</param>
/// <param name="Colour">In words; may be empty.</param>
/// <param name="Direction">Compass point on the screen (<c>n</c> is up, <c>e</c> is right); may be empty.</param>
/// <param name="Fps">Frames per second where the files do not say; 0 if they do.</param>
/// <param name="Loops">The last frame is followed by the first.</param>
/// <param name="Mirrorable">The mirror image is a true picture of the same world.</param>
/// <param name="Caption">What a person wrote of it, taken as it is; empty: made from the facts above, or by a vision model.</param>
public sealed record SourceRow(
    string SourceId, int WorkShard, string Collection, string Kind, string Path, string Frames, long Bytes, string Licence, string Attribution,
    string Identity, string Title, string Label, string Subject, string Colour, string Direction, double Fps, bool Loops, bool Mirrorable, string Caption = "") : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "sources";
    /// <inheritdoc/>
    public static int SchemaVersion => 2;
}
