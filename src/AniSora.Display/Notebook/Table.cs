using System.Globalization;

namespace AniSora.Display.Notebook;

/// <summary>Rows under named columns, of which a given number is shown.</summary>
/// <param name="Columns">Names.</param>
/// <param name="Rows">Values, one per column; numbers stand to the right.</param>
public sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows) : IDisplayable
{
    private const string Cell = "padding:4px 14px 4px 0;border:0;border-bottom:1px solid rgba(128,128,128,.25);background:none;";

    /// <summary>How many rows are shown; the line below says how many there are.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>A line above it.</summary>
    public string? Caption { get; init; }

    /// <summary>How numbers are written, as a .NET format.</summary>
    public string NumberFormat { get; init; } = "0.####";

    /// <summary>A column per public property or field of the rows.</summary>
    /// <typeparam name="T">A record, tuple or class.</typeparam>
    /// <param name="rows">All rows; they are read once.</param>
    public static Table Of<T>(IEnumerable<T> rows)
        where T : notnull
    {
        var columns = Column.Of(typeof(T));
        return new Table([.. columns.Select(c => c.Name)], [.. rows.Select(row => (IReadOnlyList<object?>)[.. columns.Select(c => c.Value(row))])]);
    }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        foreach (var row in Rows)
        {
            if (row.Count != Columns.Count)
                throw new ArgumentException($"a row has {row.Count} values and the table {Columns.Count} columns; give as many");
        }
        var head = Columns.Select((name, c) => Html.Of($"""<th style="{Cell}{Side(c)}font-weight:500;opacity:.7">{name}</th>"""));
        var body = Rows.Take(Limit).Select(row => Html.Of($"""<tr style="background:none">{row.Select((value, c) => Html.Of($"""<td style="{Cell}{Side(c)}">{Content(value)}</td>"""))}</tr>"""));
        var caption = Caption is null ? Html.Empty : Html.Of($"""<p style="margin:0 0 6px;font-weight:600">{Caption}</p>""");
        var note = Rows.Count <= Limit ? Html.Empty : Html.Of($"""<p style="margin:6px 0 0;opacity:.7;font-size:13px">{Limit} of {Rows.Count} rows</p>""");
        return Formatters.TextAndHtml(Text(), Html.Of($"""
            <div style="margin:4px 0 8px;overflow-x:auto">{caption}<table style="border-collapse:collapse;border:0;font-size:13px;font-variant-numeric:tabular-nums;margin:0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}</div>
            """));
    }

    private string Side(int column) => Rows.Count > 0 && Rows.Take(Limit).All(row => row[column] is null || IsNumber(row[column]!)) ? "text-align:right;" : "text-align:left;";

    private Html Content(object? value) => value as Html ?? Html.Text(Written(value));

    private string Written(object? value) => value switch
    {
        null => "",
        string text => text,
        float or double or decimal => ((IFormattable)value).ToString(NumberFormat, CultureInfo.InvariantCulture),
        _ => TextForm.Of(value),
    };

    private string Text()
    {
        var lines = new List<string[]> { Columns.ToArray() };
        lines.AddRange(Rows.Take(Limit).Select(row => row.Select(value => value is Html ? "(HTML)" : Written(value)).ToArray()));
        int[] widths = [.. Columns.Select((_, c) => lines.Max(line => line[c].Length))];
        var text = lines.Select(line => string.Join("  ", line.Select((value, c) => value.PadRight(widths[c]))).TrimEnd());
        return string.Join('\n', Rows.Count > Limit ? text.Append($"({Limit} of {Rows.Count} rows)") : text);
    }

    private static bool IsNumber(object value) => value is sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal;
}
