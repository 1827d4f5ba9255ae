using AniSora.Models;
using AniSora.Models.Fast;

namespace AniSora.Models.Tests;

/// <summary>
/// What a step may hold, in multiples of what the model's sizes say it must. Counts what the whole process allocates, so nothing else
/// runs meanwhile.
/// </summary>
[CollectionDefinition(nameof(StepMemoryTests), DisableParallelization = true)]
[Collection(nameof(StepMemoryTests))]
public sealed class StepMemoryTests : IDisposable
{
    private static readonly VaeConfig _vae = new() { BlockOutChannels = [32, 32, 32, 32], LayersPerBlock = 1, NormNumGroups = 8 };

    private static readonly DitConfig _dit = new()
    {
        NumAttentionHeads = 4,
        AttentionHeadDim = 64,
        InChannels = 36,
        OutChannels = 16,
        TimeEmbedDim = 24,
        TextEmbedDim = 20,
        NumLayers = 6,
        MaxTextSeqLength = 8,
        UseRotaryPositionalEmbeddings = true,
    };

    private readonly DisposeScope _scope = NewDisposeScope();

    public StepMemoryTests()
    {
        // What earlier tests forgot is collected now and not while we count.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Coding_a_clip_holds_a_few_feature_maps_whatever_the_depth()
    {
        using var noGrad = no_grad();
        var vae = new CausalVae(_vae);
        var (video, latent) = (randn([1, 3, 9, 64, 64]), randn([1, 16, 3, 8, 8]));
        var map = 4.0 * 32 * 9 * 64 * 64;
        Assert.InRange(Peak(() => vae.Encode(video)) / map, 1, 9);
        Assert.InRange(Peak(() => vae.Decode(latent)) / map, 1, 10);
    }

    [Fact]
    public void A_vae_step_leaves_only_gradients()
    {
        var vae = new CausalVae(_vae);
        var video = randn([1, 3, 9, 64, 64]);
        AssertOnlyGradientsRemain(vae, () => F.mse_loss(vae.Decode(vae.Encode(video).Mean), video), double.PositiveInfinity);
    }

    [Fact]
    public void A_transformer_holds_17_numbers_per_channel_and_token_of_a_block_and_then_only_gradients()
    {
        var dit = new MaskedDiT(_dit);
        var (latent, text, time) = (randn([2, 36, 4, 16, 16]), randn([2, 8, 20]), tensor([10L, 900L]));
        var unit = 4.0 * 2 * (8 + (4 * 8 * 8)) * 256;
        // A block's input, its two norms, queries and keys before and after theirs, values, what attention gave, the sum between, twice
        // what is gated, and four for the wide layer: 16; the rest is modulation, and outside of the blocks.
        AssertOnlyGradientsRemain(dit, () => dit.forward(latent, text, time).square().mean(), 6 * 17.5 * unit);
        using var noGrad = no_grad();
        var (many, texts, times) = (latent.repeat(8, 1, 1, 1, 1), text.repeat(8, 1, 1), time.repeat(8));
        // Without gradients as much as one block needs, about 20: a second block's numbers would be 16 more.
        Assert.InRange(Peak(() => dit.forward(many, texts, times)) / (8 * unit), 1, 30);
    }

    /// <summary>
    /// Peak above what is held before, in bytes: the least of some runs, since whatever else the process does meanwhile (compiling what has
    /// become hot, collecting) only adds to it. What the work itself holds is there in every run.
    /// </summary>
    private static double Peak(Action work)
    {
        work(); // what is made once and kept, such as rotary tables
        return Enumerable.Range(0, 6).Min(_ =>
        {
            using var scope = NewDisposeScope();
            return NativeMemory.Peak(work);
        });
    }

    /// <param name="model">Whose gradients.</param>
    /// <param name="loss">The forward pass.</param>
    /// <param name="saved">The most that may be held between the passes, in bytes.</param>
    private static void AssertOnlyGradientsRemain(nn.Module model, Func<Tensor> loss, double saved)
    {
        // The first steps make what is kept: rotary tables, kernels' scratch memory, oneDNN's primitives.
        for (var step = 0; step < 2; step++)
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            loss().Backward();
        }
        for (var step = 0; step < 2; step++)
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            var before = NativeMemory.InUse;
            var value = loss();
            Assert.InRange(NativeMemory.InUse - before, 0, saved);
            value.Backward();
            var gradients = model.parameters().Sum(p => p.numel() * 4);
            Assert.InRange(NativeMemory.InUse - before, gradients, gradients + (4 << 20));
        }
        model.zero_grad();
    }
}
