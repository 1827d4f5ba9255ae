using AniSora.Data;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
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
        using var vae = OnMeta(() => new CausalVae(VaeModel));
        var trainee = new VaeTrainee(vae, Presets.Vae["debug"]() with { L1Weight = 0.1, RecomputeBlocks = recompute }, HeldOutClips.Choose(index, 1));
        AssertStep(trainee, index);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_training_step_of_the_DiT(bool recompute)
    {
        using var index = ClipIndex.Open(data.Folder);
        var config = DitConfigOf(index) with { NoiseDraws = 2, CaptionDropout = 0.5, RecomputeBlocks = recompute };
        AssertStep(new DitTrainee(Model(config), config, HeldOutClips.Choose(index, 1)), index);
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
                Assert.Equal(META, result.device);
                return DenseArray.Zeros(result.shape);
            },
        };
        using var noMixing = new NoMixing();
        var videos = VideoSampler.Sample(engine, guides, options);
        Assert.Equal([clip.Rgb.Length, clip.Rgb.Length], videos.Select(v => v.Length));
        noMixing.Assert();
    }

    [Fact]
    public void Measuring_latents_reaches_the_device()
    {
        using var vae = OnMeta(() => new CausalVae(VaeModel));
        // The first thing that cannot be done without memory is reading the sums.
        Assert.Contains("meta", Assert.Throws<TorchException>(() => LatentSpace.Measure(vae, [Frames.ToVideo(new byte[17 * 16 * 16 * 3], (1, 17, 16, 16), META)])).Message);
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
        var (vae, dit, captions) = OnMeta(() => (new CausalVae(VaeModel), new MaskedDiT(config.Model), new CaptionEncoder(config.Caption)));
        return new(new LatentSpace(vae, new() { Mean = each, ChannelDeviations = each, GuideDeviations = each }), dit, captions, new NoiseSchedule());
    }

    private static T OnMeta<T>(Func<T> make)
    {
        using var meta = device_scope(META);
        return make();
    }

    private static void AssertStep(ITrainee trainee, ClipIndex index)
    {
        using var loader = new ClipLoader(index, new LoaderOptions("", BatchSize: 2, Seed: 3, PrefetchBatches: 0));
        using var noMixing = new NoMixing();
        var (loss, metrics) = trainee.Loss(loader.Next(), 0);
        Assert.Equal(([], META), (loss.shape, loss.device));
        loss.backward();
        noMixing.Assert();
        Assert.All(trainee.Parameters, p => Assert.Equal(META, p.Value.device));
        Assert.All(trainee.Parameters, p => Assert.Equal(p.Value.shape, p.Value.grad!.shape));
        Assert.Contains("loss", metrics.Keys);
        // Reading it is what a device cannot be asked without waiting, and meta not at all.
        Assert.Throws<TorchException>(() => metrics["loss"]());
    }

    /// <summary>Notes operators that were given tensors of more than one device, the copies between them excepted.</summary>
    private sealed class NoMixing : IDisposable
    {
        private static readonly string[] _copies = ["to", "copy_", "pin_memory"];
        private readonly List<string> _mixed = [];
        private readonly IDisposable _observation;
        private int _away;

        public NoMixing() => _observation = TorchOp.Observe((op, arguments, _) =>
        {
            var devices = new HashSet<DeviceType>();
            foreach (var argument in arguments)
            {
                if (argument.Value is Tensor one)
                    devices.Add(one.device_type);
                foreach (var tensor in argument.Value as Tensor?[] ?? [])
                    if (tensor is not null)
                        devices.Add(tensor.device_type);
            }
            if (devices.Contains(DeviceType.META))
                _away++;
            if (devices.Count > 1 && !_copies.Contains(op.Name))
                _mixed.Add(op.FullName);
        });

        public void Assert()
        {
            Xunit.Assert.Empty(_mixed);
            Xunit.Assert.True(_away > 100, $"only {_away} operators ran on the device");
        }

        public void Dispose() => _observation.Dispose();
    }
}
