using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests.Pipeline;

/// <summary>A data set of one unit of work whose probe and shots are given, and whose frames are drawn by a test.</summary>
internal sealed class PlantedShard : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SourceRow> _sources = [];
    private readonly List<ProbeRow> _probes = [];
    private readonly List<ShotRow> _shots = [];

    public DatasetFolder Folder => new(_folder["set"]);

    /// <summary>Adds a source of pictures.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="rgba">Frames <c>[H, W, 4]</c>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="fps">Its pace.</param>
    /// <param name="cuts">Frames at which further shots begin.</param>
    public PlantedShard Add(string id, IReadOnlyList<byte[]> rgba, int width, int height, double fps = 8, params int[] cuts)
    {
        string folder = _folder[id];
        Directory.CreateDirectory(folder);
        var names = rgba.Select((_, t) => $"{t:d4}.png").ToList();
        for (int t = 0; t < rgba.Count; t++)
            Media.WritePng(Path.Combine(folder, names[t]), rgba[t], height, width, 4);
        _sources.Add(SourceFiles.Pictures(folder, names, fps) with { SourceId = id, Identity = id });
        return Known(new ProbeRow(id, true, "", "png", "png", width, height, rgba.Count, fps, false, rgba.Count / fps, rgba.Any(f => f.Where((_, i) => i % 4 == 3).Any(a => a < 255))), cuts);
    }

    /// <summary>Adds a source that exists already.</summary>
    public PlantedShard Add(SourceRow source, ProbeRow probe)
    {
        _sources.Add(source);
        return Known(probe, []);
    }

    private PlantedShard Known(ProbeRow probe, int[] cuts)
    {
        _probes.Add(probe);
        int[] starts = [0, .. cuts, probe.Frames];
        for (int i = 0; i + 1 < starts.Length; i++)
            _shots.Add(new ShotRow(probe.SourceId, i, starts[i], starts[i + 1] - starts[i], i == 0 ? TransitionKind.Start : TransitionKind.Cut, starts[i], 1, 0, 0, probe.Width, probe.Height, 0));
        return this;
    }

    /// <summary>Runs stages, and what comes before them.</summary>
    public (IngestPipeline Pipeline, WorkShard Shard) Run(IngestConfig config, params string[] stages)
    {
        IngestPlan.Write(Folder, _sources, _sources.Count);
        var pipeline = new IngestPipeline(config);
        var shard = Folder.Shards().Single();
        Table<ProbeRow>.Write(pipeline.Probe.PartOf(shard), _probes);
        Table<ShotRow>.Write(pipeline.Shots.PartOf(shard), _shots);
        foreach (var stage in pipeline.Stages.Where(s => s.Name is "sequences" or "candidates" || stages.Contains(s.Name)))
            stage.Complete(shard, null, TestContext.Current.CancellationToken);
        return (pipeline, shard);
    }

    public void Dispose() => _folder.Dispose();
}
