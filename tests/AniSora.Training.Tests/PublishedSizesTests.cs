using AniSora.Models;
using AniSora.Training.Config;

namespace AniSora.Training.Tests;

/// <summary>The published models at their published sizes, on libtorch's <c>meta</c> device: every weight's shape, none of the 22 GB. (Passes
/// cannot be tried there: the shapes of convolutions and layer norms on it are Python's in libtorch 2.)</summary>
public sealed class PublishedSizesTests : IDisposable
{
    private const long Steps = 13, Words = 226;

    private readonly long _before = Environment.WorkingSet;

    public PublishedSizesTests() => set_default_device(META);

    public void Dispose() => set_default_device(CPU);

    [Theory]
    [InlineData(32, false, 5_570_479_680)] // the published channels
    [InlineData(36, false, 5_570_528_832)] // with the folded mask's four
    [InlineData(32, true, 5_570_479_680 + ((Words + (Steps * 30 * 45)) * 3072))] // and the published learned positions
    public void The_5B_transformer(int channels, bool learnedPositions, long parameters)
    {
        using var model = new MaskedDiT(Presets.Dit["cogvideox-5b-i2v"]().Model with { InChannels = channels, UseLearnedPositionalEmbeddings = learnedPositions });
        AssertSize(model, parameters);
    }

    [Fact]
    public void The_autoencoder()
    {
        using var vae = new CausalVae(Presets.Vae["cogvideox-5b-i2v"]().Model);
        AssertSize(vae, 215_583_907);
    }

    /// <summary>Half a gigabyte is left to the runtime; the transformer's parameters alone would be 22.</summary>
    private void AssertSize(nn.Module model, long parameters)
    {
        Assert.Equal(parameters, model.parameters().Sum(p => p.numel()));
        Assert.All(model.parameters(), p => Assert.Equal(DeviceType.META, p.device_type));
        Assert.InRange((Environment.WorkingSet - _before) >> 20, long.MinValue, 512);
    }
}
