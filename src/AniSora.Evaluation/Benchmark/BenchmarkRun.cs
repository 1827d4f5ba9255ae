using System.Diagnostics;
using AniSora.Data;
using AniSora.Models.Conditioning;

namespace AniSora.Evaluation.Benchmark;

/// <summary>Makes a method's videos of a benchmark. A video that is there is whole and is not made again, so a run may be killed at any moment.</summary>
/// <param name="bench">The benchmark.</param>
/// <param name="task">What is given.</param>
/// <param name="seed">Of the first clip.</param>
/// <param name="output">The folder of videos.</param>
public sealed class BenchmarkRun(BenchmarkFolder bench, GuideTask task, ulong seed, string output)
{
    // By their places in the benchmark: seeds follow from these, whatever is left out.
    private readonly List<(BenchmarkClip Clip, int Place)> _clips = [.. bench.Clips.Select((clip, place) => (clip, place)).Where(c => task != GuideTask.Region || c.clip.HasMask)];

    /// <summary>Clips that the task has.</summary>
    public int Clips => _clips.Count;

    /// <summary>Clips whose videos are there.</summary>
    public int Finished => _clips.Count(c => File.Exists(MadeVideos.VideoOf(output, c.Clip.Id)));

    /// <summary>Writes down what will be made, or compares it with what is there; nothing has to be opened for it.</summary>
    /// <param name="description">What the method says of itself.</param>
    /// <param name="shortened">How many prompts the model does not read as they are.</param>
    /// <param name="size">T, H and W that the method makes; null for any.</param>
    /// <returns>What the folder says.</returns>
    /// <exception cref="InputException">Other videos are there, or the sizes do not fit.</exception>
    public MadeVideos Begin(MadeVideos description, int shortened, (int T, int H, int W)? size)
    {
        if (Clips == 0)
            throw new InputException($"{bench.Root}: no clip has a motion mask, which --task mask needs; choose another task");
        if (size is { } s && bench.HasManifest && bench.Clips.FirstOrDefault(c => (c.Frames, c.Height, c.Width) != s) is { } other)
            throw new InputException($"{bench.Root}: {other.Id} has {other.Frames} frames of {other.Width}×{other.Height}, the model makes {s.T} of {s.W}×{s.H}; make a benchmark for it: anisora bench build --frames {s.T} --size {s.W}x{s.H}");
        var made = description with { Seed = seed, Task = BenchmarkTask.NameOf(task), Benchmark = bench.Checksum, Clips = Clips, PromptsShortened = shortened, Program = MadeVideos.ThisProgram };
        if (MadeVideos.TryRead(output) is { } there)
        {
            made.RequireSame(output, there);
            return there;
        }
        if (Finished > 0)
            throw new InputException($"{output}: has videos of this benchmark that others made (there is no made.json); give another --out");
        made.Write(output);
        return made;
    }

    /// <summary>Makes the videos that are missing.</summary>
    /// <param name="method">What makes them.</param>
    /// <param name="made">From <see cref="Begin"/>.</param>
    /// <param name="done">Hears how many are there.</param>
    /// <param name="cancellation">Stops it between two batches.</param>
    /// <exception cref="InputException">A picture is missing or damaged, or a video cannot be written.</exception>
    public void Work(IVideoMethod method, MadeVideos made, Action<int>? done = null, CancellationToken cancellation = default)
    {
        AtomicFile.DeleteTemporaries(output);
        int finished = Finished;
        done?.Invoke(finished);
        try
        {
            foreach (var batch in Batches(method))
            {
                cancellation.ThrowIfCancellationRequested();
                var guides = batch.Select(c => BenchmarkTask.GuideOf(bench, c.Clip, task, method.Size ?? SizeOf(c.Clip, cancellation))).ToList();
                var watch = Stopwatch.StartNew();
                var videos = method.Make(guides, seed + (ulong)batch[0].Place, cancellation);
                double seconds = made.SecondsPerClip * made.ClipsTimed + watch.Elapsed.TotalSeconds;
                made = made with { ClipsTimed = made.ClipsTimed + batch.Count, SecondsPerClip = seconds / (made.ClipsTimed + batch.Count) };
                OnEveryCore.Run(batch.Count, i => Media.WriteLossless(MadeVideos.VideoOf(output, batch[i].Clip.Id),
                    new Video(guides[i].T, guides[i].H, guides[i].W, batch[i].Clip.Rate > 0 ? batch[i].Clip.Rate : 16, videos[i])), cancellation);
                done?.Invoke(finished += batch.Count);
            }
        }
        finally
        {
            made.Write(output);
        }
    }

    /// <summary>Clips that are missing, those together that stand next to each other and have one size.</summary>
    private IEnumerable<List<(BenchmarkClip Clip, int Place)>> Batches(IVideoMethod method)
    {
        bool Alike(BenchmarkClip a, BenchmarkClip b) => method.Size is not null || (bench.HasManifest && (a.Frames, a.Height, a.Width) == (b.Frames, b.Height, b.Width));
        List<(BenchmarkClip Clip, int Place)> batch = [];
        foreach (var next in _clips.Where(c => !File.Exists(MadeVideos.VideoOf(output, c.Clip.Id))))
        {
            if (batch.Count > 0 && (batch.Count == method.Batch || next.Place != batch[^1].Place + 1 || !Alike(batch[0].Clip, next.Clip)))
            {
                yield return batch;
                batch = [];
            }
            batch.Add(next);
        }
        if (batch.Count > 0)
            yield return batch;
    }

    private (int T, int H, int W) SizeOf(BenchmarkClip clip, CancellationToken cancellation)
    {
        if (bench.HasManifest)
            return (clip.Frames, clip.Height, clip.Width);
        var video = bench.ReadClip(clip, cancellation);
        return (video.Frames, video.Height, video.Width);
    }
}
