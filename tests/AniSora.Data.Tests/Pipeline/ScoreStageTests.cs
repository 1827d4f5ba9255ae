using System.Security.Cryptography;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Scoring;
using AniSora.Tests;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Data.Tests.Pipeline;

public sealed class ScoreStageTests : IDisposable
{
    private const int Width = 96, Height = 64;

    private readonly PlantedShard _planted = new();

    public void Dispose() => _planted.Dispose();

    private static IngestConfig Config(ScoreConfig? scores = null, params ClipBucket[] buckets) => new()
    {
        Clips = new ClipConfig { Buckets = buckets.Length > 0 ? buckets : [new ClipBucket(9, Height, Width, 8)], MinSeconds = 0.5, Trim = 0 },
        Scores = scores ?? new ScoreConfig { Text = new TextConfig { Enabled = false } },
    };

    // A smooth pattern without a period within the picture, seen through a window that moves.
    private static byte[] Pattern(double left, double top, int light = 0)
    {
        var rgba = new byte[4 * Width * Height];
        for (int y = 0, p = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, p += 4)
            {
                double u = x + left, v = y + top;
                byte grey = (byte)Math.Clamp(120 + 50 * Math.Sin(0.23 * u + 0.05 * v) + 50 * Math.Sin(0.31 * v - 0.07 * u + 1) + light, 0, 255);
                (rgba[p], rgba[p + 1], rgba[p + 2], rgba[p + 3]) = (grey, grey, (byte)(255 - grey), 255);
            }
        }
        return rgba;
    }

    private static List<byte[]> Frames(int count, Func<int, byte[]> frame) => [.. Enumerable.Range(0, count).Select(frame)];

    private List<ScoreRow> Score(IngestConfig config)
    {
        var (pipeline, shard) = _planted.Run(config, "scores");
        return pipeline.Scores.Rows(shard);
    }

    [Fact]
    public void APanAndAStillPictureAreTold()
    {
        // The window goes right by 1 pixel a frame: the camera pans right, the picture moves 1 px = 7.5 px at 480.
        _planted.Add("pan", Frames(9, t => Pattern(t, 0)), Width, Height);
        _planted.Add("still", Frames(9, _ => Pattern(3, 3)), Width, Height);
        var rows = Score(Config());
        var (pan, still) = (rows.Single(r => r.ClipId.StartsWith("pan", StringComparison.Ordinal)), rows.Single(r => r.ClipId.StartsWith("still", StringComparison.Ordinal)));
        Assert.InRange(pan.MotionScore, 6.5, 8.5);
        Assert.True(pan.MotionMax >= pan.MotionScore);
        Assert.Equal("pan right", pan.CameraMotion);
        Assert.InRange(pan.CameraConfidence, 0.6, 1);
        Assert.Equal((0, 0, "static"), (Math.Round(still.MotionScore, 3), Math.Round(still.Flicker, 6), still.CameraMotion));
        Assert.True(still.Contrast > 20 && still.Colourfulness > 10 && still.Exposure > 0.9);
        Assert.Equal((-1, "", 0), (still.Aesthetic, still.AestheticModel, still.TextCover));
    }

    [Fact]
    public void FlickerIsTheChangeOfBrightness()
    {
        _planted.Add("flicker", Frames(9, t => Pattern(0, 0, t % 2 * 10)), Width, Height);
        // Blue goes down where the others go up: 0.299 + 0.587 - 0.114 of 10.
        Assert.InRange(Assert.Single(Score(Config())).Flicker, 7, 8.2);
    }

    [Fact]
    public void SharedPairsGiveWhatSingleClipsGive()
    {
        var frames = Frames(30, t => Pattern(0.05 * t * t, 0.3 * t));
        _planted.Add("film", frames, Width, Height);
        var overlapping = Score(Config() with { Clips = Config().Clips with { Overlap = 0.75 } });
        Assert.True(overlapping.Count > 5);
        using var single = new PlantedShard();
        var last = overlapping[^1];
        int first = int.Parse(last.ClipId.Split('/')[1].Split('x')[0]);
        single.Add("film", [.. frames.Skip(first).Take(9)], Width, Height);
        var (pipeline, shard) = single.Run(Config(), "scores");
        var alone = Assert.Single(pipeline.Scores.Rows(shard));
        Assert.Equal(last with { ClipId = "", Blockiness = 0 }, alone with { ClipId = "", Blockiness = 0 });
    }

    [Fact]
    public void ATitleCountsForTheClipsThatShowIt()
    {
        var title = Media.ReadPicture(Path.Combine(AppContext.BaseDirectory, "fixtures", "text", "level.png"));
        byte[] plain = new Picture(title.Width, title.Height, [.. Enumerable.Range(0, title.Rgba.Length / 4).SelectMany(i => new byte[] { (byte)(i % 320 / 2), 90, 60, 255 })]).Rgba;
        // Two seconds of title, then two of none, in one shot; a clip is one second long.
        _planted.Add("film", Frames(36, t => t < 18 ? title.Rgba : plain), title.Width, title.Height);
        var rows = Score(Config(new ScoreConfig { Look = new LookConfig { Seconds = 0.5 } }, new ClipBucket(9, 36, 64, 8)));
        Assert.Equal(4, rows.Count);
        Assert.All(rows.Take(2), r => Assert.InRange(r.TextCover, 5, 25));
        Assert.All(rows.Skip(2), r => Assert.Equal(0, r.TextCover));
    }

    [Fact]
    public void AnAestheticPredictorsNameAndScoreAreStored()
    {
        using var folder = new TemporaryFolder();
        byte[] model = new TinyModel().Input("x", TensorElementType.Float, 1, 3, 8, 8).Output("y", TensorElementType.Float, 1).Node("ReduceMean", ["x"], "y", ("keepdims", 0L)).ToBytes();
        File.WriteAllBytes(folder["mean.onnx"], model);
        string Manifest(double scale)
        {
            File.WriteAllText(folder["manifest.json"], $$"""
                {"name": "brightness", "licence": "MIT", "model": "mean.onnx", "files": {"mean.onnx": "{{Convert.ToHexStringLower(SHA256.HashData(model))}}"},
                 "input": {"width": 8, "height": 8, "resize": "cover"}, "scale": {{scale}} }
                """);
            return folder["manifest.json"];
        }
        _planted.Add("film", Frames(9, _ => Pattern(0, 0)), Width, Height);
        ScoreConfig WithPredictor(double scale) => new() { Text = new TextConfig { Enabled = false }, Aesthetic = Manifest(scale) };
        var ten = Assert.Single(Score(Config(WithPredictor(10))));
        Assert.InRange(ten.Aesthetic, 4, 6);
        Assert.StartsWith("brightness@", ten.AestheticModel);
        // Another manifest under the same path is another stage.
        var twenty = Assert.Single(Score(Config(WithPredictor(20))));
        Assert.Equal(2 * ten.Aesthetic, twenty.Aesthetic, 6);
        Assert.NotEqual(ten.AestheticModel, twenty.AestheticModel);
        File.AppendAllText(folder["mean.onnx"], "x");
        Assert.Contains("SHA-256", Assert.Throws<InputException>(() => Score(Config(WithPredictor(30)))).Message);
    }

    [Fact]
    public void LooksAreSpreadOverAShot()
    {
        var shot = new ShotRow("film", 0, 100, 90, TransitionKind.Cut, 100, 1, 0, 0, 64, 48, 0);
        var film = new ProbeRow("film", true, "", "", "", 64, 48, 500, 30, false, 16, false);
        Assert.Equal([115, 145, 175], SourceLooks.Chosen(new LookConfig(), film, shot));
        Assert.Equal([102], SourceLooks.Chosen(new LookConfig(), film, shot with { Frames = 5 }));
        Assert.Equal([100], SourceLooks.Chosen(new LookConfig(), film with { HasAlpha = true }, shot));
        Assert.Equal([100, 130, 160], SourceLooks.Chosen(new LookConfig { OfSprite = 3 }, film with { HasAlpha = true }, shot));
        Assert.Equal(90, SourceLooks.Chosen(new LookConfig { Seconds = 0.001 }, film, shot).Distinct().Count());
    }

    [Theory]
    [InlineData("look.seconds")]
    [InlineData("text.confidence")]
    public void SettingsOutOfRangeAreNamed(string name)
    {
        var config = name == "look.seconds" ? new ScoreConfig { Look = new LookConfig { Seconds = 0 } } : new ScoreConfig { Text = new TextConfig { Confidence = 1.5 } };
        Assert.Contains($"scores.{name} is ", Assert.Throws<InputException>(() => new IngestPipeline(new IngestConfig { Scores = config })).Message);
    }
}
