using AniSora.Models;
using AniSora.Training.Config;

namespace AniSora.Training.Tests;

/// <summary>The published models at their published sizes, on libtorch's <c>meta</c> device: every shape and type, none of the 22 GB.</summary>
public sealed class PublishedSizesTests : IDisposable
{
    private const long Frames = 49, Height = 480, Width = 720;
    private const long Steps = 13, LatentHeight = 60, LatentWidth = 90, Words = 226;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _meta = device_scope(META);
    private readonly long _before = Environment.WorkingSet;

    public void Dispose()
    {
        _meta.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(32, false, 5_570_479_680)] // the published channels
    [InlineData(36, false, 5_570_528_832)] // with the folded mask's four
    [InlineData(32, true, 5_570_479_680 + ((Words + (Steps * 30 * 45)) * 3072))] // and the published learned positions
    public void The_5B_transformer(int channels, bool learnedPositions, long parameters)
    {
        var config = Presets.Dit["cogvideox-5b-i2v"]().Model with { InChannels = channels, UseLearnedPositionalEmbeddings = learnedPositions };
        using var model = new MaskedDiT(config);
        Assert.Equal(parameters, model.parameters().Sum(p => p.numel()));
        Assert.All(model.named_parameters(), p => Assert.Equal(META, p.parameter.device));
        foreach (var type in new[] { float32, bfloat16 })
        {
            model.to(type);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var output = model.forward(zeros([1, channels, Steps, LatentHeight, LatentWidth], type), zeros([1, Words, 4096], type), zeros([1], int64));
            Assert.Equal([1, 16, Steps, LatentHeight, LatentWidth], output.shape);
            Assert.Equal((type, META), (output.dtype, output.device));
        }
        AssertNoMemory();
    }

    [Fact]
    public void The_5B_transformers_backward_pass()
    {
        var config = Presets.Dit["cogvideox-5b-i2v"]();
        using var model = new MaskedDiT(config.Model with { InChannels = 36 });
        using (Recompute.Blocks(config.RecomputeBlocks))
            model.forward(zeros([1, 36, Steps, LatentHeight, LatentWidth]), zeros([1, Words, 4096]), zeros([1], int64)).square().mean().backward();
        Assert.All(model.named_parameters(), p => Assert.Equal(p.parameter.shape, p.parameter.grad!.shape));
        AssertNoMemory();
    }

    [Fact]
    public void The_autoencoder()
    {
        using var vae = new CausalVae(Presets.Vae["cogvideox-5b-i2v"]().Model);
        foreach (var type in new[] { float32, bfloat16 })
        {
            vae.to(type);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var posterior = vae.Encode(zeros([1, 3, Frames, Height, Width], type));
            Assert.Equal([1, 16, Steps, LatentHeight, LatentWidth], posterior.Mean.shape);
            Assert.Equal(posterior.Mean.shape, posterior.LogVar.shape);
            var video = vae.Decode(posterior.Sample(zeros_like(posterior.Mean)));
            Assert.Equal([1, 3, Frames, Height, Width], video.shape);
            Assert.Equal((type, META), (video.dtype, video.device));
        }
        Assert.Equal(META, vae.Device);
        AssertNoMemory();
    }

    /// <summary>Half a gigabyte is left to the runtime; the transformer's parameters alone would be 22.</summary>
    private void AssertNoMemory() => Assert.InRange((Environment.WorkingSet - _before) >> 20, long.MinValue, 512);
}
