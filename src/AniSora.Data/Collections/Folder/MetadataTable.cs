using System.Text.Json;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data;

/// <summary>A table that describes the files of a folder: comma-separated values, or a JSON object a line.</summary>
/// <param name="Columns">All columns or fields that occur.</param>
/// <param name="Rows">The rows in order; values that are empty or null are left out.</param>
public sealed record MetadataTable(IReadOnlyList<string> Columns, IReadOnlyList<Dictionary<string, string>> Rows)
{
    /// <summary>File names of such tables.</summary>
    public static readonly string[] Names = ["metadata.csv", "metadata.jsonl", "sources.csv"];

    /// <summary>Reads a table.</summary>
    /// <param name="file">For errors; its ending says what it is.</param>
    /// <param name="text">What is in it.</param>
    /// <exception cref="InputException">It is no such table; the message says where.</exception>
    public static MetadataTable Read(string file, string text) => file.EndsWith(".jsonl", StringComparison.Ordinal) ? JsonLines(file, text) : Csv(file, text);

    /// <summary>The fields of a JSON object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="where">For errors.</param>
    /// <exception cref="InputException">A field is neither a text, a number, true nor false.</exception>
    public static Dictionary<string, string> Fields(JsonElement json, string where) => json.EnumerateObject()
        .Select(field => (field.Name, Value: field.Value.ValueKind switch
        {
            JsonValueKind.String => field.Value.GetString()!,
            JsonValueKind.Null => "",
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => field.Value.GetRawText(),
            _ => throw new InputException($"{where}: field \"{field.Name}\" should be a text, a number, true or false"),
        }))
        .Where(field => field.Value.Length > 0).ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);

    private static MetadataTable JsonLines(string file, string text)
    {
        var rows = new List<Dictionary<string, string>>();
        int number = 0;
        foreach (var line in text.EnumerateLines())
        {
            number++;
            if (line.IsWhiteSpace())
                continue;
            try
            {
                using var json = JsonDocument.Parse(line.ToString());
                rows.Add(Fields(json.RootElement, $"{file}: line {number}"));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
            {
                throw new InputException($"{file}: line {number} is no JSON object that describes a source ({e.Message.Split('\n')[0]})", e);
            }
        }
        return new([.. rows.SelectMany(row => row.Keys).Distinct()], rows);
    }

    private static MetadataTable Csv(string file, string text)
    {
        // DuckDB takes names for patterns, so it gets the content under a name of our own.
        string copy = Path.GetTempFileName();
        try
        {
            File.WriteAllText(copy, text);
            using var database = Database.Open();
            using var rows = database.Query($"SELECT * FROM read_csv({Database.Literal(copy)}, header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true)");
            string[] columns = [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];
            var read = new List<Dictionary<string, string>>();
            while (rows.Read())
            {
                read.Add(Enumerable.Range(0, columns.Length).Where(i => !rows.IsDBNull(i) && rows.GetString(i).Length > 0)
                    .ToDictionary(i => columns[i], i => rows.GetString(i), StringComparer.Ordinal));
            }
            return new(columns, read);
        }
        catch (DuckDBException e)
        {
            throw new InputException($"{file}: is no table of comma-separated values ({e.FirstLine()})", e);
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
