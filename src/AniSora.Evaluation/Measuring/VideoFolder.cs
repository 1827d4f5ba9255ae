using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Nodes;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Evaluation;

/// <summary>Something that keeps a clip from being measured.</summary>
/// <param name="Id">The clip's.</param>
/// <param name="What">File, fault and fix, in one line.</param>
public sealed record ClipProblem(string Id, string What);

/// <summary>
/// A folder of videos to measure: <c>video/ID.mp4</c> (or the folder itself), any film or animated picture, or a folder of numbered pictures
/// <c>ID/</c>; and <c>made.json</c>, which says what made them.
/// </summary>
public sealed class VideoFolder
{
    private VideoFolder(string root, SortedDictionary<string, string> videos, List<ClipProblem> problems, JsonObject? made) =>
        (Root, Videos, Problems, Made) = (root, videos, problems, made);

    /// <summary>The folder as it was given.</summary>
    public string Root { get; }

    /// <summary>For tables: what made the videos and from what, else the folder's name.</summary>
    public string Name => (Said("model") ?? Said("method")) is { } maker ? $"{maker}, {Task}" : Path.GetFileName(Path.GetFullPath(Root).TrimEnd('/'));

    /// <summary>The videos' files or folders of pictures, by id.</summary>
    public IReadOnlyDictionary<string, string> Videos { get; }

    /// <summary>Ids that stand there twice.</summary>
    public IReadOnlyList<ClipProblem> Problems { get; }

    /// <summary>What made them, as <c>made.json</c> says; null without one.</summary>
    public JsonObject? Made { get; }

    /// <summary>What the maker was given, such as <c>first-last</c>; the first frame unless <c>made.json</c> says otherwise.</summary>
    public string Task => Said("task") ?? "first";

    /// <summary>Lists a folder; no video is read.</summary>
    /// <param name="root">The folder.</param>
    /// <exception cref="InputException">There is none, it holds no videos, or <c>made.json</c> is damaged.</exception>
    public static VideoFolder Open(string root)
    {
        string inner = Path.Combine(root, "video"), folder = Directory.Exists(inner) ? inner : root;
        if (!Directory.Exists(folder))
            throw new InputException($"{root}: no such folder; give a folder of videos (video/ID.mp4)");
        var videos = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var problems = new List<ClipProblem>();
        string[] films = [".mp4", ".webm", ".mkv", ".mov", ".avi", ".gif", ".webp", ".png", ".apng"];
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            bool isFolder = Directory.Exists(entry);
            if (Path.GetFileName(entry).StartsWith('.') || (!isFolder && !films.Contains(Path.GetExtension(entry).ToLowerInvariant())))
                continue;
            string id = isFolder ? Path.GetFileName(entry) : Path.GetFileNameWithoutExtension(entry);
            if (!videos.TryAdd(id, entry))
                problems.Add(new(id, $"{entry}: {videos[id]} has the same id; remove one of them (the first is measured)"));
        }
        return videos.Count > 0 ? new(root, videos, problems, ReadMade(root)) : throw new InputException($"{folder}: holds no videos; give a folder of videos (video/ID.mp4)");
    }

    /// <summary>The digest of a file's content, or of all files of a folder with their names: XXH128, hexadecimal.</summary>
    public static string DigestOf(string path)
    {
        var hash = new XxHash128();
        foreach (string file in Directory.Exists(path) ? Directory.GetFiles(path).Order(StringComparer.Ordinal).ToArray() : [path])
        {
            hash.Append(System.Text.Encoding.UTF8.GetBytes(file == path ? "" : Path.GetFileName(file) + "\n"));
            using var stream = File.OpenRead(file);
            hash.Append(stream);
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private string? Said(string name) => Made?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 0 } text ? text : null;

    private static JsonObject? ReadMade(string root)
    {
        string file = MadeVideos.FileOf(root);
        if (!File.Exists(file))
            return null;
        try
        {
            return JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or NullReferenceException)
        {
            throw new InputException($"{file}: is no readable JSON object ({e.Message}); mend or remove it", e);
        }
    }
}
