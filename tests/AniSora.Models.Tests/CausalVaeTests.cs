using AniSora.Models;
using AniSora.Models.Layers;

namespace AniSora.Models.Tests;

/// <summary>What the VAE promises beyond agreeing with the reference.</summary>
public sealed class CausalVaeTests
{
    private static readonly VaeConfig _small = new()
    {
        BlockOutChannels = [8, 12, 16],
        LayersPerBlock = 1,
        PatchSize = 4,
        Norm = VaeNorm.Rms,
    };

    [Theory]
    [InlineData(1, 4, 17)]
    [InlineData(2, 3, 9)]
    [InlineData(4, 3, 17)]
    [InlineData(8, 3, 5)]
    [InlineData(4, 3, 1)]
    [InlineData(1, 4, 1)]
    public void Every_patch_size_compresses_eight_fold_in_space_and_four_fold_in_time(int patch, int levels, int frames)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var vae = Model(_small with { PatchSize = patch, BlockOutChannels = [.. new[] { 8, 8, 12, 16 }.Take(levels)] });
        var video = Fixtures.Clips(2, frames, 32, 24, seed: 1);
        var posterior = vae.Encode(video);
        long[] latent = [2, 16, ((frames - 1) / 4) + 1, 4, 3];
        Assert.Equal(latent, posterior.Mean.shape);
        Assert.Equal(latent, posterior.LogVar.shape);
        Assert.Equal(latent, posterior.Sample().shape);
        Assert.Equal(video.shape, vae.Decode(posterior.Mean).shape);
    }

    [Theory]
    [InlineData(1, 17, VaeNorm.Rms, false)]
    [InlineData(4, 17, VaeNorm.Rms, false)]
    [InlineData(4, 21, VaeNorm.Frame, true)]
    [InlineData(4, 13, VaeNorm.Rms, true)]
    [InlineData(4, 33, VaeNorm.Frame, false)]
    public void With_own_norms_chunks_equal_the_whole(int patch, int frames, VaeNorm norm, bool linear)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var vae = Model(_small with { PatchSize = patch, BlockOutChannels = patch == 1 ? [8, 8, 12, 16] : [8, 12, 16], LinearPath = linear, Norm = norm, NormNumGroups = 4 });
        Disturb(vae);
        var video = Fixtures.Clips(1, frames, 32, 24, seed: 2);
        var (whole, chunked) = (vae.Encode(video, chunked: false), vae.Encode(video, chunked: true));
        Assert.InRange(Fixtures.Error(chunked.Mean, whole.Mean), 0, 1e-5);
        Assert.InRange(Fixtures.Error(chunked.LogVar, whole.LogVar), 0, 1e-5);
        Assert.InRange(Fixtures.Error(vae.Decode(whole.Mean, chunked: true), vae.Decode(whole.Mean, chunked: false)), 0, 1e-5);
    }

    [Fact]
    public void An_even_number_of_latent_steps_decodes_alike_in_chunks_and_whole()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var vae = Model(_small);
        var latent = randn([1, 16, 4, 2, 2]);
        Assert.Equal(13, vae.Decode(latent).shape[2]);
        Assert.InRange(Fixtures.Error(vae.Decode(latent, chunked: true), vae.Decode(latent, chunked: false)), 0, 1e-5);
    }

    [Fact]
    public void No_frame_depends_on_a_later_one()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var vae = Model(_small with { LinearPath = true });
        Disturb(vae);
        var video = Fixtures.Clips(1, 17, 16, 16, seed: 3);
        var other = cat([video.narrow(2, 0, 9), Fixtures.Clips(1, 8, 16, 16, seed: 4)], 2);
        var (a, b) = (vae.Encode(video).Mean, vae.Encode(other).Mean);
        Assert.InRange(Fixtures.Error(b.narrow(2, 0, 3), a.narrow(2, 0, 3)), 0, 1e-6);
        Assert.True(Fixtures.Error(b.narrow(2, 3, 2), a.narrow(2, 3, 2)) > 1e-3);
        var (first, second) = (vae.Decode(a), vae.Decode(b));
        Assert.InRange(Fixtures.Error(second.narrow(2, 0, 9), first.narrow(2, 0, 9)), 0, 1e-6);
    }

    [Theory]
    [InlineData(VaeNorm.Rms, 4, true)]
    [InlineData(VaeNorm.Rms, 1, false)]
    [InlineData(VaeNorm.Group, 4, false)]
    [InlineData(VaeNorm.Frame, 4, true)]
    public void Gradients_agree_with_finite_differences(VaeNorm norm, int patch, bool linear)
    {
        using var scope = NewDisposeScope();
        using var vae = Model(_small with { Norm = norm, NormNumGroups = 4, PatchSize = patch, BlockOutChannels = patch == 1 ? [8, 8, 12, 16] : [8, 12, 16], LinearPath = linear });
        Disturb(vae);
        var video = Fixtures.Clips(1, 9, 16, 16, seed: 5);
        Tensor Loss() => (vae.Decode(vae.Encode(video).Mean) - video).square().mean();

        Loss().backward();
        var parameters = vae.parameters().Where(p => p.grad is not null).ToList();
        var directions = parameters.Select(p => randn(p.shape)).ToList();
        var slope = parameters.Zip(directions, (p, d) => (p.grad! * d).sum().item<float>()).Sum(v => (double)v);

        using var grad = no_grad();
        const double step = 2e-4;
        double At(double distance)
        {
            foreach (var (p, d) in parameters.Zip(directions))
                p.add_(d, distance);
            return Loss().item<float>();
        }
        var difference = (At(step) - At(-2 * step)) / (2 * step);
        Assert.InRange(difference, slope - (0.03 * Math.Abs(slope)), slope + (0.03 * Math.Abs(slope)));
    }

    [Fact]
    public void A_new_model_with_a_linear_path_is_the_principal_component_code()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var vae = Model(_small with { LinearPath = true });
        var clips = Fixtures.Clips(16, 17, 32, 32, seed: 6);
        vae.InitializeLinearPath(clips);
        var posterior = vae.Encode(clips);
        var rebuilt = vae.Decode(posterior.Mean);

        // The best 16-number linear code of the moving blocks, by a full eigenvalue decomposition's defining property:
        // no direction orthogonal to the code may hold more variance than the code's weakest.
        var blocks = clips.narrow(2, 1, 16).reshape(16, 3, 4, 4, 4, 8, 4, 8).permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(-1, 768).to(float64);
        var lost = (clips - rebuilt).narrow(2, 1, 16).reshape(16, 3, 4, 4, 4, 8, 4, 8).permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(-1, 768).to(float64);
        var centred = blocks - blocks.mean([0]);
        var total = centred.square().sum().item<double>();
        var v = randn([768, 1], dtype: float64);
        for (var i = 0; i < 200; i++)
        {
            v = lost.t().matmul(lost.matmul(v));
            v = v / v.square().sum().sqrt();
        }
        var strongestLost = centred.matmul(v).square().sum().item<double>() / total;
        var kept = 1 - (lost.square().sum().item<double>() / total);
        Assert.True(kept > 0.5, $"kept {kept:P1} of the variance");
        Assert.True(strongestLost < kept / 16, $"a lost direction holds {strongestLost:P2} of the variance");

        Assert.InRange(posterior.Mean.square().mean().item<float>(), 0.5, 2);
        Assert.InRange(posterior.LogVar.max().item<float>(), -6.01, -5.99);
    }

    [Fact]
    public void A_still_block_has_nearly_the_same_code_at_the_first_step_as_later()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var vae = Model(_small with { LinearPath = true });
        var clips = Fixtures.Clips(64, 5, 32, 32, seed: 7).narrow(2, 0, 1).expand(64, 3, 5, 32, 32).contiguous();
        vae.InitializeLinearPath(clips, whitening: 0);
        var mean = vae.Encode(clips).Mean;
        var (first, later) = (mean.narrow(2, 0, 1), mean.narrow(2, 1, 1));
        var apart = (first - later).square().mean().item<float>() / later.square().mean().item<float>();
        Assert.InRange(apart, 0, 0.15);
    }

    [Fact]
    public void The_posterior_samples_its_distribution_and_knows_its_divergence()
    {
        using var scope = NewDisposeScope();
        var posterior = new DiagonalGaussian(full([1, 1, 1, 100, 100], 2), full([1, 1, 1, 100, 100], Math.Log(0.25)));
        using var generator = new Generator(8);
        var sample = posterior.Sample(generator);
        Assert.InRange(sample.mean().item<float>(), 1.97, 2.03);
        Assert.InRange(sample.std().item<float>(), 0.485, 0.515);
        Assert.Equal(0.5 * (4 + 0.25 - 1 - Math.Log(0.25)), posterior.Kl().item<float>(), 4);
        Assert.Equal(-30, new DiagonalGaussian(zeros(1), full([1], -99f)).LogVar.item<float>());
    }

    [Fact]
    public void Clips_and_latents_of_impossible_size_are_named()
    {
        using var vae = Model(_small);
        Assert.Contains("4k + 1 frames", Assert.Throws<InputException>(() => vae.Encode(zeros([1, 3, 16, 16, 16]))).Message);
        Assert.Contains("multiples of 8", Assert.Throws<InputException>(() => vae.Encode(zeros([1, 3, 5, 16, 20]))).Message);
        Assert.Contains("[B, 3, T, H, W]", Assert.Throws<InputException>(() => vae.Encode(zeros([1, 4, 5, 16, 16]))).Message);
        Assert.Contains("[B, 16, T', h, w]", Assert.Throws<InputException>(() => vae.Decode(zeros([1, 4, 5, 2, 2]))).Message);
    }

    [Fact]
    public void Impossible_configurations_are_named_by_file_and_field()
    {
        Assert.Contains("c.json: patch_size", Assert.Throws<InputException>(() => VaeConfig.Parse("{\"patch_size\": 3}", "c.json")).Message);
        Assert.Contains("block_out_channels", Assert.Throws<InputException>(() => VaeConfig.Parse("{\"block_out_channels\": [32]}", "c.json")).Message);
        Assert.Contains("norm_num_groups", Assert.Throws<InputException>(() => VaeConfig.Parse("{\"norm_num_groups\": 7}", "c.json")).Message);
        Assert.Contains("c.json: not a valid model configuration", Assert.Throws<InputException>(() => VaeConfig.Parse("{\"norm\": ", "c.json")).Message);
        Assert.Contains("none.json", Assert.Throws<InputException>(() => VaeConfig.Load("none.json")).Message);
    }

    [Fact]
    public void A_configuration_survives_being_written_and_read()
    {
        var config = _small with { LinearPath = true, ScalingFactor = 0.7 };
        Assert.Equal(config.ToJson(), VaeConfig.Parse(config.ToJson(), "again").ToJson());
        Assert.Contains("\"norm\": \"rms\"", config.ToJson());
    }

    private static CausalVae Model(VaeConfig config)
    {
        manual_seed(11);
        return new CausalVae(config);
    }

    /// <summary>Gives the zero-initialised layers something to say.</summary>
    private static void Disturb(nn.Module model)
    {
        using var grad = no_grad();
        foreach (var p in model.parameters())
        {
            using var noise = randn(p.shape);
            p.add_(noise, 0.05);
        }
    }
}
