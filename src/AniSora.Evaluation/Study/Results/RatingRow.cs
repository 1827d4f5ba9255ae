using System.Globalization;
using System.Text;
using AniSora.Data.Tables;

namespace AniSora.Evaluation.Study;

/// <summary>One answer on one axis, as it leaves the program; <c>docs/study.md</c> says what the columns mean.</summary>
public sealed record RatingRow(
    string Rater, int Position, string Kind, string Clip, string Model, string Other, string Axis, int Value, double Seconds, string Answered, bool Excluded) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "ratings";

    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Writes all answers of a study as Parquet and as comma-separated values.</summary>
    /// <param name="results">The study.</param>
    /// <param name="withoutEnding">Where to, less <c>.parquet</c> and <c>.csv</c>.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    internal static void Export(StudyResults results, string withoutEnding)
    {
        RatingRow[] rows = [.. results.Judgements.Select(j => new RatingRow(
            j.Rater, j.Position, j.Kind.ToString().ToLowerInvariant(), j.Clip, j.Model, j.Other, j.Axis, j.Value, j.Seconds, j.Answered.ToString("O", CultureInfo.InvariantCulture), results.Excluded.Contains(j.Rater)))];
        Table<RatingRow>.Write(withoutEnding + ".parquet", rows, results.Study.Title);
        var text = new StringBuilder().AppendJoin(',', Table<RatingRow>.Columns.Select(c => c.Name)).Append('\n');
        foreach (var r in rows)
        {
            text.AppendJoin(',', r.Rater, r.Position.ToString(CultureInfo.InvariantCulture), r.Kind, Quoted(r.Clip), Quoted(r.Model), Quoted(r.Other), r.Axis,
                r.Value.ToString(CultureInfo.InvariantCulture), r.Seconds.ToString(CultureInfo.InvariantCulture), r.Answered, r.Excluded ? "true" : "false").Append('\n');
        }
        AtomicFile.WriteText(withoutEnding + ".csv", text.ToString());
    }

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
