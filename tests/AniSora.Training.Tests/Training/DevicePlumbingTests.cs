using AniSora.Data;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Fast;
using AniSora.Models.Sampling;
using AniSora.Training.Config;
using AniSora.Training.Train;

namespace AniSora.Training.Tests.Training;

/// <summary>
/// Training and sampling on a device that is not the CPU. <c>meta</c> stands in for it: whatever was left in main memory meets a tensor
/// of the device in some operator, which is what would fail on a GPU too.
/// </summary>
[Collection(nameof(TrainingRuns))]
public sealed class DevicePlumbingTests(SmallDataset data) : IClassFixture<SmallDataset>, IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    private static VaeConfig VaeModel => Presets.Vae["debug"]().Model;

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_training_step_of_the_VAE(bool recompute)
    {
        using var index = ClipIndex.Open(data.Folder);
        using var vae = OnMeta(new CausalVae(VaeModel));
        var trainee = new VaeTrainee(vae, Presets.Vae["debug"]() with { L1Weight = 0.1, RecomputeBlocks = recompute }, HeldOutClips.Choose(index, 1), new ModelIndex());
        AssertStep(trainee, index);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_training_step_of_the_DiT(bool recompute)
    {
        using var index = ClipIndex.Open(data.Folder);
        var config = DitConfigOf(index) with { NoiseDraws = 2, CaptionDropout = 0.5, RecomputeBlocks = recompute };
        AssertStep(new DitTrainee(Model(config), config, HeldOutClips.Choose(index, 1), new ModelIndex()), index);
    }

    [Theory]
    [InlineData("ddim")]
    [InlineData("dpm")]
    [InlineData("unipc")]
    public void Sampling(string sampler)
    {
        using var index = ClipIndex.Open(data.Folder);
        var clip = HeldOutClips.Choose(index, 1).Clips[0];
        var guides = new[] { clip.Guide(GuideTask.FirstMiddleLast), clip.Guide(GuideTask.Region) };
        var options = new SamplingOptions
        {
            Steps = 3,
            Guidance = 2,
            Sampler = sampler switch { "ddim" => Samplers.Ddim, "dpm" => Samplers.DpmPlusPlus2MSde, _ => Samplers.UniPc },
        };
        // There is nothing to read on this device: zeros go on in its place, and come back to it at the next evaluation.
        using var engine = new TorchVideoEngine(Model(DitConfigOf(index)), new ModelIndex())
        {
            Read = result =>
            {
                Assert.Equal(DeviceType.META, result.device_type);
                return DenseArray.Zeros(result.shape);
            },
        };
        var videos = VideoSampler.Sample(engine, guides, options);
        Assert.Equal([clip.Rgb.Length, clip.Rgb.Length], videos.Select(v => v.Length));
    }

    [Fact]
    public void Measuring_latents_reaches_the_device()
    {
        using var vae = OnMeta(new CausalVae(VaeModel));
        // The first thing that cannot be done without memory is reading the sums.
        Assert.Contains("meta", Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => LatentSpace.Measure(vae, [Frames.ToVideo(new byte[17 * 16 * 16 * 3], (1, 17, 16, 16), META)])).Message);
    }

    private static DitTrainingConfig DitConfigOf(ClipIndex index)
    {
        var config = Presets.Dit["debug"]();
        int channels = VaeModel.LatentChannels;
        return config with
        {
            Model = config.Model with
            {
                InChannels = (2 * channels) + SpaceTimeMask.FoldedChannels,
                OutChannels = 2 * channels,
                MaxTextSeqLength = config.Caption.MaxLength,
                TextEmbedDim = config.Caption.Dim,
            },
            Caption = config.Caption.WithWordsOf(index.CaptionWords()),
        };
    }

    private static MaskedVideoModel Model(DitTrainingConfig config)
    {
        float[] each = [.. Enumerable.Repeat(0.9f, VaeModel.LatentChannels)];
        var (vae, dit, captions) = (OnMeta(new CausalVae(VaeModel)), OnMeta(new MaskedDiT(config.Model)), OnMeta(new CaptionEncoder(config.Caption)));
        return new(new LatentSpace(vae, new() { Mean = each, ChannelDeviations = each, GuideDeviations = each }), dit, captions, new NoiseSchedule());
    }

    private static T OnMeta<T>(T module)
        where T : nn.Module
    {
        module.to(META);
        return module;
    }

    private static void AssertStep(ITrainee trainee, ClipIndex index)
    {
        using var loader = new ClipLoader(index, new LoaderOptions("", BatchSize: 2, Seed: 3, PrefetchBatches: 0));
        var (loss, metrics) = trainee.Loss(loader.Next(), 0);
        Assert.Equal(([], DeviceType.META), (loss.shape, loss.device_type));
        loss.Backward();
        Assert.All(trainee.Parameters, p => Assert.Equal(DeviceType.META, p.Value.device_type));
        Assert.All(trainee.Parameters, p => Assert.Equal(p.Value.shape, p.Value.grad!.shape));
        Assert.Contains("loss", metrics.Keys);
        // Reading it is what a device cannot be asked without waiting, and meta not at all.
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => metrics["loss"]());
    }
}
