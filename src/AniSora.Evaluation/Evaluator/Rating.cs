using System.Globalization;
using AniSora.Data;
using AniSora.Data.Tables;

namespace AniSora.Evaluation;

/// <summary>What a rater said of a video on an axis: as <c>anisora study report</c> exports it, or from a table of others with these columns.</summary>
public sealed record Rating : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "ratings";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Who; raters of different files are different people.</summary>
    public required string Rater { get; init; }
    /// <summary>The clip's id.</summary>
    public required string Clip { get; init; }
    /// <summary>What made the video: the name of the set of videos.</summary>
    public required string Model { get; init; }
    /// <summary>One of <see cref="EvaluatorAxis"/>.</summary>
    public required string Axis { get; init; }
    /// <summary>1 (worst) … 5.</summary>
    public required int Value { get; init; }
    /// <summary>Attention checks and repeats are of another kind, and do not count.</summary>
    public string Kind { get; init; } = Counted;
    /// <summary>The model that it was compared with; empty where each video was rated by itself.</summary>
    public string Other { get; init; } = "";
    /// <summary>Whether its rater failed the checks.</summary>
    public bool Excluded { get; init; }

    private const string Counted = "rating";

    /// <summary>Reads what counts of several files.</summary>
    /// <param name="files">Parquet, or comma-separated values.</param>
    /// <exception cref="InputException">A file is missing or damaged, is of pairs, or says something of a video twice.</exception>
    public static IReadOnlyList<Rating> Read(IEnumerable<string> files)
    {
        var ratings = new Dictionary<(string, string, string, string), (Rating Rating, string File)>();
        foreach (string file in files)
        {
            if (!File.Exists(file))
                throw new InputException($"{file}: no such file; `anisora study report` writes ratings.parquet and ratings.csv");
            foreach (var rating in (file.EndsWith(".parquet", StringComparison.Ordinal) ? Table<Rating>.Read(file) : Parse(file)).Where(r => r.Kind == Counted && !r.Excluded))
            {
                rating.Check(file);
                if (!ratings.TryAdd((rating.Rater, rating.Clip, rating.Model, rating.Axis), (rating with { Rater = $"{file}: {rating.Rater}" }, file)))
                    throw new InputException($"{file}: {rating.Rater} rates {rating.Clip} of {rating.Model} on {rating.Axis} a second time (the first is in {ratings[(rating.Rater, rating.Clip, rating.Model, rating.Axis)].File}); leave one out");
            }
        }
        return [.. ratings.Values.Select(r => r.Rating)];
    }

    private void Check(string file)
    {
        string where = $"{file}: {Rater}, {Clip} of {Model}";
        if (Other.Length > 0)
            throw new InputException($"{where}: compares it with {Other}; an evaluator is fitted on ratings of 1 to 5, make a study of those");
        if (EvaluatorAxis.All.All(a => a.Key != Axis))
            throw new InputException($"{where}: axis \"{Axis}\" is unknown; did you mean {Nearest.To(Axis, EvaluatorAxis.All.Select(a => a.Key))}? (known: {string.Join(", ", EvaluatorAxis.All.Select(a => a.Key))})");
        if (Value is < 1 or > 5)
            throw new InputException($"{where}: value {Value} on {Axis}; ratings are 1 to 5");
    }

    private static IEnumerable<Rating> Parse(string file)
    {
        var table = MetadataTable.Read(file, File.ReadAllText(file));
        string[] needed = ["rater", "clip", "model", "axis", "value"];
        if (needed.FirstOrDefault(c => !table.Columns.Contains(c)) is { } missing)
            throw new InputException($"{file}: has no column {missing}; it needs {string.Join(", ", needed)}");
        return table.Rows.Select((row, i) =>
        {
            string Field(string name) => row.TryGetValue(name, out string? text) ? text : throw new InputException($"{file}: row {i + 1} has no {name}; give it one, or take the row out");
            return new Rating
            {
                Rater = Field("rater"),
                Clip = Field("clip"),
                Model = Field("model"),
                Axis = Field("axis"),
                Value = int.TryParse(Field("value"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : throw new InputException($"{file}: row {i + 1} has the value \"{row["value"]}\"; ratings are 1 to 5"),
                Kind = row.GetValueOrDefault("kind", Counted),
                Other = row.GetValueOrDefault("other", ""),
                Excluded = row.GetValueOrDefault("excluded") == "true",
            };
        });
    }
}
