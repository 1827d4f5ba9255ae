using System.Globalization;
using AniSora.Data;

namespace AniSora.Evaluation.Study;

/// <summary>Takes answers from a table that another copy of the study exported.</summary>
public static class RatingImport
{
    private static readonly string[] _needed = ["rater", "position", "axis", "value"];

    /// <summary>Adds what fits; nothing that is there is changed.</summary>
    /// <param name="study">The study's folder.</param>
    /// <param name="file">Comma-separated: rater, position, axis, value, and where known seconds and answered; other columns are not read.</param>
    /// <returns>How many pages were added, and what was not, in one line each.</returns>
    /// <exception cref="InputException">The table cannot be read, or the study is closed.</exception>
    public static (int Added, IReadOnlyList<string> Problems) Run(string study, string file)
    {
        if (!File.Exists(file))
            throw new InputException($"{file}: no such file; check the path");
        var table = MetadataTable.Read(file, File.ReadAllText(file));
        if (_needed.FirstOrDefault(column => !table.Columns.Contains(column)) is { } missing)
            throw new InputException($"{file}: has no column {missing}; it needs {string.Join(", ", _needed)}");
        using var database = StudyDatabase.Open(study);
        var info = database.Info();
        if (info.Closed is not null)
            throw new InputException($"{study}: the study is closed; import into a copy made before");
        var (problems, answers) = (new List<string>(), new List<ForeignAnswer>());
        foreach (var page in table.Rows.GroupBy(row => (Rater: row.GetValueOrDefault("rater", ""), Position: row.GetValueOrDefault("position", ""))))
        {
            if (Parse(page.Key.Rater, page.Key.Position, [.. page], info) is { } answer)
                answers.Add(answer);
            else
                problems.Add($"{file}: {page.Key.Rater}, position {page.Key.Position}: does not answer each axis ({string.Join(", ", info.Axes.Select(a => a.Key))}) once with a value of the design");
        }
        var outcomes = database.Import(answers);
        foreach (var unknown in answers.Where((_, i) => outcomes[i] is null).GroupBy(a => a.Rater))
            problems.Add($"{file}: rater \"{unknown.Key}\" is not of this study; {unknown.Count()} pages left out");
        foreach (var (answer, outcome) in answers.Zip(outcomes))
        {
            string? why = outcome switch
            {
                AnswerOutcome.Known => "is answered already; the first answer holds",
                AnswerOutcome.OutOfTurn => "is no page of that rater",
                AnswerOutcome.Closed => "came after the study was closed",
                _ => null,
            };
            if (why is not null)
                problems.Add($"{file}: {answer.Rater}, position {answer.Position}: {why}");
        }
        return (outcomes.Count(o => o == AnswerOutcome.Stored), problems);
    }

    private static ForeignAnswer? Parse(string rater, string position, IReadOnlyList<Dictionary<string, string>> rows, StudyInfo study)
    {
        var (least, most) = study.Range;
        var values = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (!int.TryParse(row.GetValueOrDefault("value"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < least || value > most
                || !values.TryAdd(row.GetValueOrDefault("axis", ""), value))
                return null;
        }
        if (!values.Keys.ToHashSet().SetEquals(study.Axes.Select(a => a.Key)) || !int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out int at))
            return null;
        _ = double.TryParse(rows[0].GetValueOrDefault("seconds"), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
        return new(rater, at, values, (long)Math.Clamp(1000 * seconds, 0, int.MaxValue),
            DateTimeOffset.TryParse(rows[0].GetValueOrDefault("answered"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : DateTimeOffset.UtcNow);
    }
}
