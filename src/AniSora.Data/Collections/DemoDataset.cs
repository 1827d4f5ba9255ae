using System.Text.Json.Nodes;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>How far a preparation has come.</summary>
/// <param name="Stage">What is being done, in a few words.</param>
/// <param name="Fraction">How much of the whole is done, 0 … 1.</param>
public readonly record struct PrepareProgress(string Stage, double Fraction);

/// <summary>What a preparation has left.</summary>
/// <param name="Folder">The dataset folder.</param>
/// <param name="Built">False if a finished, unchanged dataset was already there.</param>
/// <param name="Sequences">How many sequences it has.</param>
/// <param name="Clips">How many clips per split.</param>
/// <param name="Bytes">The size of all its files.</param>
public sealed record PrepareResult(string Folder, bool Built, int Sequences, IReadOnlyDictionary<string, int> Clips, long Bytes);

/// <summary>The demo dataset: the sprites of two free games, taken through the pipeline by a recipe of its own.</summary>
public static class DemoDataset
{
    /// <summary>The default folder, below the current one.</summary>
    public const string DefaultFolder = "data/demo";

    /// <summary>What is held out: per play, one direction of the eight, so that every play and every colour is tested, in a direction it was never seen in.</summary>
    public static IReadOnlyList<string> HeldOut { get; } = ["tuxfootball/running/se", "tuxfootball/walking/sw", "tuxfootball/tackling/e", "tuxfootball/header/w"];

    /// <summary>Clips of 17 frames, loops at two paces.</summary>
    internal static IngestConfig Recipe { get; } = new()
    {
        Clips = new() { Buckets = [new(17, 64, 64, TuxFootball.Fps), new(17, 64, 64, TuxFootball.Fps, Pace: 2)], MinSeconds = 1, Overlap = 0.95, MaxPerShot = 10 },
        Scores = new() { Text = new() { Enabled = false } },
        Captions = new() { Closed = true },
        Filter = new() { Rules = [], DuplicateBits = -1 },
        Balance = new() { Label = 0, Motion = 0, TestShare = 0, HeldOut = HeldOut },
    };

    /// <summary>
    /// Makes the dataset: fetches the packages into the cache and runs the pipeline. A finished dataset whose clips still have their checksums
    /// is left alone; one that was begun is gone on with.
    /// </summary>
    /// <param name="folder">The dataset folder; null for <see cref="DefaultFolder"/>.</param>
    /// <param name="cache">The download cache; null for <see cref="CacheFolder.Default"/>.</param>
    /// <param name="progress">Hears about the progress.</param>
    /// <param name="cancellation">Stops it; what is done stays done.</param>
    /// <param name="force">Make it again even if it is there.</param>
    /// <exception cref="InputException">No network, a wrong checksum, a full disk, or a folder that holds something else, which is left as it is.</exception>
    public static async Task<PrepareResult> PrepareAsync(
        string? folder = null, string? cache = null, IProgress<PrepareProgress>? progress = null, CancellationToken cancellation = default, bool force = false)
    {
        var set = new DatasetFolder(Path.GetFullPath(folder ?? DefaultFolder));
        progress?.Report(new("checking what is there", 0));
        bool begun = File.Exists(set.Settings);
        if (begun && !IsOfRecipe(set))
            throw new InputException($"{set.Root}: holds a data set with other settings, which is left as it is; give another --out, or delete that folder first");
        if (!force && begun && IsWhole(set))
            return Result(set, built: false);
        if (begun ? force || File.Exists(set.Index) : IsOfEarlierVersion(set.Root))
            Directory.Delete(set.Root, recursive: true);
        IngestRun.RequireOwn(set);
        var sources = new List<SourceRow>();
        foreach (string name in new[] { "tuxfootball", "frozen-bubble" })
        {
            progress?.Report(new($"fetching {name}", 0.02));
            sources.AddRange(await FootageCollection.Find(name).ListAsync(cache, cancellation: cancellation));
        }
        return await Task.Run(() => Build(set.Root, sources, progress, cancellation), cancellation);
    }

    internal static PrepareResult Build(string root, IReadOnlyList<SourceRow> sources, IProgress<PrepareProgress>? progress, CancellationToken cancellation)
    {
        var run = IngestRun.Open(root, Recipe);
        int total = run.Plan(sources).Sources;
        run.Work(WorkShare.All, progress: progress is null ? null : new Relay(progress, total), cancellation: cancellation);
        progress?.Report(new("writing the index", 0.97));
        run.Finish();
        run.Clean();
        progress?.Report(new("done", 1));
        return Result(run.Folder, built: true);
    }

    private static bool IsOfRecipe(DatasetFolder set) => JsonNode.DeepEquals(ConfigFile.ToJson(ConfigFile.Load<IngestConfig>(set.Settings)), ConfigFile.ToJson(Recipe));

    /// <summary>Whether an earlier version made it, which left a manifest in place of settings, and nothing else lies there.</summary>
    private static bool IsOfEarlierVersion(string root) => File.Exists(Path.Combine(root, "manifest.json")) && File.Exists(Path.Combine(root, ClipIndex.FileName))
        && Directory.EnumerateFileSystemEntries(root).Select(e => Path.GetFileName(e)!).All(name =>
            name is "manifest.json" or ClipIndex.FileName || (name.StartsWith("frames-", StringComparison.Ordinal) && name.EndsWith(".safetensors", StringComparison.Ordinal)));

    /// <summary>Whether the index and every clip's frames are as they were written.</summary>
    private static bool IsWhole(DatasetFolder set)
    {
        try
        {
            using var index = ClipIndex.Open(set.Root);
            using var store = new FrameStore(set.Root);
            Parallel.ForEach(index.Query(), clip => store.Read(clip));
            return true;
        }
        catch (Exception e) when (e is InputException or AggregateException { InnerException: InputException })
        {
            return false;
        }
    }

    private static PrepareResult Result(DatasetFolder set, bool built)
    {
        using var index = ClipIndex.Open(set.Root);
        var clips = index.Query();
        return new PrepareResult(set.Root, built, clips.Select(c => c.Sequence).Distinct().Count(),
            clips.GroupBy(c => c.Split).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count()),
            Directory.EnumerateFiles(set.Root, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length));
    }

    private sealed class Relay(IProgress<PrepareProgress> progress, int total) : IProgress<WorkProgress>
    {
        private string _stage = "";
        private int _finished;

        public void Report(WorkProgress value)
        {
            _stage = value.Stage.Stage ?? _stage;
            _finished += value.Finished;
            progress.Report(new(_stage, 0.1 + 0.85 * _finished / total));
        }
    }
}
