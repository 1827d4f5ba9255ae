using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Kernels;

namespace AniSora.Evaluation.Benchmark;

/// <summary>Makes the benchmark on this machine, from packages that others have published: no art comes with the project.</summary>
public static class BenchmarkBuilder
{
    /// <summary>Clips in the benchmark of the default format.</summary>
    public const int Clips = 948;

    /// <summary>What a benchmark of the default format must have as its <see cref="BenchmarkFolder.Checksum"/>.</summary>
    public const string PublishedChecksum = "6da3180f174b56dc2c1ec2e380fc4c72f505dc8f1b9c7373301133057205d990";

    /// <summary>Fetches the collections (those packages that the cache lacks) and lists what is in them.</summary>
    /// <param name="collections">Some of <see cref="BenchmarkPlan.Collections"/>.</param>
    /// <param name="cache">The download cache; null for <see cref="CacheFolder.Default"/>.</param>
    /// <param name="progress">Hears what is being fetched.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A package cannot be fetched; the message names it.</exception>
    public static async Task<IReadOnlyList<SourceRow>> FetchAsync(
        IEnumerable<FootageCollection> collections, string? cache = null, IProgress<FetchProgress>? progress = null, CancellationToken cancellation = default)
    {
        var sources = new List<SourceRow>();
        foreach (var collection in collections)
            sources.AddRange(await collection.ListAsync(cache, progress, cancellation).ConfigureAwait(false));
        return sources;
    }

    /// <summary>Makes the clips, aside, and gives the folder its name when it is whole; what a killed run has left is made again.</summary>
    /// <param name="root">The benchmark's folder, which is not there yet.</param>
    /// <param name="plan">The clips (<see cref="BenchmarkPlan.Of"/>).</param>
    /// <param name="format">Their sizes.</param>
    /// <param name="done">Hears how many clips are made.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A source is damaged, or the disk is full; the message names the file.</exception>
    public static BenchmarkFolder Build(string root, IReadOnlyList<PlannedClip> plan, BenchmarkFormat format, Action<int>? done = null, CancellationToken cancellation = default)
    {
        format.Check();
        root = Path.GetFullPath(root).TrimEnd('/');
        RequireFree(root);
        string aside = root + ".building";
        if (Directory.Exists(aside))
            Directory.Delete(aside, recursive: true);
        var rows = new BenchmarkClip[plan.Count];
        int made = 0;
        OnEveryCore.Run(plan.Count, i =>
        {
            rows[i] = Make(aside, plan[i], format, cancellation);
            done?.Invoke(Interlocked.Increment(ref made));
        }, cancellation);
        BenchmarkFolder.WriteTables(aside, rows);
        if (Directory.Exists(root))
            Directory.Delete(root);
        Directory.Move(aside, root);
        return BenchmarkFolder.Open(root);
    }

    /// <summary>Refuses a folder that holds something.</summary>
    /// <exception cref="InputException">It does, or a file has that name.</exception>
    public static void RequireFree(string root)
    {
        if (File.Exists(root) || (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any()))
            throw new InputException($"{root}: holds something else already, which is left as it is; give another --out, or delete it first");
    }

    private static BenchmarkClip Make(string root, PlannedClip clip, BenchmarkFormat format, CancellationToken cancellation)
    {
        byte[] rgba = Read(clip, format, cancellation);
        int pixels = format.Height * format.Width;
        byte[] ground = Backgrounds.Render(Backgrounds.Random(StableHash.Of(clip.Id)), format.Width, format.Height), rgb = new byte[3 * format.Frames * pixels], alpha = new byte[pixels], mask = new byte[pixels];
        for (int t = 0; t < format.Frames; t++)
        {
            MaskBlend.Over(rgba.AsSpan(4 * t * pixels, 4 * pixels), ground, rgb.AsSpan(3 * t * pixels, 3 * pixels), alpha);
            // Where anything is to be seen at any time: outside of it the real clip stands still to the last bit.
            for (int i = 0; i < pixels; i++)
                mask[i] |= alpha[i] > 0 ? MaskShape.Inside : (byte)0;
        }
        BenchmarkFolder.WriteClip(root, clip.Id, new Video(format.Frames, format.Height, format.Width, clip.Rate, rgb), mask);
        var source = clip.Source;
        return new(clip.Id, source.Collection, clip.Label, source.Identity, clip.Prompt, format.Frames, format.Height, format.Width, clip.Rate, source.Licence, source.Attribution,
            clip.FigureInDemo, BenchmarkClip.DigestOf(rgb), BenchmarkClip.DigestOf(mask));
    }

    /// <summary>The clip's frames, <c>[T, H, W, 4]</c>.</summary>
    private static byte[] Read(PlannedClip clip, BenchmarkFormat format, CancellationToken cancellation)
    {
        var probe = SourceProbes.Probe(clip.Source, cancellation);
        if (!probe.Readable)
            throw new InputException($"{clip.Source.Path}: {probe.Reason}; delete the package from the cache and build again");
        int[] wanted = [.. clip.Shown.Select(f => clip.Source.Loops ? f % probe.Frames : Math.Min(f, probe.Frames - 1))];
        int bytes = 4 * format.Height * format.Width;
        byte[] frames = new byte[wanted.Length * bytes], frame = new byte[bytes];
        using var reader = FrameReaders.Open(clip.Source, probe, new FrameRequest(format.Width, format.Height, Fit: Fit.Contain), cancellation);
        for (int f = 0; f <= wanted.Max(); f++)
        {
            if (!reader.Read(frame))
                throw new InputException($"{clip.Source.Path}: ends at frame {f} of {probe.Frames}; delete the package from the cache and build again");
            for (int t = 0; t < wanted.Length; t++)
            {
                if (wanted[t] == f)
                    frame.CopyTo(frames, t * bytes);
            }
        }
        return frames;
    }
}
