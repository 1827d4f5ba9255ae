using AniSora.Data;
using AniSora.Evaluation.Study;

[assembly: AssemblyFixture(typeof(AniSora.Evaluation.Tests.Study.SmallStudy))]

namespace AniSora.Evaluation.Tests.Study;

/// <summary>Videos of three models and studies made of them, once for all tests; what a test changes it changes in a copy.</summary>
public sealed class SmallStudy : IDisposable
{
    /// <summary>Names that occur nowhere by chance.</summary>
    public static readonly string[] Models = ["Zyxomma", "Quahog", "Wombat"];

    public const int Clips = 3, Frames = 9, Side = 32;

    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _scale, _pairs, _crowd;

    public SmallStudy()
    {
        for (int clip = 0; clip < Clips; clip++)
        {
            for (int model = 0; model < Models.Length; model++)
                Media.WriteMp4(VideoOf(Models[model], $"clip_{clip}"), Moving(clip, model), Frames, Side, Side, 16);
            Directory.CreateDirectory(Path.Combine(Bench, "video"));
            File.Copy(VideoOf(Models[0], $"clip_{clip}"), Path.Combine(Bench, "video", $"clip_{clip}.mp4"));
            Media.WritePng(Path.Combine(Bench, "image", $"clip_{clip}.png"), Moving(clip, 0).AsMemory(0, 3 * Side * Side), Side, Side);
        }
        File.WriteAllText(Path.Combine(Bench, "prompts.csv"), "id,prompt\nclip_0,\"a square, <moving>\"\nclip_1,a square goes right\nclip_2,a square runs\n");
        _scale = new(() => Make("scale", new() { Raters = 3, Clips = 2, Checks = 1, Repeats = 1 }));
        _pairs = new(() => Make("pairs", new() { Raters = 3, Clips = 2, Checks = 1, Repeats = 1, Design = StudyDesign.Pairs }));
        _crowd = new(() => Make("crowd", new() { Raters = 200, Clips = 2, Checks = 1, Repeats = 1 }));
    }

    public string Bench => _folder["bench"];

    public IReadOnlyList<StudyModel> Sources => [.. Models.Select(m => new StudyModel(m, _folder[m.ToLowerInvariant()]))];

    public string VideoOf(string model, string id) => Path.Combine(_folder[model.ToLowerInvariant()], "video", id + ".mp4");

    /// <summary>A study of one design, or with 200 raters, for this test alone.</summary>
    internal string Copy(TemporaryFolder target, StudyDesign design = StudyDesign.Scale, bool crowd = false)
    {
        string source = (crowd ? _crowd : design == StudyDesign.Scale ? _scale : _pairs).Value, copy = target["study"];
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(copy, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        return copy;
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>uint8 RGB <c>[T, H, W, 3]</c>: a square that moves, for each model at another speed; the first stands still.</summary>
    public static byte[] Moving(int clip, int model, int frames = Frames, int side = Side)
    {
        var pixels = new byte[frames * side * side * 3];
        for (int i = 0; i < pixels.Length / 3; i++)
        {
            int x = i % side, y = i / side % side, t = i / (side * side), left = (4 * clip + t * model) % side;
            bool inside = x >= left && x < left + side / 4 && y > side / 3 && y < side / 2;
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = inside ? ((byte)220, (byte)60, (byte)(40 * clip)) : ((byte)(7 * y), (byte)(90 + 3 * x), (byte)150);
        }
        return pixels;
    }

    private string Make(string name, StudyOptions options)
    {
        Assert.Empty(StudyBuilder.Create(Sources, Bench, _folder[name], options).Problems);
        return _folder[name];
    }
}
