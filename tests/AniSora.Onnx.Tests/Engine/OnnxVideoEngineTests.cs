using AniSora.Inference;
using AniSora.Models.Checkpoints;
using AniSora.Models.Sampling;
using AniSora.Onnx.Engine;
using AniSora.Tests;

namespace AniSora.Onnx.Tests;

/// <summary>The engine over an exported model so small that its results are known.</summary>
public sealed class OnnxVideoEngineTests : IDisposable
{
    private const int C = TinyExport.LatentChannels;

    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_model_is_known_by_its_index()
    {
        TinyExport.Write(_folder);
        using var engine = OnnxVideoEngine.Open(_folder);
        Assert.Equal(("tiny", 17, 16, 8.0, C, 1000), (engine.Index.Name, engine.Index.Frames, engine.Index.Width, engine.Index.Fps, engine.LatentChannels, engine.Schedule.Steps));
    }

    [Theory]
    [InlineData(17, false, new[] { 5 })]
    [InlineData(1, false, new[] { 1 })]
    [InlineData(17, true, new[] { 3, 2 })]
    [InlineData(1, true, new[] { 1 })]
    [InlineData(5, true, new[] { 2 })]
    [InlineData(25, true, new[] { 3, 2, 2 })]
    public void A_video_is_encoded_in_the_references_chunks(int frames, bool chunked, int[] steps)
    {
        TinyExport.Write(_folder, chunked);
        using var engine = OnnxVideoEngine.Open(_folder);
        var video = Random(1, 2, 3, frames, 24, 16);
        var latent = engine.Encode(video);
        Assert.Equal([2, C, steps.Sum(), 3, 2], latent.Shape);
        for (int b = 0; b < 2; b++)
            for (int c = 0; c < C; c++)
                for (int y = 0; y < 3; y++)
                    for (int x = 0; x < 2; x++)
                        AssertSummed(steps, t => Mean(video, b, c, 4 * t, 8 * y, 8 * x), t => At(latent, b, c, t, y, x));
    }

    [Theory]
    [InlineData(5, false, new[] { 5 })]
    [InlineData(5, true, new[] { 3, 2 })]
    [InlineData(1, true, new[] { 1 })]
    [InlineData(6, true, new[] { 2, 2, 2 })]
    public void A_latent_is_decoded_in_the_references_chunks(int length, bool chunked, int[] steps)
    {
        TinyExport.Write(_folder, chunked);
        using var engine = OnnxVideoEngine.Open(_folder, new OnnxSessionOptions { Threads = 1 });
        var latent = DenseArray.Mix((0.2, Random(2, 2, C, length, 2, 3)));
        var video = engine.Decode(latent);
        Assert.Equal([2, 3, 4 * length - 3, 16, 24], video.Shape);
        for (int b = 0; b < 2; b++)
        {
            for (int c = 0; c < 3; c++)
            {
                AssertSummed(steps, t => At(latent, b, c % 2, t, 1, 2), t => At(video, b, c, 4 * t, 15, 16));
                if (length > 1)
                    Assert.Equal(At(video, b, c, 4, 0, 0), At(video, b, c, 1, 7, 7));
            }
        }
        Assert.Equal(1, engine.Decode(new DenseArray([.. Enumerable.Repeat(3f, C * 6)], 1, C, 1, 2, 3)).Values.Max());
    }

    [Fact]
    public void Captions_are_looked_up_and_none_is_zeros()
    {
        TinyExport.Write(_folder);
        using var engine = OnnxVideoEngine.Open(_folder);
        var text = engine.EncodeCaptions(["a ball", null, "runs"]);
        Assert.Equal([3, 4, 3], text.Shape);
        string[] words = TinyExport.Captions.Vocabulary;
        var expected = new[] { "a", "ball", words[0], words[0] }.SelectMany(w => TinyExport.Words.Skip(3 * Array.IndexOf(words, w)).Take(3));
        Assert.Equal(expected, text.Values.Take(12));
        Assert.All(text.Values.Skip(12).Take(12), v => Assert.Equal(0, v));
        Assert.NotEqual(0, text.Values[24]);
        Assert.All(engine.EncodeCaptions([null, null]).Values, v => Assert.Equal(0, v));
        Assert.Contains("nearest known words: ball", Assert.Throws<InputException>(() => engine.EncodeCaptions([null, "a bell"])).Message);
    }

    [Fact]
    public void The_transformer_gets_what_it_asks_for()
    {
        TinyExport.Write(_folder);
        using var engine = OnnxVideoEngine.Open(_folder);
        DenseArray noisy = Random(3, 2, C, 5, 2, 2), guide = Random(4, 2, 4 + C, 5, 2, 2), text = Random(5, 2, 4, 3);
        var velocity = engine.PredictVelocity(noisy, guide, text, 300);
        Assert.Equal(noisy.Shape, velocity.Shape);
        int latent = C * 5 * 4;
        for (int i = 0; i < velocity.Values.Length; i++)
        {
            int b = i / latent;
            float expected = (noisy.Values[i] / 2) - (guide.Values[(b * (latent + 80)) + 80 + (i % latent)] / 4) + text.Values.Skip(12 * b).Take(12).Average() + 0.3f;
            Assert.Equal(expected, velocity.Values[i], 5);
        }
    }

