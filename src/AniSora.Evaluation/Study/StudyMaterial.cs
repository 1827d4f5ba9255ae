using AniSora.Data;

namespace AniSora.Evaluation.Study;

/// <summary>What raters see besides the videos: a clip's prompt and the picture that the models were given.</summary>
internal sealed class StudyMaterial
{
    private readonly string? _bench;
    private readonly Dictionary<string, string> _prompts = new(StringComparer.Ordinal);

    /// <summary>Reads a benchmark's prompts; without a benchmark there is nothing to see.</summary>
    /// <param name="bench">Its folder (<c>prompts.csv</c>, <c>image/ID.png</c>), or null.</param>
    /// <exception cref="InputException">There is no such folder, or its prompts are damaged.</exception>
    public StudyMaterial(string? bench)
    {
        _bench = bench;
        if (bench is null)
            return;
        if (!Directory.Exists(bench))
            throw new InputException($"{bench}: no such folder; give a benchmark (prompts.csv, image/ID.png)");
        string file = Path.Combine(bench, "prompts.csv");
        if (!File.Exists(file))
            return;
        var table = MetadataTable.Read(file, File.ReadAllText(file));
        if (!table.Columns.Contains("id") || !table.Columns.Contains("prompt"))
            throw new InputException($"{file}: has the columns {string.Join(", ", table.Columns)}; it needs id and prompt");
        foreach (var row in table.Rows)
        {
            if (!_prompts.TryAdd(row.GetValueOrDefault("id", ""), row.GetValueOrDefault("prompt", "")))
                throw new InputException($"{file}: id \"{row.GetValueOrDefault("id", "")}\" stands there twice; give every clip one line");
        }
    }

    /// <summary>The axes that can be asked.</summary>
    public IReadOnlyList<StudyAxis> Axes =>
        [.. StudyAxis.All.Where(axis => axis.Key switch { StudyAxis.Text => _prompts.Count > 0, StudyAxis.Image => HasImages, _ => true })];

    private bool HasImages => _bench is not null && Directory.Exists(Path.Combine(_bench, "image"));

    /// <summary>A clip's prompt, null where there are none at all.</summary>
    /// <exception cref="InputException">Others have one, this clip does not.</exception>
    public string? PromptOf(string id) => _prompts.Count == 0 ? null
        : _prompts.GetValueOrDefault(id) is { Length: > 0 } prompt ? prompt
        : throw new InputException($"{_bench}/prompts.csv: has no prompt for id \"{id}\"; add the line");

    /// <summary>Writes a clip's picture, without what its file says besides pixels.</summary>
    /// <returns>Whether there are pictures.</returns>
    /// <exception cref="InputException">Others have one, this clip does not, or it is damaged.</exception>
    public bool WriteImage(string id, string target)
    {
        if (!HasImages)
            return false;
        var picture = Media.ReadPicture(Path.Combine(_bench!, "image", id + ".png"));
        Media.WritePng(target, picture.Over(), picture.Height, picture.Width);
        return true;
    }
}
