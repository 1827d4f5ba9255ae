using System.Globalization;
using System.Text.Json;
using AniSora.Data.Tables;
using DuckDB.NET.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>
/// What a person says of their own footage: <c>metadata.csv</c> or <c>sources.csv</c> in a folder (a column <c>path</c>, and any of
/// <see cref="Fields"/>), or <c>FILE.json</c> beside a file (one object with any of those). Empty values say nothing.
/// </summary>
internal sealed class SourceMetadata
{
    /// <summary>File names that are tables of metadata.</summary>
    public static readonly string[] TableNames = ["metadata.csv", "sources.csv"];

    /// <summary>What can be said of a source.</summary>
    public static readonly string[] Fields = ["title", "label", "subject", "colour", "direction", "licence", "attribution", "identity", "fps", "loops", "mirrorable"];

    private const double FastestFps = 240;
    private static readonly string[] _directions = ["", "n", "ne", "e", "se", "s", "sw", "w", "nw"];

    // By path below the listing's root: the fields, where they were said, and whether a source was found for them.
    private readonly Dictionary<string, (Dictionary<string, string> Values, string Origin, bool Used)> _said = new(StringComparer.Ordinal);

    /// <summary>Rows of tables that no source was found for, in words.</summary>
    public IEnumerable<string> Unused => _said.Where(s => !s.Value.Used).Select(s => $"{s.Value.Origin}: there is no source \"{s.Key}\"").Order(StringComparer.Ordinal);

    /// <summary>Reads a table.</summary>
    /// <param name="file">The CSV file: commas, double quotes, a header line, UTF-8.</param>
    /// <param name="place">The folder it lies in, below the listing's root, with <c>/</c>; empty for the root.</param>
    /// <exception cref="InputException">It is no such table, or has an unknown column or a bad value.</exception>
    public void AddTable(string file, string place)
    {
        byte[] bytes = Media.ReadBytes(file, MediaLimits.ImageBytes);
        // DuckDB takes names for patterns, so it gets the content under a name of our own.
        string copy = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(copy, bytes);
            using var database = Database.Open();
            using var rows = database.Query($"SELECT * FROM read_csv({Database.Literal(copy)}, header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true)");
            string[] columns = [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];
            int path = Array.IndexOf(columns, "path");
            if (path < 0)
                throw new InputException($"{file}: has no column \"path\"; it has {string.Join(", ", columns)}");
            foreach (string column in columns.Where(c => c != "path"))
                RequireField(file, column);
            while (rows.Read())
            {
                string name = rows.IsDBNull(path) ? "" : rows.GetString(path);
                var values = new Dictionary<string, string>(StringComparer.Ordinal);
                for (int i = 0; i < columns.Length; i++)
                {
                    if (i != path && !rows.IsDBNull(i) && rows.GetString(i) is { Length: > 0 } value)
                        values[columns[i]] = value;
                }
                Check(values, $"{file}: {name}");
                _said[place.Length > 0 ? $"{place}/{name}" : name] = (values, file, false);
            }
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

    /// <summary>Reads the description beside a file.</summary>
    /// <param name="file">The JSON file.</param>
    /// <param name="source">The path of what it describes, below the listing's root.</param>
    /// <exception cref="InputException">It is no such description, or has an unknown field or a bad value.</exception>
    public void AddFile(string file, string source)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(Media.ReadBytes(file, MediaLimits.ImageBytes));
            foreach (var field in json.RootElement.EnumerateObject())
            {
                RequireField(file, field.Name);
                values[field.Name] = field.Value.ValueKind switch
                {
                    JsonValueKind.String => field.Value.GetString()!,
                    JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => field.Value.GetRawText(),
                    _ => throw new InputException($"{file}: field \"{field.Name}\" should be a text, a number, true or false"),
                };
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{file}: is no JSON object that describes a source ({e.Message.Split('\n')[0]}); mend or remove it", e);
        }
        Check(values, file);
        _said[source] = (values, file, true);
    }

    /// <summary>Adds what was said to a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="path">The path it goes by, below the listing's root.</param>
    public SourceRow Describe(SourceRow source, string path)
    {
        if (!_said.TryGetValue(path, out var said))
            return source;
        _said[path] = said with { Used = true };
        string Text(string field, string otherwise) => said.Values.GetValueOrDefault(field, otherwise);
        return source with
        {
            Title = Text("title", source.Title),
            Label = Text("label", source.Label),
            Subject = Text("subject", source.Subject),
            Colour = Text("colour", source.Colour),
            Direction = Text("direction", source.Direction),
            Licence = Text("licence", source.Licence),
            Attribution = Text("attribution", source.Attribution),
            Identity = Text("identity", source.Identity),
            Fps = said.Values.TryGetValue("fps", out string? fps) ? double.Parse(fps, CultureInfo.InvariantCulture) : source.Fps,
            Loops = said.Values.TryGetValue("loops", out string? loops) ? bool.Parse(loops) : source.Loops,
            Mirrorable = said.Values.TryGetValue("mirrorable", out string? mirrorable) ? bool.Parse(mirrorable) : source.Mirrorable,
        };
    }

    private static void RequireField(string file, string name)
    {
        if (!Fields.Contains(name))
            throw new InputException($"{file}: \"{name}\" is unknown; did you mean {Nearest.To(name, Fields)}? (there are path, {string.Join(", ", Fields)})");
    }

    private static void Check(Dictionary<string, string> values, string where)
    {
        if (values.TryGetValue("fps", out string? fps) && !(double.TryParse(fps, CultureInfo.InvariantCulture, out double number) && number is > 0 and <= FastestFps))
            throw new InputException($"{where}: fps is \"{fps}\", should be above 0 and at most {FastestFps}");
        foreach (string flag in new[] { "loops", "mirrorable" })
        {
            if (values.TryGetValue(flag, out string? text) && !bool.TryParse(text, out _))
                throw new InputException($"{where}: {flag} is \"{text}\", should be true or false");
        }
        if (values.TryGetValue("direction", out string? direction) && !_directions.Contains(direction))
            throw new InputException($"{where}: direction is \"{direction}\", should be one of{string.Join(' ', _directions)}, or empty");
    }
}