    [Fact]
    public void Given_pixels_stay_and_a_seed_makes_one_video()
    {
        TinyExport.Write(_folder, chunked: true);
        using var engine = OnnxVideoEngine.Open(_folder);
        var picture = new byte[16 * 16 * 3];
        new Random(6).NextBytes(picture);
        var guide = Guide.FromKeyFrames(new Dictionary<int, byte[]> { [0] = picture }, "a ball", 17, 16, 16);
        var options = new SamplingOptions { Steps = 3, Guidance = 2, Seed = 4 };
        var videos = VideoSampler.Sample(engine, [guide, guide], options);
        Assert.Equal(picture, videos[0].Take(picture.Length));
        Assert.NotEqual(videos[0], videos[1]);
        Assert.Equal(videos[1], VideoSampler.Sample(engine, [guide], options with { Seed = 5 })[0]);
    }

    [Fact]
    public void A_run_that_is_cancelled_stops()
    {
        TinyExport.Write(_folder);
        using var engine = OnnxVideoEngine.Open(_folder);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => engine.Encode(Random(1, 1, 3, 1, 8, 8), stop.Token));
        Assert.Throws<OperationCanceledException>(() => engine.Decode(Random(1, 1, C, 1, 1, 1), stop.Token));
        Assert.Throws<OperationCanceledException>(() => engine.PredictVelocity(Random(1, 1, C, 1, 1, 1), Random(2, 1, 4 + C, 1, 1, 1), Random(3, 1, 4, 3), 1, stop.Token));
    }

    [Fact]
    public void Damaged_and_foreign_folders_are_named()
    {
        string Error() => Assert.Throws<InputException>(() =>
        {
            using var engine = OnnxVideoEngine.Open(_folder);
            engine.Decode(Random(1, 1, C, 5, 2, 2));
        }).Message;
        string At(string file) => Path.Combine(_folder, file);
        Assert.Contains("anisora export onnx", Error());

        TinyExport.Write(_folder);
        var bytes = File.ReadAllBytes(At("vae_decoder.onnx"));
        bytes[^30] ^= 1;
        File.WriteAllBytes(At("vae_decoder.onnx"), bytes);
        Assert.StartsWith(At("vae_decoder.onnx"), Error());
        Assert.Contains("damaged or replaced", Error());

        File.Delete(At("vae_decoder.onnx"));
        Assert.StartsWith($"{At("vae_decoder.onnx")}: missing", Error());

        var index = TinyExport.Write(_folder, chunked: true);
        ConfigFile.Save(At(OnnxModelIndex.FileName), index with { Parts = [] });
        File.Delete(At("vae_decoder_next.onnx"));
        Assert.StartsWith($"{At("vae_decoder_next.onnx")}: missing", Error());
        File.Copy(At("vae_decoder.onnx"), At("transformer.onnx"), overwrite: true);
        Assert.StartsWith($"{At("transformer.onnx")}: has no input or output \"guide\"", Error());
        File.WriteAllText(At("caption_encoder.onnx"), "no model");
        Assert.StartsWith($"{At("caption_encoder.onnx")}: ONNX Runtime: ", Error());

        ConfigFile.Save(At(OnnxModelIndex.FileName), index with { Version = 7 });
        Assert.Contains("version 7", Error());
        ConfigFile.Save(At(OnnxModelIndex.FileName), index with { Parts = [], Captions = TinyExport.Captions with { Vocabulary = [] } });
        Assert.Contains($"{At(OnnxModelIndex.FileName)}: captions: vocabulary", Error());
        ConfigFile.Save(At(OnnxModelIndex.FileName), index with { Parts = [], Captions = null });
        Assert.Contains("holds a VAE alone", Error());
        File.WriteAllText(At(OnnxModelIndex.FileName), "{ \"version\": ");
        Assert.StartsWith(At(OnnxModelIndex.FileName), Error());
    }

    [Fact]
    public void A_provider_that_is_not_there_lists_those_that_are()
    {
        TinyExport.Write(_folder);
        string message = Assert.Throws<InputException>(() => OnnxVideoEngine.Open(_folder, new OnnxSessionOptions { Provider = "abacus" })).Message;
        Assert.StartsWith("--provider abacus", message);
        Assert.Contains("cpu", message);
    }

    /// <summary>Every step is its own value plus what the last step of the chunk before came to.</summary>
    private static void AssertSummed(int[] steps, Func<int, float> own, Func<int, float> actual)
    {
        int t = 0;
        float carried = 0;
        foreach (int chunk in steps)
        {
            float last = 0;
            for (int i = 0; i < chunk; i++, t++)
                Assert.Equal(last = own(t) + carried, actual(t), 4);
            carried = last;
        }
    }

    private static float Mean(DenseArray video, int b, int c, int t, int top, int left)
    {
        float sum = 0;
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 8; x++)
                sum += At(video, b, c, t, top + y, left + x);
        return sum / 64;
    }

    private static float At(DenseArray array, params ReadOnlySpan<int> place)
    {
        long index = 0;
        for (int axis = 0; axis < place.Length; axis++)
            index = (index * array.Shape[axis]) + place[axis];
        return array.Values[index];
    }

    private static DenseArray Random(int seed, params long[] shape)
    {
        var random = new Random(seed);
        var array = DenseArray.Zeros(shape);
        foreach (ref float value in array.Values.AsSpan())
            value = (float)(random.NextDouble() * 2 - 1);
        return array;
    }
}
