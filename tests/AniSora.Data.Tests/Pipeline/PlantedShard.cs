using System.Text.Json;
using AniSora.Data.Pipeline;
using AniSora.Data.Tables;

namespace AniSora.Data.Tests.Pipeline;

/// <summary>A data set of one unit of work whose probe and shots are given, and whose frames are drawn by a test.</summary>
internal sealed class PlantedShard : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SourceRow> _sources = [];
    private readonly List<ProbeRow> _probes = [];
    private readonly List<ShotRow> _shots = [];

    public DatasetFolder Folder => new(_folder["set"]);

    /// <summary>Adds a source: its frames below each other on one sheet, which is one file to write and to read.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="rgba">Frames <c>[H, W, 4]</c>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    public void Add(string id, IReadOnlyList<byte[]> rgba, int width, int height)
    {
        const double fps = 8;
        string path = _folder[$"{id}.png"];
        Media.WritePng(path, rgba.SelectMany(f => f).ToArray(), height * rgba.Count, width, 4);
        string frames = JsonSerializer.Serialize(rgba.Select((_, t) => new[] { 0, t * height, width, height, 0, 0 }));
        _sources.Add(SourceFiles.Source(SourceKind.Sheet, path, frames, fps) with { SourceId = id, Identity = id });
        bool transparent = rgba.Any(f => f.Where((_, i) => i % 4 == 3).Any(a => a < 255));
        _probes.Add(new ProbeRow(id, true, "", "png", "png", width, height, rgba.Count, fps, false, rgba.Count / fps, transparent));
        _shots.Add(new ShotRow(id, 0, 0, rgba.Count, TransitionKind.Start, 0, 1, 0, 0, width, height, 0));
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
