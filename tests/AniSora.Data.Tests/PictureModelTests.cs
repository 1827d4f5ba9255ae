using System.Security.Cryptography;
using AniSora.Data.Models;
using AniSora.Tests;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Data.Tests;

public sealed class PictureModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, TinyModel model)
    {
        File.WriteAllBytes(_folder[name], model.ToBytes());
        return $"\"{name}\": \"{Convert.ToHexStringLower(SHA256.HashData(model.ToBytes()))}\"";
    }

    private string Manifest(string files, string rest, string name = "manifest.json")
    {
        File.WriteAllText(_folder[name], $"{{\"name\": \"tiny\", \"licence\": \"MIT\", \"files\": {{{files}}}, {rest}}}");
        return _folder[name];
    }

    // The mean of each channel, as the model sees them.
    private string ChannelMeans(string input, string rest = "")
    {
        string file = Write("means.onnx", new TinyModel().Input("x", TensorElementType.Float, 1, 3, "h", "w").Output("y", TensorElementType.Float, 1, 3)
            .Node("ReduceMean", ["x"], "y", ("axes", new long[] { 2, 3 }), ("keepdims", 0L)));
        return Manifest(file, $"\"model\": \"means.onnx\", \"input\": {input}{rest}");
    }

    private static byte[] Plain(int width, int height, byte r, byte g, byte b, byte a = 255) =>
        [.. Enumerable.Range(0, width * height).SelectMany(_ => new[] { r, g, b, a })];

    private static double Score(string manifest, byte[] rgba, int width, int height)
    {
        using var model = new PictureModel(manifest);
        return model.Score(rgba, width, height);
    }

    [Fact]
    public void PixelsAreNormalisedInTheModelsOrder()
    {
        const string input = "{\"width\": 4, \"height\": 4, \"mean\": [0.5, 0.25, 0.125], \"deviation\": [0.5, 1, 2], \"channels\": \"CHANNELS\"}";
        byte[] rgba = Plain(7, 7, 255, 51, 0);
        for (int c = 0; c < 3; c++)
        {
            double[] rgb = [(1 - 0.5) / 0.5, 0.2 - 0.25, (0 - 0.125) / 2], bgr = [(0 - 0.5) / 0.5, 0.2 - 0.25, (1 - 0.125) / 2];
            Assert.Equal(rgb[c], Score(ChannelMeans(input.Replace("CHANNELS", "rgb"), $", \"index\": {c}"), rgba, 7, 7), 5);
            Assert.Equal(bgr[c], Score(ChannelMeans(input.Replace("CHANNELS", "bgr"), $", \"index\": {c}"), rgba, 7, 7), 5);
        }
    }

    [Fact]
    public void ScoresAreScaledAndClamped()
    {
        const string input = "{\"width\": 4, \"height\": 4}";
        byte[] rgba = Plain(4, 4, 255, 0, 0);
        Assert.Equal(12, Score(ChannelMeans(input, ", \"scale\": 10, \"offset\": 2"), rgba, 4, 4), 4);
        Assert.Equal(9, Score(ChannelMeans(input, ", \"scale\": 10, \"offset\": 2, \"max\": 9"), rgba, 4, 4), 4);
        Assert.Equal(3, Score(ChannelMeans(input, ", \"index\": 1, \"min\": 3"), rgba, 4, 4), 4);
        Assert.Contains("index 3", Assert.Throws<InputException>(() => Score(ChannelMeans(input, ", \"index\": 3"), rgba, 4, 4)).Message);
    }

    [Fact]
    public void FitShowsAllOverGreyAndCoverCutsOff()
    {
        // A wide picture, white: as a square it is half white, half mid-grey; or all white.
        byte[] rgba = Plain(8, 4, 255, 255, 255);
        Assert.Equal((1 + 128.0 / 255) / 2, Score(ChannelMeans("{\"width\": 8, \"height\": 8, \"resize\": \"fit\"}"), rgba, 8, 4), 2);
        Assert.Equal(1, Score(ChannelMeans("{\"width\": 8, \"height\": 8, \"resize\": \"cover\"}"), rgba, 8, 4), 4);
        Assert.Equal(128.0 / 255, Score(ChannelMeans("{\"width\": 8, \"height\": 8}"), Plain(8, 8, 255, 0, 0, 0), 8, 8), 2);
    }

    [Fact]
    public void AHeadSitsOnANormalisedEncoder()
    {
        // Encoder: channel means (3, 4, 0)·k; head: the sum, so 7/5 once normalised.
        string encoder = Write("encoder.onnx", new TinyModel().Input("pixels", TensorElementType.Float, 1, 4, 4, 3).Output("embedding", TensorElementType.Float, 1, 3)
            .Node("ReduceMean", ["pixels"], "embedding", ("axes", new long[] { 1, 2 }), ("keepdims", 0L)));
        string head = Write("head.onnx", new TinyModel().Input("e", TensorElementType.Float, 1, 3).Output("unused", TensorElementType.Float, 1, 3).Output("score", TensorElementType.Float, 1)
            .Node("Identity", ["e"], "unused").Node("ReduceSum", ["e", "axis"], "score", ("keepdims", 0L)).Weight("axis", [1L], 1));
        string manifest = Manifest($"{encoder}, {head}", "\"model\": \"encoder.onnx\", \"input\": {\"name\": \"pixels\", \"width\": 4, \"height\": 4, \"layout\": \"nhwc\"}, "
            + "\"output\": \"embedding\", \"head\": {\"model\": \"head.onnx\", \"normalise\": true, \"output\": \"score\"}");
        Assert.Equal(1.4, Score(manifest, Plain(4, 4, 150, 200, 0), 4, 4), 4);
    }

    [Fact]
    public void ASegmentersMapComesBackToThePicturesSize()
    {
        // The foreground is where the first channel is bright.
        string file = Write("segment.onnx", new TinyModel().Input("x", TensorElementType.Float, 1, 3, 64, 64).Output("y", TensorElementType.Float, 1, 1, 64, 64)
            .Weight("w", [1f, 0, 0], 1, 3, 1, 1).Node("Conv", ["x", "w"], "y"));
        using var model = new PictureModel(Manifest(file, "\"model\": \"segment.onnx\", \"input\": {\"width\": 64, \"height\": 64}"));
        const int width = 40, height = 20;
        var rgba = new byte[4 * width * height];
        for (int i = 0; i < width * height; i++)
            (rgba[4 * i], rgba[4 * i + 3]) = ((byte)(i % width is >= 8 and < 20 && i / width is >= 4 and < 12 ? 250 : 10), 255);
        var mask = new byte[width * height];
        model.Foreground(rgba, width, height, mask);
        var expected = new Kernels.BoxShape(8, 4, 12, 8).Rasterise(width, height);
        Assert.True(mask.Zip(expected).Count(p => p.First != p.Second) <= 8);
        Assert.All(mask, m => Assert.True(m is 0 or 255));
    }

    [Fact]
    public void ManifestsThatDoNotFitAreRefused()
    {
        const string input = "{\"width\": 4, \"height\": 4}";
        string Error(string manifest) => Assert.Throws<InputException>(() => new PictureModel(manifest)).Message;
        string good = ChannelMeans(input);
        string identity = PictureModelManifest.Read(good).Identity;
        Assert.StartsWith("tiny@", identity);
        Assert.NotEqual(identity, PictureModelManifest.Read(ChannelMeans(input, ", \"scale\": 2")).Identity);
        Assert.Contains("file not found", Error(_folder["none.json"]));
        Assert.Contains("deviations above 0", Error(ChannelMeans("{\"width\": 4, \"height\": 4, \"deviation\": [1, 0, 1]}")));
        Assert.Contains("\"nowhere\"", Error(ChannelMeans("{\"width\": 4, \"height\": 4, \"name\": \"nowhere\"}")));
        Assert.Contains("not among files", Error(Manifest("", $"\"model\": \"means.onnx\", \"input\": {input}")));
        Assert.Contains("licence", Error(WriteText("{\"name\": \"x\"}")));
        Assert.Contains("resolution", Error(ChannelMeans(input, ", \"resolution\": 4")));
        good = ChannelMeans(input);
        File.AppendAllText(_folder["means.onnx"], "x");
        Assert.Contains("SHA-256", Error(good));
        File.Delete(_folder["means.onnx"]);
        Assert.Contains("means.onnx is missing", Error(good));
    }

    private string WriteText(string json)
    {
        File.WriteAllText(_folder["text.json"], json);
        return _folder["text.json"];
    }
}
