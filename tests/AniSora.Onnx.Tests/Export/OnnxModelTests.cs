using AniSora.Inference;
using AniSora.Models;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;
using AniSora.Onnx.Export;
using AniSora.Onnx.Export.Models;

namespace AniSora.Onnx.Tests.Export;

/// <summary>The graphs of this project's models beside the models, in each of the architecture's forms, at several lengths and sizes.</summary>
public sealed class OnnxModelTests
{
    private const int LatentChannels = 4;

    // So small models gain nothing by a second thread, and lose much where other work keeps the cores busy.
    public OnnxModelTests() => set_num_threads(1);

    [Theory]
    [InlineData("published", OnnxWeightFormat.Float32)]
    [InlineData("own", OnnxWeightFormat.Float32)]
    [InlineData("learned", OnnxWeightFormat.Float32)]
    [InlineData("own", OnnxWeightFormat.Float16)]
    [InlineData("own", OnnxWeightFormat.Int8)]
    public void EveryPartGivesWhatTheModelGives(string form, OnnxWeightFormat format)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = Random(form);
        // Learned positions are of one picture size and at most five steps.
        (long Batch, long Steps, long Height, long Width)[] sizes = form == "learned" ? [(1, 5, 4, 6), (3, 1, 4, 6), (2, 2, 4, 6)] : [(1, 5, 4, 6), (3, 1, 10, 14), (1, 6, 12, 10)];
        OnnxExportOptions options = new()
        {
            Weights = format,
            ExternalDataAbove = 2000,
            Sizes = [.. sizes.Select(s => new Dictionary<string, long>
            {
                ["batch"] = s.Batch, ["steps"] = s.Steps, ["height"] = s.Height, ["width"] = s.Width,
                ["rows"] = s.Height / model.Dit.Config.PatchSize, ["columns"] = s.Width / model.Dit.Config.PatchSize,
            })],
        };
        ModelPart[] parts =
        [
            ModelParts.CaptionEncoder(model.Captions), ModelParts.Transformer(model),
            ModelParts.VaeEncoder(model.Latents), ModelParts.VaeEncoderNext(model.Latents),
            ModelParts.VaeDecoder(model.Latents), ModelParts.VaeDecoderNext(model.Latents),
        ];
        var done = OnnxExport.Save([.. parts.Select(p => new OnnxExportItem(p, Path.Combine(folder.Path, $"{p.Name}.onnx"), options))]);
        foreach (var part in done)
            ReferenceChecker.Check(part.Path);
        Assert.Single(Directory.GetFiles(folder.Path, "*.weights"));
        // The two halves of an encoder have the same weights, which are stored once.
        Assert.True(new FileInfo(done[0].WeightsPath!).Length < done.Sum(d => d.WeightBytes));
        using var session = OnnxSession.Open(done[2].Path);
        Assert.Equal("float [batch, 3, 4*steps - 3, 8*height, 8*width]", session.Inputs[0].Signature);
        Assert.Contains(session.Outputs, o => o.Name == "next.encoder.conv_in");
    }

    [Fact]
    public void ANetworkOfOnesOwnInABlockLeavesWithTheModel()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = Random("own");
        // Nothing takes its name before it has given what the model gives.
        OnnxExported Export(string name) => OnnxExport.Save([new OnnxExportItem(ModelParts.Transformer(model), Path.Combine(folder.Path, name))])[0];
        long before = Export("before.onnx").WeightBytes, width = model.Dit.Config.InnerDim;
        model.Dit.ReplaceFeedForward(0, nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width)));
        var after = Export("after.onnx");
        ReferenceChecker.Check(after.Path);
        // From 8·D² + 5·D numbers to 2·D² + 2·D, and some constants.
        Assert.InRange(before - after.WeightBytes, 4 * 6 * width * width, 4 * 7 * width * width);
    }

    [Fact]
    public void ClipsInChunksAreTheClipWhole()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        var latents = Random("own").Latents;
        OnnxExport.Save([.. new[] { ModelParts.VaeDecoder(latents), ModelParts.VaeDecoderNext(latents) }.Select(p => new OnnxExportItem(p, Path.Combine(folder.Path, $"{p.Name}.onnx")))]);
        using OnnxSession first = OnnxSession.Open(Path.Combine(folder.Path, "vae_decoder.onnx")), next = OnnxSession.Open(Path.Combine(folder.Path, "vae_decoder_next.onnx"));
        var latent = randn([1, LatentChannels, 6, 3, 4]);
        Assert.Equal(first.Outputs.Skip(1).Select(o => o.Name["next.".Length..]), next.Inputs.Skip(1).Select(i => i.Name["cache.".Length..]));

        var videos = new List<Tensor>();
        Dictionary<string, Tensor> caches = [];
        foreach (var (start, length) in new[] { (0L, 2L), (2, 3), (5, 1) })
        {
            var session = start == 0 ? first : next;
            var given = caches.ToDictionary(c => "cache." + c.Key, c => c.Value);
            given["latent"] = latent.narrow(2, start, length).contiguous();
            var got = Run(session, given);
            videos.Add(got["video"]);
            caches = got.Where(g => g.Key != "video").ToDictionary(g => g.Key["next.".Length..], g => g.Value);
        }
        var whole = latents.Decode(latent);
        Assert.Equal(whole.shape, cat(videos, 2).shape);
        Assert.InRange((cat(videos, 2) - whole).abs().max().item<float>(), 0, 1e-4);
    }

    /// <summary>Whoever tries an exported file gives it random numbers everywhere, where the mask is too: they gave variances below zero, and NaN.</summary>
    [Fact]
    public void GuidesOfNoiseGiveNumbers()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        var model = Random("own");
        var part = ModelParts.Transformer(model);
        var inputs = part.Inputs.Select(i => randn([.. i.Shape.Select(d => d.At(new Dictionary<string, long> { ["batch"] = 2, ["steps"] = 5, ["rows"] = 4, ["columns"] = 6 }))])).ToArray();
        inputs[^1] = tensor(new long[] { 0, 40 });
        Assert.True(inputs[1].narrow(1, 0, SpaceTimeMask.FoldedChannels).mean([1]).max().item<float>() > 1.1);
        var velocity = model.Predict(inputs[0], inputs[1], inputs[2], inputs[3]);
        Assert.True(velocity.isfinite().all().item<bool>());
        // Its own comparison calls NaN on both sides equal, so the model was asked first.
        var noise = part with { Inputs = [.. part.Inputs.Select(i => i with { Example = i.Name == "guide" ? _ => inputs[1] : i.Example })] };
        var done = OnnxExport.Save([new(noise, Path.Combine(folder.Path, "transformer.onnx"), new OnnxExportOptions { Sizes = [new Dictionary<string, long> { ["batch"] = 2, ["steps"] = 5, ["rows"] = 4, ["columns"] = 6 }] })]);
        Assert.InRange(done[0].Measured.RelativeError, 0, 1e-4);
    }

    [Fact]
    public void NamesAreThoseOfTheModuleTree()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = Random("own");
        string path = Path.Combine(folder.Path, "transformer.onnx");
        OnnxExport.Save([new(ModelParts.Transformer(model), path, new OnnxExportOptions { Sizes = [] })]);
        var graph = global::Onnx.ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph;
        Assert.Contains(graph.Node, n => n.Name == "transformer_blocks.0.attn1.to_q/MatMul");
        Assert.Contains(graph.Initializer, i => i.Name == "transformer_blocks.1.ff.net.0.proj.weight.transposed");
        var known = model.Dit.state_dict().Keys.ToHashSet();
        Assert.All(graph.Initializer.Where(i => i.Dims.Count > 0 && i.Name.Contains("blocks", StringComparison.Ordinal)),
            i => Assert.Contains(i.Name.Replace(".transposed", "", StringComparison.Ordinal), known));
    }

    private static Dictionary<string, Tensor> Run(OnnxSession session, Dictionary<string, Tensor> inputs)
    {
        var values = inputs.ToDictionary(i => i.Key, i => Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(i.Value.data<float>().ToArray(), i.Value.shape));
        using var got = session.Run(values);
        var tensors = session.Outputs.Zip(got).ToDictionary(p => p.First.Name, p => tensor(p.Second.GetTensorDataAsSpan<float>().ToArray(), p.Second.GetTensorTypeAndShape().Shape));
        foreach (var value in values.Values)
            value.Dispose();
        return tensors;
    }

    /// <summary>
    /// A small model with random weights, none of them zero. <c>published</c>: as CogVideoX is, with group norm over whole chunks; <c>own</c>: as
    /// the shipped model is, with a linear path and folded patches; <c>learned</c>: positions that are learned, for one picture size.
    /// </summary>
    private static MaskedVideoModel Random(string form)
    {
        var vaeConfig = form == "own"
            ? new VaeConfig { BlockOutChannels = [8, 8, 16], LatentChannels = LatentChannels, LayersPerBlock = 1, PatchSize = 4, Norm = VaeNorm.Rms, LinearPath = true }
            : new VaeConfig { BlockOutChannels = [8, 8, 16, 16], LatentChannels = LatentChannels, LayersPerBlock = 1, NormNumGroups = 4, Norm = form == "learned" ? VaeNorm.Frame : VaeNorm.Group };
        var captionConfig = new CaptionConfig { Dim = 24, Heads = 2, Layers = 1, MaxLength = 6 }.FittedTo(["a ball runs"]);
        var ditConfig = new DitConfig
        {
            NumAttentionHeads = 2,
            AttentionHeadDim = 16,
            NumLayers = 2,
            InChannels = (2 * LatentChannels) + SpaceTimeMask.FoldedChannels,
            OutChannels = form == "own" ? 2 * LatentChannels : LatentChannels,
            TextEmbedDim = 24,
            MaxTextSeqLength = 6,
            TimeEmbedDim = 16,
            PatchSize = form == "own" ? 1 : 2,
            ActivationFn = form == "own" ? "gelu" : "gelu-approximate",
            UseRotaryPositionalEmbeddings = form != "published",
            UseLearnedPositionalEmbeddings = form == "learned",
            SampleFrames = 17,
            SampleHeight = 4,
            SampleWidth = 6,
        };
        var (vae, dit, captions) = (new CausalVae(vaeConfig), new MaskedDiT(ditConfig), new CaptionEncoder(captionConfig));
        using (no_grad())
            foreach (var parameter in new nn.Module[] { vae, dit, captions }.SelectMany(m => m.parameters()))
                parameter.add_(randn(parameter.shape) * 0.1);
        var statistics = new LatentStatistics { Mean = [0.1f, -0.2f, 0.3f, 0], Deviation = 0.7f, ChannelDeviations = [1.2f, 0.8f, 1, 1], GuideDeviations = [0.4f, 0.5f, 0.6f, 0.7f] };
        return new MaskedVideoModel(new LatentSpace(vae, statistics), dit, captions, new NoiseSchedule(2));
    }
}
