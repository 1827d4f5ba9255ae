using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Runtime;
using AniSora.Models.Sampling;

namespace AniSora.Models.Tests;

/// <summary>Sampling on plain arrays against the same written down in tensors, with libtorch's own random numbers.</summary>
public sealed class VideoSamplerTests : IDisposable
{
    private const int T = 9, H = 16, W = 32;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2.5)]
    public void Videos_are_those_of_the_same_arithmetic_in_tensors(double guidance)
    {
        using var noGrad = no_grad();
        var model = Model();
        var options = new SamplingOptions { Steps = 4, Guidance = guidance, Seed = 77, Temperature = 0.8 };
        Guide[] guides = [RandomGuide("a ball runs", keyFrame: 0, 1), RandomGuide(null, keyFrame: 4, 2), Guide.Nothing("a ball", T, H, W)];
        var made = VideoSampler.Sample(new TorchVideoEngine(model, new ModelIndex()), guides, options);
        var expected = InTensors(model, guides, options);
        for (int i = 0; i < guides.Length; i++)
        {
            // One number in a thousand may round to the other side.
            Assert.True(Psnr(made[i], expected[i]) > 70, $"video {i}: {Psnr(made[i], expected[i])} dB");
            Assert.True(made[i].Distinct().Count() > 50, "the model makes no picture to compare");
        }
        Assert.NotEqual(made[0], made[2]);
    }

    [Fact]
    public void Cancelling_stops_between_evaluations()
    {
        using var stop = new CancellationTokenSource();
        int steps = 0;
        Assert.Throws<OperationCanceledException>(() => VideoSampler.Sample(
            new TorchVideoEngine(Model(), new ModelIndex()), [Guide.Nothing(null, T, H, W)], new SamplingOptions { Steps = 50 }, step =>
            {
                steps = step;
                stop.Cancel();
            }, stop.Token));
        Assert.Equal(1, steps);
    }

    [Fact]
    public void Guide_detail_is_what_tensors_give()
    {
        using var generator = new Generator(8);
        Tensor Random() => rand([2, 3, T, H, W], generator: generator) * 2 - 1;
        var guide = Random();
        var decoded = (guide + Random() * 0.05).clamp(-1, 1);
        var video = (decoded + Random() * 0.15).clamp(-1, 1);
        var mask = new byte[2 * T * H * W];
        for (int i = 0; i < mask.Length; i++)
            mask[i] = (byte)(i % 7 == 0 ? 1 : 0);
        var expected = Restored(video, guide, decoded, mask, 2);
        var restored = GuideDetail.Restore(video.ToDense(), guide.ToDense(), decoded.ToDense(), mask);
        Assert.InRange(Fixtures.Error(restored.ToTensor(), expected), 0, 1e-6);
        Assert.InRange((expected - video).abs().max().item<float>(), 0.01f, 1);
    }

    [Fact]
    public void Frames_go_to_arrays_and_back_as_to_tensors()
    {
        var bytes = new byte[2 * T * H * W * 3];
        new Random(9).NextBytes(bytes);
        var shape = (2, T, H, W);
        var tensor = Frames.ToVideo(bytes, shape);
        var array = Frames.ToDense(bytes, shape);
        Assert.Equal(tensor.shape, array.Shape);
        Assert.Equal(tensor.ToArray<float>(), array.Values);
        var noisy = tensor + randn_like(tensor);
        foreach (int item in (int[])[0, 1])
        {
            Assert.Equal(bytes.AsSpan(item * bytes.Length / 2, bytes.Length / 2).ToArray(), Frames.ToBytes(array, item));
            Assert.Equal(Frames.ToBytes(noisy, item), Frames.ToBytes(noisy.ToDense(), item));
        }
    }

    /// <summary>DDIM, guidance and what is around them, written with tensors.</summary>
    private static byte[][] InTensors(MaskedVideoModel model, Guide[] guides, SamplingOptions options)
    {
        var shape = (guides.Length, T, H, W);
        byte[] rgb = [.. guides.SelectMany(g => g.Rgb)], mask = [.. guides.SelectMany(g => g.Mask)];
        var filled = SpaceTimeMask.GuideVideo(rgb, mask, shape);
        var guide = SpaceTimeMask.GuideChannels(model.Latents, filled, mask);
        string?[] captions = [.. guides.Select(g => g.Caption)], none = new string?[guides.Length];
        var latent = model.Latents.Encode(filled);
        var x = cat([.. guides.Select((_, i) => randn([1, .. latent.shape[1..]], generator: new Generator(options.Seed + (ulong)i)))], 0) * options.Temperature;
        var path = model.Schedule.Path(options.Steps);
        for (int i = 0; i < options.Steps; i++)
        {
            var (now, next) = (path[i], path[i + 1]);
            long[] times = [.. Enumerable.Repeat((long)now.Timestep, guides.Length)];
            var velocity = model.Predict(x, guide, captions, times);
            if (options.Guidance != 1)
            {
                var free = model.Predict(x, guide, none, times);
                velocity = free + ((velocity - free) * options.Guidance);
            }
            var clean = (x * now.Alpha) - (velocity * now.Sigma);
            x = (x * (next.Sigma / now.Sigma)) + (clean * (next.Alpha - (now.Alpha * next.Sigma / now.Sigma)));
        }
        var video = Restored(model.Latents.Decode(x), filled, model.Latents.Decode(latent), mask, guides.Length);
        var given = tensor(mask.Select(m => (float)m).ToArray(), [guides.Length, 1, T, H, W]);
        var respected = video + ((Frames.ToVideo(rgb, shape) - video) * given);
        return [.. guides.Select((_, i) => Frames.ToBytes(respected, i))];
    }

    private static Tensor Restored(Tensor video, Tensor guide, Tensor decodedGuide, byte[] mask, int count)
    {
        var given = tensor(mask.Select(m => (float)m).ToArray(), [count, 1, T, H, W]).amax([2], keepdim: true);
        var difference = (video - decodedGuide).square().mean([1], keepdim: true);
        var smooth = F.avg_pool3d(difference, [1, 5, 5], stride: [1, 1, 1], padding: [0, 2, 2], count_include_pad: false);
        return (video + ((guide - decodedGuide) * (smooth * (-1 / 0.004)).exp() * given)).clamp(-1, 1);
    }

    private static Guide RandomGuide(string? caption, int keyFrame, int seed)
    {
        var random = new Random(seed);
        var picture = new byte[H * W * 3];
        random.NextBytes(picture);
        var guide = Guide.FromKeyFrames(new Dictionary<int, byte[]> { [keyFrame] = picture }, caption, T, H, W);
        for (int i = 0; i < guide.Mask.Length; i += 5)
            guide.Mask[i] = 1;
        return guide;
    }

    private static double Psnr(byte[] a, byte[] b) =>
        10 * Math.Log10(255.0 * 255 / Math.Max(1e-9, a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average()));

    private static MaskedVideoModel Model()
    {
        var vae = new VaeConfig { BlockOutChannels = [8, 8, 16], LatentChannels = 8, LayersPerBlock = 1, PatchSize = 4, Norm = VaeNorm.Rms, LinearPath = true };
        var caption = new CaptionConfig { Dim = 16, Layers = 1 }.FittedTo(["a ball runs"]);
        var dit = new DitConfig
        {
            NumAttentionHeads = 2,
            AttentionHeadDim = 16,
            NumLayers = 2,
            TimeEmbedDim = 32,
            UseRotaryPositionalEmbeddings = true,
            InChannels = (2 * vae.LatentChannels) + SpaceTimeMask.FoldedChannels,
            OutChannels = 2 * vae.LatentChannels,
            MaxTextSeqLength = caption.MaxLength,
            TextEmbedDim = caption.Dim,
        };
        float[] each = [.. Enumerable.Repeat(0.9f, vae.LatentChannels)];
        var space = new LatentSpace(Shaken(new CausalVae(vae)), new() { Mean = [.. each.Select(_ => 0f)], ChannelDeviations = each, GuideDeviations = each });
        return new(space, Shaken(new MaskedDiT(dit)), Shaken(new CaptionEncoder(caption)), new NoiseSchedule());
    }

    /// <summary>New models have zeros in their last layers, through which nothing would be seen.</summary>
    private static TModule Shaken<TModule>(TModule module)
        where TModule : nn.Module
    {
        using var noGrad = no_grad();
        using var generator = new Generator(4);
        foreach (var (_, parameter) in module.named_parameters())
            parameter.add_(randn(parameter.shape, generator: generator) * 0.05);
        return module;
    }
}
