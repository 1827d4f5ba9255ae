namespace AniSora.Data;

/// <summary>What a SQL question about an index was answered.</summary>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Rows">Values: text, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or null, one per column.</param>
public sealed record SqlTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows)
{
    /// <summary>A column as numbers; NULL becomes NaN.</summary>
    /// <param name="column">Its name.</param>
    /// <exception cref="InputException">There is no such column, or it holds something else than numbers.</exception>
    public double[] Numbers(string column) => [.. Values(column).Select(value => value switch
    {
        null => double.NaN,
        long whole => whole,
        double number => number,
        _ => throw new InputException($"column \"{column}\" holds \"{value}\", which is no number; read it with Texts, or CAST it"),
    })];

    /// <summary>A column as text; NULL becomes empty.</summary>
    /// <param name="column">Its name.</param>
    /// <exception cref="InputException">There is no such column.</exception>
    public string[] Texts(string column) =>
        [.. Values(column).Select(value => value is null ? "" : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!)];

    private IEnumerable<object?> Values(string column)
    {
        int at = Columns.ToList().IndexOf(column);
        return at >= 0 ? Rows.Select(row => row[at]) : throw new InputException($"no column \"{column}\"; columns are {string.Join(", ", Columns)}");
    }
}
