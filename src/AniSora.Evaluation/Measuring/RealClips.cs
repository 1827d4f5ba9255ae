using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Evaluation;

/// <summary>A benchmark's clips, whose files are read many at a time.</summary>
public static class RealClips
{
    /// <summary>Files that one process reads.</summary>
    internal const int Batch = 24;

    /// <summary>Reads clips.</summary>
    /// <param name="bench">The benchmark.</param>
    /// <param name="clips">Some of its clips.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A file is missing or damaged.</exception>
    public static IEnumerable<Video> Read(BenchmarkFolder bench, IEnumerable<BenchmarkClip> clips, CancellationToken cancellation = default) =>
        clips.Chunk(Batch).SelectMany(batch =>
        {
            var read = Files([.. batch.Select(c => bench.VideoOf(c.Id))], cancellation);
            return batch.Select(clip => Of(bench, clip, read, cancellation));
        });

    /// <summary>What could be read of files, by path.</summary>
    internal static Dictionary<string, Video> Files(string[] paths, CancellationToken cancellation) =>
        paths.Zip(Media.ReadLossless(paths, cancellation)).Where(f => f.Second is not null).DistinctBy(f => f.First).ToDictionary(f => f.First, f => f.Second!);

    /// <summary>A clip out of what was read. What is not there, or not as the manifest says, is read by itself: that names what is wrong.</summary>
    internal static Video Of(BenchmarkFolder bench, BenchmarkClip clip, Dictionary<string, Video> read, CancellationToken cancellation) =>
        !read.TryGetValue(bench.VideoOf(clip.Id), out var video) ? bench.ReadClip(clip, cancellation)
        : !bench.HasManifest ? video
        : BenchmarkClip.DigestOf(video.Rgb) == clip.FramesDigest ? video with { Fps = clip.Rate } : bench.ReadClip(clip, cancellation);
}
