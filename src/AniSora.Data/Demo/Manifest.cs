using System.Security.Cryptography;
using System.Text.Json;
using AniSora.Data.Tables;

namespace AniSora.Data;

/// <summary>What a finished dataset consists of: <c>manifest.json</c>.</summary>
internal sealed record Manifest(int SchemaVersion, int Recipe, string ToolVersion, string[] Packages, int Sequences, Dictionary<string, int> Clips, Dictionary<string, Manifest.Entry> Files)
{
    /// <summary>One file.</summary>
    public sealed record Entry(long Bytes, string Sha256);

    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Lists a folder's files.</summary>
    public static Manifest Describe(string folder, IReadOnlyCollection<ClipRow> rows, string[] packages)
    {
        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToDictionary(f => Path.GetFileName(f), f => new Entry(new FileInfo(f).Length, Hash(f)));
        var clips = rows.GroupBy(r => r.Split).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count());
        return new Manifest(ClipRow.SchemaVersion, DatasetBuilder.Recipe, Tables.ToolVersion.Current, packages, rows.Select(r => r.Sequence).Distinct().Count(), clips, files);
    }

    /// <summary>The manifest of a folder, or null if there is none of this version that can be read.</summary>
    public static Manifest? TryLoad(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(Path.Combine(folder, DemoDataset.ManifestName)), Json)
                is { Files: not null, Clips: not null, Recipe: DatasetBuilder.Recipe } manifest && manifest.SchemaVersion == ClipRow.SchemaVersion && manifest.ToolVersion == Tables.ToolVersion.Current ? manifest : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether every file is there with its size and checksum.</summary>
    public bool IsIntact(string folder) => Files.ContainsKey(ClipIndex.FileName) && Files.All(f =>
    {
        string path = Path.Combine(folder, Path.GetFileName(f.Key));
        return File.Exists(path) && new FileInfo(path).Length == f.Value.Bytes && Hash(path) == f.Value.Sha256;
    });

    public PrepareResult Result(string folder, bool built) => new(folder, built, Sequences, Clips, Files.Values.Sum(f => f.Bytes));

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
