using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>
/// What a person says of their own footage: a table in a folder (<see cref="MetadataTable.Names"/>: a column <c>path</c> or, as diffusers and
/// datasets have it, <c>file_name</c>, and any of <see cref="Fields"/>), <c>FILE.json</c> beside a file (one object with any of those), and
/// <c>NAME.txt</c> beside it (its caption). What lies beside a file counts more than a table. Empty values say nothing.
/// </summary>
/// <param name="root">The listing's root, an absolute path.</param>
/// <param name="text">Reads the files.</param>
/// <param name="note">Hears what is not used.</param>
internal sealed partial class SourceMetadata(string root, WrittenText text, Action<string> note)
{
    /// <summary>What can be said of a source.</summary>
    public static readonly string[] Fields = ["title", "label", "subject", "colour", "direction", "licence", "attribution", "identity", "caption", "fps", "loops", "mirrorable"];

    private const double FastestFps = 240;
    private const string PathColumn = "path", DatasetsPathColumn = "file_name";
    private static readonly string[] _directions = ["", "n", "ne", "e", "se", "s", "sw", "w", "nw"];
    private static readonly Dictionary<string, string> _otherNames = new(StringComparer.Ordinal) { ["text"] = "caption", ["license"] = "licence", ["color"] = "colour" };

    // By path below the listing's root.
    private readonly Dictionary<string, Said> _said = new(StringComparer.Ordinal);

    /// <summary>What was said, field by field, with the file that says it; and whether a source was found for it.</summary>
    private sealed class Said
    {
        public Dictionary<string, (string Value, string Origin)> Values { get; } = new(StringComparer.Ordinal);
        public string Origin { get; init; } = "";
        public bool Used { get; set; }
    }

    /// <summary>Rows of tables that no source was found for, in words.</summary>
    public IEnumerable<string> Unused => _said.Where(s => !s.Value.Used).Select(s => $"{s.Value.Origin}: there is no source \"{s.Key}\"").Order(StringComparer.Ordinal);

    /// <summary>Reads a table.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="place">The folder it lies in, below the listing's root, with <c>/</c>; empty for the root.</param>
    /// <exception cref="InputException">It is no such table, has an unknown column or a bad value, or says something twice.</exception>
    public void AddTable(string file, string place)
    {
        var table = MetadataTable.Read(file, text.Read(file));
        string path = table.Columns.FirstOrDefault(c => c is PathColumn or DatasetsPathColumn)
            ?? throw new InputException($"{file}: has no column \"{PathColumn}\" or \"{DatasetsPathColumn}\"; it has {string.Join(", ", table.Columns)}");
        // Tables that were made for other programs have columns for them; in one of ours such a name is a slip.
        var unknown = table.Columns.Where(c => c != path && !IsKnown(c)).ToList();
        if (path == PathColumn && unknown.Count > 0)
            RequireKnown(file, unknown[0]);
        if (unknown.Count > 0)
            note($"{file}: not used: {string.Join(", ", unknown)} (used are {string.Join(", ", Fields)})");
        var before = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            string name = row.GetValueOrDefault(path, "");
            string source = BelowRoot(name, place);
            if (!before.Add(source))
                throw new InputException($"{file}: \"{name}\" has two rows; keep one");
            Add(source, row.Where(v => IsKnown(v.Key)).Select(v => (v.Key, v.Value)), file, $"{file}: {name}", used: false);
        }
    }

    /// <summary>Reads the description beside a file.</summary>
    /// <param name="file">The JSON file.</param>
    /// <param name="source">The path of what it describes, below the listing's root.</param>
    /// <exception cref="InputException">It is no such description, or has an unknown field or a bad value.</exception>
    public void AddFile(string file, string source)
    {
        Dictionary<string, string> values;
        try
        {
            using var json = JsonDocument.Parse(text.Read(file));
            values = MetadataTable.Fields(json.RootElement, file);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InputException($"{file}: is no JSON object that describes a source ({e.Message.Split('\n')[0]}); mend or remove it", e);
        }
        foreach (string name in values.Keys.Where(name => !IsKnown(name)))
            RequireKnown(file, name);
        Add(source, values.Select(v => (v.Key, v.Value)), file, file, used: true);
    }

    /// <summary>Reads the caption beside a file.</summary>
    /// <param name="file">The text file; line breaks count as spaces.</param>
    /// <param name="source">The path of what it describes, below the listing's root.</param>
    public void AddCaption(string file, string source)
    {
        string caption = Spaces().Replace(text.Read(file), " ").Trim();
        if (caption.Length == 0)
            note($"{file}: is empty, so {source} has no caption of its own");
        else
            Add(source, [("caption", caption)], file, file, used: true);
    }

    /// <summary>Adds what was said to a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="path">The path it goes by, below the listing's root.</param>
    public SourceRow Describe(SourceRow source, string path)
    {
        if (!_said.TryGetValue(path, out var said))
            return source;
        said.Used = true;
        string Text(string field, string otherwise) => said.Values.TryGetValue(field, out var value) ? value.Value : otherwise;
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
            Caption = Text("caption", source.Caption),
            Fps = said.Values.TryGetValue("fps", out var fps) ? double.Parse(fps.Value, CultureInfo.InvariantCulture) : source.Fps,
            Loops = said.Values.TryGetValue("loops", out var loops) ? bool.Parse(loops.Value) : source.Loops,
            Mirrorable = said.Values.TryGetValue("mirrorable", out var mirrorable) ? bool.Parse(mirrorable.Value) : source.Mirrorable,
        };
    }

    private void Add(string source, IEnumerable<(string Field, string Value)> values, string origin, string where, bool used)
    {
        if (!_said.TryGetValue(source, out var said))
            _said[source] = said = new Said { Origin = origin };
        said.Used |= used;
        foreach (var (name, value) in values)
        {
            string field = _otherNames.GetValueOrDefault(name, name);
            Check(field, value, where);
            if (said.Values.TryGetValue(field, out var before) && before.Value != value)
                note($"{where}: {field} of {source} is taken from here and not from {before.Origin}");
            said.Values[field] = (value, origin);
        }
    }

    /// <summary>A path as a table gives it, absolute or from its own folder on, below the listing's root.</summary>
    private string BelowRoot(string name, string place)
    {
        string full = Path.GetFullPath(Path.IsPathRooted(name) ? name : Path.Combine(root, place, name.Replace('\\', '/')));
        string below = Path.GetRelativePath(root, full);
        return below.StartsWith("..", StringComparison.Ordinal) ? name : below;
    }

    private static bool IsKnown(string name) => Fields.Contains(name) || _otherNames.ContainsKey(name);

    private static void RequireKnown(string file, string name) =>
        throw new InputException($"{file}: \"{name}\" is unknown; did you mean {Nearest.To(name, Fields)}? (there are path, {string.Join(", ", Fields)})");

    private static void Check(string field, string value, string where)
    {
        bool fits = field switch
        {
            "fps" => double.TryParse(value, CultureInfo.InvariantCulture, out double number) && number is > 0 and <= FastestFps,
            "loops" or "mirrorable" => bool.TryParse(value, out _),
            "direction" => _directions.Contains(value),
            _ => true,
        };
        if (!fits)
        {
            throw new InputException($"{where}: {field} is \"{value}\", should be {field switch
            {
                "fps" => $"above 0 and at most {FastestFps}",
                "direction" => $"one of{string.Join(' ', _directions)}, or empty",
                _ => "true or false",
            }}");
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
