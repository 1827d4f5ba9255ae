using AniSora.Data.Pipeline.Selection;
using AniSora.Data.Tables;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline;

/// <summary>The whole way from footage to a training set, in three parts: plan, work (on one machine or on many), finish.</summary>
public sealed class IngestRun
{
    private IngestRun(DatasetFolder folder, IngestConfig config, KernelBackend? kernels) => (Folder, Pipeline) = (folder, new IngestPipeline(config, kernels));

    /// <summary>The data set.</summary>
    public DatasetFolder Folder { get; }

    /// <summary>Its stages.</summary>
    public IngestPipeline Pipeline { get; }

    /// <summary>Opens a data set with the settings it was made with, or begins one.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="yaml">A file with other settings, or null.</param>
    /// <param name="settings">Settings such as <c>balance.test_share=0.2</c>.</param>
    /// <param name="kernels">What computes the optical flow; all cores if null.</param>
    /// <remarks>Given settings go over the stored ones and are stored; what they change is made again, and nothing else.</remarks>
    /// <exception cref="InputException">A setting is unknown or out of range, or the folder holds something else.</exception>
    public static IngestRun Open(string root, string? yaml = null, IReadOnlyCollection<string>? settings = null, KernelBackend? kernels = null)
    {
        var folder = new DatasetFolder(Path.GetFullPath(root));
        bool begun = RequireOwn(folder);
        var stored = begun ? ConfigFile.Load<IngestConfig>(folder.Settings) : new IngestConfig();
        var config = ConfigFile.Resolve(stored, yaml, settings);
        config.Clips.Check();
        if (!begun || yaml is not null || settings is { Count: > 0 })
            ConfigFile.Save(folder.Settings, config);
        return new IngestRun(folder, config, kernels);
    }

    /// <summary>Opens or begins a data set with these settings, whatever it was made with.</summary>
    /// <exception cref="InputException">The folder holds something else.</exception>
    public static IngestRun Open(string root, IngestConfig config, KernelBackend? kernels = null)
    {
        var folder = new DatasetFolder(Path.GetFullPath(root));
        RequireOwn(folder);
        ConfigFile.Save(folder.Settings, config);
        return new IngestRun(folder, config, kernels);
    }

    /// <summary>Whether the folder holds a data set that was begun.</summary>
    /// <exception cref="InputException">It holds something else.</exception>
    internal static bool RequireOwn(DatasetFolder folder)
    {
        bool begun = File.Exists(folder.Settings);
        if (!begun && Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any(e => !Path.GetFileName(e).StartsWith('.')))
            throw new InputException($"{folder.Root}: holds other files and no {Path.GetFileName(folder.Settings)}; choose an empty or new folder");
        return begun;
    }

    /// <summary>Writes down what there is to work on; see <see cref="IngestPlan"/>.</summary>
    /// <param name="sources">The sources there are now.</param>
    public (int Sources, int New) Plan(IEnumerable<SourceRow> sources) => IngestPlan.Write(Folder, sources, Pipeline.Config.SourcesPerShard);

    /// <summary>How many sources are this worker's.</summary>
    /// <exception cref="InputException">The data set is not planned.</exception>
    public int Count(WorkShare share) => Folder.Shards().Where(s => share.Has(s.Number)).Sum(s => s.Sources.Count);

    /// <summary>Works on a share of the units; see <see cref="IngestPipeline.Work"/>.</summary>
    public int Work(WorkShare share, IStage? only = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default) =>
        Pipeline.Work(Folder, share, only, progress, cancellation);

    /// <summary>Joins what the workers made and selects the training set.</summary>
    /// <returns>The counts.</returns>
    /// <exception cref="InputException">A unit of work is not done, or nothing is left.</exception>
    public Funnel Finish()
    {
        if (CandidateTable.Write(Folder, Pipeline) == 0)
            throw new InputException(NothingLeft.OfSources(Folder, Pipeline));
        // Every part is there, so nobody is writing one: what killed workers left half-written can go.
        AtomicFile.DeleteTemporaries(Folder.Root);
        return DatasetSelection.Write(Folder, Pipeline.Config.Filter, Pipeline.Config.Balance);
    }

    /// <summary>Removes what no row points to any more: parts and shards of other settings or sources.</summary>
    /// <returns>Bytes freed.</returns>
    public long Clean()
    {
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var shard in Folder.Shards())
        {
            foreach (var stage in Pipeline.Stages)
                kept.UnionWith([stage.PartOf(shard), FileDigest.Beside(stage.PartOf(shard))]);
            if (File.Exists(Pipeline.Sequences.PartOf(shard)))
                kept.UnionWith(Pipeline.Sequences.Rows(shard).Where(s => s.Shard.Length > 0).Select(s => Folder.Resolve(s.Shard)));
            if (File.Exists(Pipeline.Masks.PartOf(shard)))
                kept.UnionWith(Pipeline.Masks.Rows(shard).Where(m => m.Shard.Length > 0).Select(m => Folder.Resolve(m.Shard)));
        }
        long freed = 0;
        foreach (string area in new[] { "work", "frames", "masks" }.Select(a => Path.Combine(Folder.Root, a)).Where(Directory.Exists))
        {
            foreach (string file in Directory.EnumerateFiles(area, "*", SearchOption.AllDirectories).Where(f => !kept.Contains(f)).ToList())
            {
                freed += new FileInfo(file).Length;
                File.Delete(file);
            }
        }
        return freed;
    }
}
