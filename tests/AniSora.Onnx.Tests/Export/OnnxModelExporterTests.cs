using AniSora.Inference;
using AniSora.Models.Checkpoints;
using AniSora.Onnx.Engine;
using AniSora.Onnx.Export;
using Microsoft.ML.OnnxRuntime;

namespace AniSora.Onnx.Tests;

public sealed class OnnxModelExporterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("published")]
    [InlineData("own")]
    [InlineData("learned")]
    public void Every_form_of_the_model_gives_the_same_numbers_in_ONNX_Runtime(string form)
    {
        RandomModel.Save(At("model"), form);
        var report = OnnxModelExporter.Export(At("model"), At("onnx"), new());
        Assert.Empty(report.Problems);
        Assert.Equal(["caption_encoder", "transformer", "vae_encoder", "vae_encoder_next", "vae_decoder", "vae_decoder_next"], report.Parts.Select(p => p.Part.Name));
        Assert.All(report.Parts, part => Assert.InRange(part.Part.RelativeError, 1e-12, 1e-4));
        Assert.InRange(report.Index.VideoPsnr!.Value, 50, 200);

        var index = OnnxModelIndex.Read(At("onnx"));
        Assert.Equal((form, form == "published", 4), (index.Model.Name, index.ChunkedVae, index.LatentChannels));
        Assert.Equal(report.Index.Parts.Select(p => p.Sha256), index.Parts.Select(p => p.Sha256));
        Assert.Equal(Directory.GetFiles(At("onnx")).Select(Path.GetFileName).Order(), index.Parts.SelectMany(p => p.Files).Append(OnnxModelIndex.FileName).Order());
        using var session = OnnxSession.Open(Path.Combine(At("onnx"), "transformer.onnx"));
        Assert.Equal((form, "transformer"), (session.Metadata.CustomMetadataMap["model"], session.Metadata.CustomMetadataMap["part"]));
        Assert.Contains("num_attention_heads", session.Metadata.CustomMetadataMap["config"]);
        Assert.Equal(64, session.Metadata.CustomMetadataMap["checkpoint_sha256"].Length);
        Assert.Equal("float [batch, 4, steps, " + (form == "learned" ? "4, 6]" : form == "own" ? "rows, columns]" : "2*rows, 2*columns]"), session.Inputs.Single(i => i.Name == "latent").Signature);
    }

    [Fact]
    public void A_clip_decoded_piece_by_piece_is_the_clip_decoded_whole()
    {
        RandomModel.Save(At("model"), "own");
        Assert.Empty(OnnxModelExporter.Export(At("model"), At("onnx"), new()).Problems);
        using var first = OnnxSession.Open(Path.Combine(At("onnx"), "vae_decoder.onnx"));
        using var next = OnnxSession.Open(Path.Combine(At("onnx"), "vae_decoder_next.onnx"));
        const int steps = 6, plane = 2 * 3;
        var random = new Random(1);
        float[] latent = [.. Enumerable.Range(0, 4 * steps * plane).Select(_ => (float)(random.NextDouble() * 2 - 1))];
        float[] Steps(int from, int count) => [.. Enumerable.Range(0, 4).SelectMany(c => latent.AsSpan((c * steps + from) * plane, count * plane).ToArray())];

        using var wholeInput = OrtValue.CreateTensorValueFromMemory(latent, [1, 4, steps, 2, 3]);
        using var whole = first.Run(new Dictionary<string, OrtValue> { ["latent"] = wholeInput }, ["video"])[0];
        var pieces = new List<float[]>();
        Dictionary<string, OrtValue> caches = [];
        foreach (var (from, count) in ((int, int)[])[(0, 1), (1, 2), (3, 1), (4, 2)])
        {
            using var chunk = OrtValue.CreateTensorValueFromMemory(Steps(from, count), [1, 4, count, 2, 3]);
            var session = from == 0 ? first : next;
            var results = session.Run(new Dictionary<string, OrtValue>(caches) { ["latent"] = chunk });
            pieces.Add(results[0].GetTensorDataAsSpan<float>().ToArray());
            results[0].Dispose();
            foreach (var cache in caches.Values)
                cache.Dispose();
            caches = session.Outputs.Skip(1).Zip(results.Skip(1)).ToDictionary(
                o => OnnxModelIndex.CachePrefix + o.First.Name[OnnxModelIndex.NextCachePrefix.Length..], o => o.Second);
        }
        foreach (var cache in caches.Values)
            cache.Dispose();
        // Both as [C, T, H, W]: channel by channel, the pieces' frames follow each other.
        float[] joined = [.. Enumerable.Range(0, 3).SelectMany(c => pieces.SelectMany(p => p.AsSpan(c * p.Length / 3, p.Length / 3).ToArray()))];
        var expected = whole.GetTensorDataAsSpan<float>();
        Assert.Equal(expected.Length, joined.Length);
        for (int i = 0; i < joined.Length; i++)
            Assert.Equal(expected[i], joined[i], 1e-5f);
    }

    [Fact]
    public void An_export_beyond_the_limits_or_stopped_leaves_the_earlier_one_as_it_was()
    {
        RandomModel.Save(At("model"), "own");
        string vae = Path.Combine(At("model"), "vae");
        Assert.Empty(OnnxModelExporter.Export(vae, At("onnx"), new()).Problems);
        var before = Contents();

        var report = OnnxModelExporter.Export(At("model"), At("onnx"), new() { Weights = OnnxWeightFormat.Int8, MostRelativeError = 1e-6, LeastVideoPsnr = 150 });
        Assert.Contains(report.Problems, p => p.StartsWith("transformer: relative error", StringComparison.Ordinal));
        Assert.Contains(report.Problems, p => p.StartsWith("video: ", StringComparison.Ordinal));
        Assert.Equal(before, Contents());

        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => OnnxModelExporter.Export(vae, At("onnx"), new(), line =>
        {
            if (line.StartsWith("writing and comparing vae_encoder", StringComparison.Ordinal))
                stop.Cancel();
        }, stop.Token));
        Assert.Equal(before, Contents());
        Assert.Equal([At("model"), At("onnx")], Directory.GetDirectories(_folder).Order());

        Assert.Empty(OnnxModelExporter.Export(vae, At("onnx"), new() { Weights = OnnxWeightFormat.Float16, ExternalDataAbove = 1000 }).Problems);
        Assert.NotEqual(before, Contents());
        Assert.True(File.Exists(Path.Combine(At("onnx"), "vae_decoder.weights")));
        var decoder = OnnxModelIndex.Read(At("onnx")).Parts.Single(p => p.Name == "vae_decoder");
        Assert.Equal(decoder.Sha256, OnnxPart.DigestOf(At("onnx"), decoder.Files));
        using (var weights = File.OpenWrite(Path.Combine(At("onnx"), "vae_decoder.weights")))
            weights.WriteByte(77);
        Assert.NotEqual(decoder.Sha256, OnnxPart.DigestOf(At("onnx"), decoder.Files));
        File.Delete(Path.Combine(At("onnx"), "vae_decoder.weights"));
        Assert.Contains("vae_decoder.weights: missing", Assert.Throws<InputException>(() => OnnxModelIndex.Read(At("onnx"))).Message);
    }

    [Fact]
    public void A_VAE_alone_is_exported_with_its_scaling_factor()
    {
        RandomModel.Save(At("model"), "published");
        var report = OnnxModelExporter.Export(Path.Combine(At("model"), "vae"), At("onnx"), new());
        Assert.Empty(report.Problems);
        Assert.Equal(["vae_encoder", "vae_encoder_next", "vae_decoder", "vae_decoder_next"], report.Parts.Select(p => p.Part.Name));
        Assert.Equal(1 / 1.15258426, report.Index.Model.Latents.Deviation, 1e-6);
    }

    [Fact]
    public void Bad_input_is_told_what_is_wrong()
    {
        string Error(string checkpoint, string folder) => Assert.Throws<InputException>(() => OnnxModelExporter.Export(checkpoint, folder, new())).Message;
        Assert.Contains($"{At("nothing")}: no such folder", Error(At("nothing"), At("onnx")));
        Directory.CreateDirectory(At("empty"));
        Assert.Contains("no VAE here", Error(At("empty"), At("onnx")));
        File.WriteAllText(At("file"), "");
        Assert.Contains("is a file", Error(At("empty"), At("file")));
        Directory.CreateDirectory(At("other"));
        File.WriteAllText(Path.Combine(At("other"), "thesis.txt"), "");
        Assert.Contains("holds other files", Error(At("empty"), At("other")));

        RandomModel.Save(At("model"), "own");
        string indexFile = Path.Combine(At("model"), "model_index.json");
        ConfigFile.Save(indexFile, ModelFolder.ReadIndex(At("model")) with { Version = 9 });
        Assert.Contains("version 9 of the layout", Error(At("model"), At("onnx")));
        Assert.False(Directory.Exists(At("onnx")));
        ConfigFile.Save(Path.Combine(At("other"), OnnxModelIndex.FileName), new OnnxModelIndex());
        Assert.Contains("is an exported model already", Error(At("other"), At("onnx")));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string[] Contents() => [.. Directory.GetFiles(At("onnx")).Order().Select(f => $"{f} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];
}
