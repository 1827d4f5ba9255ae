using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Tables;

namespace AniSora.Evaluation.Benchmark;

/// <summary>
/// A benchmark on disk, in the published layout:
/// <code>
/// image/ID.png       the first frame; ID_mid.png the middle one, ID_last.png the last
/// mask/ID.png        the motion mask, where there is one: white = may move
/// video/ID.mp4       the real clip; ours are lossless
/// prompts.csv        id, prompt
/// manifest.parquet   in a benchmark of ours: a row per clip (<see cref="BenchmarkClip"/>), written last
/// </code>
/// </summary>
public sealed class BenchmarkFolder
{
    private readonly Dictionary<string, BenchmarkClip> _byId;

    private BenchmarkFolder(string root, IReadOnlyList<BenchmarkClip> clips, bool hasManifest)
    {
        (Root, Clips, HasManifest) = (root, clips, hasManifest);
        _byId = clips.ToDictionary(c => c.Id, StringComparer.Ordinal);
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>The clips, by id.</summary>
    public IReadOnlyList<BenchmarkClip> Clips { get; }

    /// <summary>Whether it has the rows' sizes, licences and digests, or only what the published layout has.</summary>
    public bool HasManifest { get; }

    /// <summary>What tells one benchmark from another: SHA-256 of all rows, hexadecimal. The rows have the frames' digests; how files are encoded is no part of it.</summary>
    public string Checksum => ChecksumOf(Clips);

    /// <summary>The manifest's file.</summary>
    public static string ManifestOf(string root) => Path.Combine(root, "manifest.parquet");

    /// <summary>The prompts' file.</summary>
    public static string PromptsOf(string root) => Path.Combine(root, "prompts.csv");

    /// <summary>Opens a benchmark, with or without manifest; no video is read.</summary>
    /// <param name="root">Its folder.</param>
    /// <exception cref="InputException">There is none, or its tables are damaged or do not fit its files.</exception>
    public static BenchmarkFolder Open(string root)
    {
        if (!Directory.Exists(root))
            throw new InputException($"{root}: no such folder; give a benchmark (`anisora bench build` makes one)");
        bool known = File.Exists(ManifestOf(root));
        var clips = known ? Table<BenchmarkClip>.Read(ManifestOf(root)) : Published(root);
        if (clips.Count == 0)
            throw new InputException($"{root}: holds no clips (video/ID.mp4); give a benchmark (`anisora bench build` makes one)");
        foreach (var clip in clips)
            RequireName(clip.Id, root);
        if (clips.GroupBy(c => c.Id).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"{root}: id \"{twice.Key}\" stands there twice; give every clip another");
        return new(root, [.. clips.OrderBy(c => c.Id, StringComparer.Ordinal)], known);
    }

    /// <summary>The clip of an id, or null.</summary>
    public BenchmarkClip? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The file of a key frame.</summary>
    /// <param name="id">The clip's.</param>
    /// <param name="which">First, middle or last.</param>
    public string ImageOf(string id, KeyFrame which = KeyFrame.First) => ImageOf(Root, id, which);

    /// <summary>The file of the motion mask.</summary>
    public string MaskOf(string id) => Path.Combine(Root, "mask", id + ".png");

    /// <summary>The file of the real clip.</summary>
    public string VideoOf(string id) => Path.Combine(Root, "video", id + ".mp4");

    /// <summary>The real clip.</summary>
    /// <param name="clip">A clip of this benchmark.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The file is missing or damaged, or does not have the pixels that the manifest says.</exception>
    public Video ReadClip(BenchmarkClip clip, CancellationToken cancellation = default)
    {
        string file = VideoOf(clip.Id);
        var video = Media.ReadVideo(file, cancellation: cancellation);
        if (HasManifest && (video.Frames, video.Height, video.Width) != (clip.Frames, clip.Height, clip.Width))
            throw new InputException($"{file}: has {video.Frames} frames of {video.Width}×{video.Height}, the manifest says {clip.Frames} of {clip.Width}×{clip.Height}; make the benchmark again with `anisora bench build`");
        return HasManifest ? video with { Rgb = Checked(file, video.Rgb, clip.FramesDigest), Fps = clip.Rate } : video;
    }

    /// <summary>A key frame at a size, <c>[H, W, 3]</c>; another aspect is filled and cut.</summary>
    /// <exception cref="InputException">The file is missing or damaged.</exception>
    public byte[] ReadImage(BenchmarkClip clip, KeyFrame which, int height, int width) => Media.ReadPicture(ImageOf(clip.Id, which)).Fitted(width, height, Fit.Cover).Over();

    /// <summary>The motion mask at a size, <c>[H, W]</c>, 255 where motion is allowed, otherwise 0.</summary>
    /// <exception cref="InputException">The clip has none, or the file is missing or damaged.</exception>
    public byte[] ReadMask(BenchmarkClip clip, int height, int width)
    {
        if (!clip.HasMask)
            throw new InputException($"{MaskOf(clip.Id)}: this clip has no motion mask; leave it out of the task mask");
        byte[] mask = Media.ReadPicture(MaskOf(clip.Id)).Mask(width, height);
        return HasManifest && (height, width) == (clip.Height, clip.Width) ? Checked(MaskOf(clip.Id), mask, clip.MaskDigest) : mask;
    }

    /// <summary>Writes a clip's files.</summary>
    /// <param name="root">The benchmark's folder.</param>
    /// <param name="id">The clip's.</param>
    /// <param name="video">The frames.</param>
    /// <param name="mask"><c>[H, W]</c>, 255 where motion is allowed, otherwise 0; null if there is none.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void WriteClip(string root, string id, Video video, byte[]? mask)
    {
        RequireName(id, root);
        int bytes = 3 * video.Height * video.Width;
        foreach (var (which, frame) in new[] { (KeyFrame.First, 0), (KeyFrame.Middle, (video.Frames - 1) / 2), (KeyFrame.Last, video.Frames - 1) })
            Media.WritePng(ImageOf(root, id, which), video.Rgb.AsMemory(frame * bytes, bytes), video.Height, video.Width);
        if (mask is not null)
            Media.WritePng(Path.Combine(root, "mask", id + ".png"), mask, video.Height, video.Width, 1);
        Media.WriteLossless(Path.Combine(root, "video", id + ".mp4"), video);
    }

    /// <summary>Writes the prompts, and with them a manifest: what makes a folder of clips a benchmark of ours.</summary>
    /// <param name="root">The folder, with the clips' files.</param>
    /// <param name="clips">The clips.</param>
    /// <param name="manifest">False writes the published layout and no more.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void WriteTables(string root, IEnumerable<BenchmarkClip> clips, bool manifest = true)
    {
        BenchmarkClip[] sorted = [.. clips.OrderBy(c => c.Id, StringComparer.Ordinal)];
        static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"")}\"";
        AtomicFile.WriteText(PromptsOf(root), string.Concat(sorted.Select(c => $"{Quoted(c.Id)},{Quoted(c.Prompt)}\n").Prepend("id,prompt\n")));
        if (manifest)
            Table<BenchmarkClip>.Write(ManifestOf(root), sorted, $"benchmark {ChecksumOf(sorted)}");
    }

    /// <summary>The checksum of a benchmark with these rows.</summary>
    public static string ChecksumOf(IEnumerable<BenchmarkClip> clips)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var clip in clips.OrderBy(c => c.Id, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(clip) + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string ImageOf(string root, string id, KeyFrame which) => Path.Combine(root, "image", which switch
    {
        KeyFrame.First => $"{id}.png",
        KeyFrame.Middle => $"{id}_mid.png",
        _ => $"{id}_last.png",
    });

    private static byte[] Checked(string file, byte[] pixels, string digest) => BenchmarkClip.DigestOf(pixels) == digest
        ? pixels
        : throw new InputException($"{file}: does not have the pixels that the manifest's digest says: the file is damaged or was changed; make the benchmark again with `anisora bench build`");

    private static void RequireName(string id, string root)
    {
        // Tables are data from outside: an id must not lead to files elsewhere.
        if (id.Length == 0 || id.StartsWith('.') || id.AsSpan().ContainsAny("/\\\0"))
            throw new InputException($"{root}: \"{id}\" is no id that can name files; use letters, digits, - and _");
    }

    private static List<BenchmarkClip> Published(string root)
    {
        string folder = Path.Combine(root, "video");
        string[] ids = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.mp4").Select(f => Path.GetFileNameWithoutExtension(f)!)] : [];
        var prompts = File.Exists(PromptsOf(root)) ? Prompts(root, ids) : [];
        return [.. ids.Select(id => BenchmarkClip.Published(id, prompts.GetValueOrDefault(id, ""), File.Exists(Path.Combine(root, "mask", id + ".png"))))];
    }

    private static Dictionary<string, string> Prompts(string root, string[] ids)
    {
        string file = PromptsOf(root);
        var table = MetadataTable.Read(file, File.ReadAllText(file));
        if (!table.Columns.Contains("id") || !table.Columns.Contains("prompt"))
            throw new InputException($"{file}: has the columns {string.Join(", ", table.Columns)}; it needs id and prompt");
        var prompts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            string id = row.GetValueOrDefault("id", "");
            if (!ids.Contains(id))
                throw new InputException($"{file}: id \"{id}\" has no video/{id}.mp4; add the video or take the line out");
            if (!prompts.TryAdd(id, row.GetValueOrDefault("prompt", "")))
                throw new InputException($"{file}: id \"{id}\" stands there twice; give every clip one line");
        }
        return prompts;
    }
}

/// <summary>The frames of a clip that guide a model.</summary>
public enum KeyFrame
{
    /// <summary>Frame 0.</summary>
    First,
    /// <summary>Frame (T - 1) / 2.</summary>
    Middle,
    /// <summary>Frame T - 1.</summary>
    Last,
}
