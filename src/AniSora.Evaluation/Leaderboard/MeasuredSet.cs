using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AniSora.Evaluation;

/// <summary>A mean with its 95 % interval, as <c>summary.json</c> has it; null where there is none.</summary>
public sealed record MeasuredMean(double? Mean, double? Low, double? High, int Clips);

/// <summary>A metric of a set.</summary>
public sealed record MeasuredMetric(string Metric, string Network, bool StandIn, MeasuredMean All);

/// <summary>The distance of all videos of a set from the real ones.</summary>
public sealed record MeasuredFrechet(double Unbiased);

/// <summary>The benchmark that was measured on.</summary>
public sealed record MeasuredBenchmark(string Folder, int Clips, string Checksum);

/// <summary>A folder of videos as <c>anisora evaluate</c> measured it: what a leaderboard needs of a set of its <c>summary.json</c>.</summary>
public sealed record MeasuredSet(string Videos, string Name, JsonObject? Made, int Clips, IReadOnlyList<MeasuredMetric> Metrics, MeasuredFrechet? FrechetDistance)
{
    private static readonly JsonSerializerOptions _json = new(ConfigFile.Json) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip, RespectRequiredConstructorParameters = true };

    /// <summary>The summary.</summary>
    [JsonIgnore]
    public string File { get; init; } = "";

    /// <summary>The benchmark.</summary>
    [JsonIgnore]
    public MeasuredBenchmark Benchmark { get; init; } = new("", 0, "");

    /// <summary>What made the videos; with their folder, where others of the same task have the same name.</summary>
    [JsonIgnore]
    public string Row { get; init; } = "";

    /// <summary>What was given.</summary>
    [JsonIgnore]
    public string Task => Said("task") ?? "first";

    /// <summary>What <c>made.json</c> says; null where it says nothing.</summary>
    public string? Said(string name) => Made?[name] is JsonValue value && value.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>The commands that make and measure it again, from what <c>made.json</c> says; empty if that does not say how it was made.</summary>
    [JsonIgnore]
    public string Command
    {
        get
        {
            if (Said("method") is not { } method)
                return "";
            string maker = method == "model" ? $"models/{Said("model")}" : method;
            string[] settings = method == "model" ? ["sampler", "steps", "guidance", "temperature"] : [];
            string options = string.Concat(settings.Where(s => Said(s) is not null).Select(s => $" --{s} {Said(s)}"));
            return $"anisora bench run {maker} --bench {Benchmark.Folder} --task {Task} --seed {Said("seed")}{options} --out {Videos} && anisora evaluate {Videos} --bench {Benchmark.Folder}";
        }
    }

    /// <summary>Reads the sets of several summaries, all of one benchmark.</summary>
    /// <param name="paths">Files, or the folders that hold them.</param>
    /// <exception cref="InputException">A file is missing or damaged, or measured without benchmark or on another one, has an unknown metric or one that
    /// is not what it says, or a set is there twice.</exception>
    public static IReadOnlyList<MeasuredSet> Read(IEnumerable<string> paths)
    {
        List<MeasuredSet> sets = [.. paths.SelectMany(ReadFile)];
        if (sets.FirstOrDefault(s => s.Benchmark.Checksum != sets[0].Benchmark.Checksum) is { } other)
            throw new InputException($"{other.File}: was measured on another benchmark ({other.Benchmark.Folder}, checksum {other.Benchmark.Checksum}) than {sets[0].File} ({sets[0].Benchmark.Folder}, {sets[0].Benchmark.Checksum}); a leaderboard is of one");
        if (sets.GroupBy(s => (s.Name, s.Settings)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"{string.Join(", ", twice.Select(s => s.File))}: {twice.Key.Name} is measured {twice.Count()} times; give one of them");
        var makers = sets.ToLookup(s => (s.Maker, s.Task));
        return [.. sets.Select(s => s with { Row = makers[(s.Maker, s.Task)].Count() == 1 ? s.Maker : $"{s.Maker} ({s.Videos})" })];
    }

    private string Maker => Said("model") ?? Said("method") ?? Name;

    /// <summary>All that decides the pixels.</summary>
    private string Settings => string.Join('\n', new[] { "method", "model_checksum", "task", "seed", "engine", "sampler", "steps", "guidance", "temperature" }.Select(Said));

    private static IEnumerable<MeasuredSet> ReadFile(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "summary.json") : path;
        if (!System.IO.File.Exists(file))
            throw new InputException($"{file}: no such file; `anisora evaluate` writes it");
        Summary summary;
        try
        {
            summary = JsonSerializer.Deserialize<Summary>(System.IO.File.ReadAllText(file), _json) ?? throw new JsonException("it holds null");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: is no summary of `anisora evaluate` ({e.Message.Split('\n')[0]}); measure again", e);
        }
        if (summary.Benchmark is not { } benchmark)
            throw new InputException($"{file}: was measured without benchmark; measure again with --bench");
        foreach (var metric in summary.Sets.SelectMany(s => s.Metrics))
            Check(file, metric);
        return summary.Sets.Select(s => s with { File = file, Benchmark = benchmark });
    }

    /// <summary>A network that is not the published one is a stand-in, whatever the file says.</summary>
    private static void Check(string file, MeasuredMetric measured)
    {
        var metric = Leaderboard.Metrics.FirstOrDefault(m => m.Key == measured.Metric)
            ?? throw new InputException($"{file}: metric \"{measured.Metric}\" is unknown; did you mean {Nearest.To(measured.Metric, Leaderboard.Metrics.Select(m => m.Key))}? measure again with this version");
        if (measured.StandIn != (measured.Network != (metric.Published ?? "")))
            throw new InputException($"{file}: {measured.Metric} by \"{measured.Network}\" says that it is {(measured.StandIn ? "a" : "no")} stand-in, but the published numbers are by \"{metric.Published}\": a stand-in has no place in a published column; measure again");
    }

    private sealed record Summary(MeasuredBenchmark? Benchmark, IReadOnlyList<MeasuredSet> Sets);
}
