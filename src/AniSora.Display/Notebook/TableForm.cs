using System.Collections;
using System.Globalization;

namespace AniSora.Display.Notebook;

/// <summary>Collections, dictionaries and records as HTML tables, cut to what a person reads.</summary>
internal static class TableForm
{
    private const int MaximumRows = 50, MaximumColumns = 30, MaximumCell = 200;

    /// <summary>The table of a value, or null when a line of text says it better.</summary>
    public static Html? Of(object value)
    {
        switch (value)
        {
            case string or Type or Exception or Delegate or Enum or Task:
                return null;
            case Array { Rank: 2 } matrix:
                return OfMatrix(matrix);
            case IDictionary dictionary:
                return OfRows(["key", "value"], TextForm.EntriesOf(dictionary).Select(entry => new[] { entry.Key, entry.Value }), dictionary.Count, "entries");
            case IEnumerable items:
                return OfItems(items);
        }
        var type = value.GetType();
        if (type.IsPrimitive || value is IFormattable || type.FullName?.StartsWith("System.", StringComparison.Ordinal) == true)
            return null;
        // A class that wrote its own text knows best; a record's text was written by the compiler.
        if (TextForm.HasOwnText(type) && !TextForm.IsAnonymous(type) && !IsRecord(type))
            return null;
        var columns = Column.Of(type);
        return columns.Count == 0 ? null : OfRows(["", TextForm.NameOf(type)], columns.Select(c => new[] { c.Name, c.Value(value) }), columns.Count, "members");
    }

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null || (type.IsValueType
        && type.GetMethod("PrintMembers", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance) is not null);

    private static Html? OfItems(IEnumerable items)
    {
        // One more than is shown says whether there are more, also of an endless sequence.
        var rows = items.Cast<object?>().Take(MaximumRows + 1).ToList();
        if (rows.Count == 0 || rows.Exists(row => row is null))
            return null;
        int? count = items is ICollection collection ? collection.Count : rows.Count <= MaximumRows ? rows.Count : null;
        if (rows.TrueForAll(row => row is IDictionary))
        {
            var names = rows.Cast<IDictionary>().SelectMany(row => row.Keys.Cast<object>()).Distinct().ToList();
            return OfRows([.. names.Select(n => n.ToString() ?? "")], rows.Cast<IDictionary>().Select(row => names.Select(n => row[n]).ToArray()), count, "rows");
        }
        var type = rows[0]!.GetType();
        if (!rows.TrueForAll(row => row!.GetType() == type) || !HasColumns(type))
            return null;
        var columns = Column.Of(type);
        return OfRows([.. columns.Select(c => c.Name)], rows.Select(row => columns.Take(MaximumColumns).Select(c => c.Value(row!)).ToArray()), count, "rows");
    }

    private static bool HasColumns(Type type) =>
        !type.IsPrimitive && !type.IsEnum && !typeof(IEnumerable).IsAssignableFrom(type) && !typeof(IDisplayable).IsAssignableFrom(type)
        && (IsTuple(type) || IsRecord(type) || TextForm.IsAnonymous(type) || !TextForm.HasOwnText(type)) && !typeof(Delegate).IsAssignableFrom(type)
        && Column.Of(type).Count > 0;

    private static bool IsTuple(Type type) =>
        typeof(System.Runtime.CompilerServices.ITuple).IsAssignableFrom(type)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));

    private static Html OfMatrix(Array matrix)
    {
        int rows = matrix.GetLength(0), columns = matrix.GetLength(1);
        (int firstRow, int firstColumn) = (matrix.GetLowerBound(0), matrix.GetLowerBound(1));
        int shown = Math.Min(columns, MaximumColumns);
        return OfRows(
            [.. Enumerable.Range(0, columns).Select(c => c.ToString(CultureInfo.InvariantCulture))],
            Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, shown).Select(c => matrix.GetValue(firstRow + r, firstColumn + c)).ToArray()), rows, "rows");
    }

    private static Html OfRows(IReadOnlyList<string> columns, IEnumerable<object?[]> rows, int? count, string unit)
    {
        var shown = rows.Take(MaximumRows).ToList();
        var head = columns.Take(MaximumColumns).Select(name => Html.Of($"<th>{name}</th>"));
        var body = shown.Select(row => Html.Of($"<tr>{row.Take(MaximumColumns).Select(Cell)}</tr>"));
        return Html.Of($"<table class=\"dataframe\"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{Note(columns.Count, shown.Count, count, unit)}");
    }

    private static Html Cell(object? value)
    {
        if (value is Html html)
            return Html.Of($"<td>{html}</td>");
        string text = value is string s ? s : TextForm.Of(value);
        return Html.Of($"<td>{(text.Length <= MaximumCell ? text : text[..MaximumCell] + "…")}</td>");
    }

    private static Html Note(int columns, int shown, int? count, string unit)
    {
        var notes = new List<string>();
        if (count is null)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"the first {shown} {unit}, there are more"));
        else if (count > shown)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"the first {shown} of {count} {unit}"));
        if (columns > MaximumColumns)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"the first {MaximumColumns} of {columns} columns"));
        return notes.Count == 0 ? Html.Empty : Html.Of($"<p><i>{string.Join("; ", notes)}</i></p>");
    }
}
