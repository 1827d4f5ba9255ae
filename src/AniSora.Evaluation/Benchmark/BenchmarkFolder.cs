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
public sealed partial class BenchmarkFolder
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
        return HasManifest
            ? new Video(clip.Frames, clip.Height, clip.Width, clip.Rate, Checked(file, Media.ReadLossless(file, clip.Frames, clip.Height, clip.Width, cancellation), clip.FramesDigest))
            : Media.ReadVideo(file, cancellation: cancellation);
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

    /// <summary>What is wrong with a clip's files, all of which are read.</summary>
    public IReadOnlyList<string> Problems(BenchmarkClip clip, CancellationToken cancellation = default)
    {
        var problems = new List<string>();
        Video? video = null;
        void Try(Action read)
        {
            try
            {
                read();
            }
            catch (InputException e)
            {
                problems.Add(e.Message);
            }
        }
        Try(() => video = ReadClip(clip, cancellation));
        foreach (var which in Enum.GetValues<KeyFrame>().Where(w => HasManifest || File.Exists(ImageOf(clip.Id, w))))
        {
            Try(() =>
            {
                var image = Media.ReadPicture(ImageOf(clip.Id, which));
                if (HasManifest && video is not null && !image.Over().AsSpan().SequenceEqual(Frame(video, which)))
                    throw new InputException($"{ImageOf(clip.Id, which)}: is not that frame of the video; make the benchmark again with `anisora bench build`");
            });
        }
        if (clip.HasMask && video is not null)
            Try(() => ReadMask(clip, video.Height, video.Width));
        return problems;
    }

    private static string ImageOf(string root, string id, KeyFrame which) => Path.Combine(root, "image", which switch
    {
        KeyFrame.First => $"{id}.png",
        KeyFrame.Middle => $"{id}_mid.png",
        _ => $"{id}_last.png",
    });

    private static ReadOnlySpan<byte> Frame(Video video, KeyFrame which)
    {
        int bytes = 3 * video.Height * video.Width, frame = which switch { KeyFrame.First => 0, KeyFrame.Middle => (video.Frames - 1) / 2, _ => video.Frames - 1 };
        return video.Rgb.AsSpan(frame * bytes, bytes);
    }

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
