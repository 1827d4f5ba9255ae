using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using AniSora.Data;
using AniSora.Evaluation.Benchmark;
using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation;

/// <summary>A measured clip.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">Its action.</param>
/// <param name="Identity">What it shows: clips that share it are not independent.</param>
/// <param name="Prompt">What happens, in words; empty if unknown.</param>
/// <param name="Values">Metric to value; NaN where there was nothing to measure.</param>
/// <param name="Features">The video's features; empty unless ResNet-18 looked at it.</param>
/// <param name="RealFeatures">The real video's, likewise.</param>
public sealed record ClipScores(string Id, string Label, string Identity, string Prompt, Dictionary<string, double> Values, float[] Features, float[] RealFeatures);

/// <summary>
/// Measures folders of videos, clip by clip on all cores: memory does not grow with their number but for the scores. What cannot be measured
/// is listed, and the rest is measured.
/// </summary>
/// <param name="networks">What to look with.</param>
/// <param name="metrics">What to measure.</param>
/// <param name="cache">What was measured before.</param>
/// <param name="bench">The real clips; null for none.</param>
public sealed class Evaluator(NetworkSet networks, IReadOnlyList<Metric> metrics, ScoreCache cache, BenchmarkFolder? bench)
{
    /// <summary>Measures a folder.</summary>
    /// <param name="videos">The videos.</param>
    /// <param name="measured">Hears of every clip when it is done, from any thread.</param>
    /// <param name="cancellation">Stops it; what was measured stays in the cache.</param>
    /// <exception cref="InputException">Nothing of the folder can be measured, or the cache cannot be written.</exception>
    public SetScores Run(VideoFolder videos, Action<string>? measured = null, CancellationToken cancellation = default)
    {
        var clips = new ConcurrentBag<ClipScores>();
        var problems = new ConcurrentBag<ClipProblem>(videos.Problems);
        foreach (var clip in bench?.Clips ?? [])
        {
            if (!videos.Videos.ContainsKey(clip.Id))
                problems.Add(new(clip.Id, $"{videos.Root}: has no video of this clip of the benchmark; make it"));
        }
        Parallel.ForEach(videos.Videos.Chunk(RealClips.Batch / 2), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation }, batch =>
        {
            Lookup[] wanted = [.. batch.Select(video => Try(video.Key, problems, () => Look(video.Key, video.Value, videos.Task))).OfType<Lookup>()];
            string[] files = [.. wanted.Where(w => w.IsMissing).SelectMany(w => w.Clip is null ? [w.Path] : new[] { w.Path, bench!.VideoOf(w.Id) })];
            var read = RealClips.Files(files, cancellation);
            foreach (var clip in wanted)
            {
                if (Try(clip.Id, problems, () => Measure(clip, read, videos.Task, cancellation)) is { } scores)
                    clips.Add(scores);
            }
            foreach (var video in batch)
                measured?.Invoke(video.Key);
        });
        if (clips.IsEmpty)
            throw new InputException($"{videos.Root}: no clip could be measured; the first fault: {problems.OrderBy(p => p.Id, StringComparer.Ordinal).First().What}");
        return SetScores.Of(videos, [.. clips.OrderBy(c => c.Id, StringComparer.Ordinal)], [.. problems.OrderBy(p => p.Id, StringComparer.Ordinal)], metrics, networks, cancellation);
    }

    /// <summary>What is known of a clip, and by which content.</summary>
    private sealed record Lookup(string Id, string Path, BenchmarkClip? Clip, string Content, string Real, string Pair, ScoreCache.Entry Known, ScoreCache.Entry Mine, ScoreCache.Entry Reals, Metric[] Missing, bool WantsMine, bool WantsReal)
    {
        public bool IsMissing => Missing.Length > 0 || WantsMine || WantsReal;
    }

    private Lookup Look(string id, string path, string task)
    {
        var clip = bench is null ? null : bench.Find(id) ?? throw new InputException($"{path}: the benchmark has no clip \"{id}\"; name the video after its clip, or remove it");
        string content = VideoFolder.DigestOf(path), real = clip is null ? "" : clip.FramesDigest.Length > 0 ? clip.FramesDigest : VideoFolder.DigestOf(bench!.VideoOf(id));
        string pair = Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(string.Join('\n', content, real, clip?.MaskDigest, clip?.Prompt, clip is null ? "" : task))));
        var known = cache.Read(pair);
        bool looks = networks.ResNet is not null;
        ScoreCache.Entry mine = looks ? cache.Read(content) : known, reals = looks && clip is not null ? cache.Read(real) : mine;
        return new(id, path, clip, content, real, pair, known, mine, reals, [.. metrics.Where(m => !known.Values.ContainsKey(KeyOf(m)))],
            looks && !mine.Features.ContainsKey(ResNet18.Identity), looks && clip is not null && !reals.Features.ContainsKey(ResNet18.Identity));
    }

    private ClipScores Measure(Lookup found, Dictionary<string, Video> read, string task, CancellationToken cancellation)
    {
        var (clip, known) = (found.Clip, found.Known);
        if (found.IsMissing)
        {
            var view = View(found, read, task, cancellation);
            foreach (var metric in found.Missing)
                known.Values[KeyOf(metric)] = (metric.Needs & ~view.Has) == 0 && view.Size.Frames >= metric.LeastFrames ? metric.Measure(view) : double.NaN;
            if (found.Missing.Length > 0)
                cache.Write(found.Pair, known);
            if (found.WantsMine)
                Keep(found.Content, found.Mine, view.Maps());
            if (found.WantsReal)
                Keep(found.Real, found.Reals, view.ReferenceMaps());
        }
        bool looks = networks.ResNet is not null;
        return new(found.Id, clip?.Label ?? "", clip?.Identity ?? found.Id, clip?.Prompt ?? "", metrics.ToDictionary(m => m.Key, m => known.Values[KeyOf(m)]),
            looks ? Floats(found.Mine) : [], looks && clip is not null ? Floats(found.Reals) : []);
    }

    private ObservedClip View(Lookup found, Dictionary<string, Video> read, string task, CancellationToken cancellation)
    {
        string path = found.Path;
        var video = read.GetValueOrDefault(path) ?? Media.ReadVideo(path, cancellation: cancellation);
        if (video.Frames < 2)
            throw new InputException($"{path}: has one frame; a video of two or more can be measured");
        if (found.Clip is not { } clip)
            return new ObservedClip(video, null, networks) { Cancellation = cancellation };
        var real = RealClips.Of(bench!, clip, read, cancellation);
        if ((video.Frames, video.Height, video.Width) != (real.Frames, real.Height, real.Width))
            throw new InputException($"{path}: has {video.Frames} frames of {video.Width}×{video.Height}, the real clip {real.Frames} of {real.Width}×{real.Height}; make it in that size and length");
        byte[] Image(KeyFrame which) => bench!.ReadImage(clip, which, video.Height, video.Width);
        var keys = new List<(int, byte[])> { (0, Image(KeyFrame.First)) };
        if (task.Contains("middle", StringComparison.Ordinal))
            keys.Add(((video.Frames - 1) / 2, Image(KeyFrame.Middle)));
        if (task.Contains("last", StringComparison.Ordinal))
            keys.Add((video.Frames - 1, Image(KeyFrame.Last)));
        return new ObservedClip(video with { Fps = real.Fps }, real, networks)
        {
            Cancellation = cancellation,
            Image = keys[0].Item2,
            Mask = clip.HasMask ? bench!.ReadMask(clip, video.Height, video.Width) : [],
            KeyFrames = keys,
            Prompt = clip.Prompt,
        };
    }

    private void Keep(string content, ScoreCache.Entry entry, ResNetMaps maps)
    {
        entry.Features[ResNet18.Identity] = MemoryMarshal.AsBytes(maps.VideoFeatures().AsSpan()).ToArray();
        cache.Write(content, entry);
    }

    private string KeyOf(Metric metric) => new MetricColumn(metric, networks).Version;

    private static float[] Floats(ScoreCache.Entry entry) => MemoryMarshal.Cast<byte, float>(entry.Features[ResNet18.Identity]).ToArray();

    /// <summary>Does something for a clip; null if its files are at fault, which is listed.</summary>
    private static T? Try<T>(string id, ConcurrentBag<ClipProblem> problems, Func<T> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            problems.Add(new(id, e.Message));
            return null;
        }
    }
}
