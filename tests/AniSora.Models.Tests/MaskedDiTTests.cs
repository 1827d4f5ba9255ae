using AniSora.Models;
using AniSora.Models.Layers;

namespace AniSora.Models.Tests;

/// <summary>What the transformer promises beyond agreeing with the reference.</summary>
public sealed class MaskedDiTTests
{
    private static readonly DitConfig _small = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 16,
        InChannels = 36,
        OutChannels = 16,
        TimeEmbedDim = 24,
        TextEmbedDim = 20,
        NumLayers = 2,
        MaxTextSeqLength = 5,
        ActivationFn = "gelu",
        UseRotaryPositionalEmbeddings = true,
    };

    [Fact]
    public void A_masked_model_reads_36_channels_and_gives_16()
    {
        using var scope = NewDisposeScope();
        using var dit = Model(_small);
        var output = dit.forward(randn([2, 36, 3, 4, 6]), randn([2, 5, 20]), tensor([10L, 900L]));
        Assert.Equal([2, 16, 3, 4, 6], output.shape);
    }

    [Fact]
    public void An_untrained_model_is_silent_and_its_blocks_are_the_identity()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var dit = Model(_small);
        var (latent, text, time) = (randn([1, 36, 2, 4, 4]), randn([1, 5, 20]), tensor([500L]));
        Assert.Equal(0, dit.forward(latent, text, time).abs().max().item<float>());

        // With only the last layer awake, gates at zero mean that other tokens do not matter.
        init.normal_(dit.get_parameter("proj_out.weight")!, 0, 1);
        var before = dit.forward(latent, text, time);
        var changed = latent.clone();
        changed.narrow(4, 0, 2).add_(1);
        var after = dit.forward(changed, randn([1, 5, 20]), time);
        Assert.Equal(0, (after - before).narrow(4, 2, 2).abs().max().item<float>());
        Assert.NotEqual(0, (after - before).narrow(4, 0, 2).abs().max().item<float>());
    }

    [Fact]
    public void A_trained_model_listens_to_every_token_the_text_and_the_time()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var dit = Model(_small, awake: true);
        var (latent, text, time) = (randn([1, 36, 2, 4, 4]), randn([1, 5, 20]), tensor([500L]));
        var output = dit.forward(latent, text, time);
        var changed = latent.clone();
        changed.narrow(1, 16, 4).narrow(2, 0, 1).add_(1); // the mask's channels at the first step
        Assert.NotEqual(0, (dit.forward(changed, text, time) - output).narrow(2, 1, 1).abs().max().item<float>());
        Assert.NotEqual(0, (dit.forward(latent, text + 1, time) - output).abs().max().item<float>());
        Assert.NotEqual(0, (dit.forward(latent, text, tensor([501L])) - output).abs().max().item<float>());
    }

    [Fact]
    public void Samples_of_a_batch_do_not_touch_each_other()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var dit = Model(_small, awake: true);
        var (latent, text, time) = (randn([2, 36, 2, 4, 4]), randn([2, 5, 20]), tensor([3L, 700L]));
        var both = dit.forward(latent, text, time);
        for (var i = 0; i < 2; i++)
        {
            var alone = dit.forward(latent.narrow(0, i, 1), text.narrow(0, i, 1), time.narrow(0, i, 1));
            Assert.InRange(Fixtures.Error(both.narrow(0, i, 1), alone), 0, 1e-5);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Gradients_agree_with_finite_differences(bool rotary, bool learned)
    {
        using var scope = NewDisposeScope();
        using var dit = Model(_small with { UseRotaryPositionalEmbeddings = rotary, UseLearnedPositionalEmbeddings = learned, SampleHeight = 4, SampleWidth = 4, SampleFrames = 9 }, awake: true);
        var (latent, text, time) = (randn([1, 36, 2, 4, 4]), randn([1, 5, 20]), tensor([500L]));
        var target = randn([1, 16, 2, 4, 4]);
        Tensor Loss() => F.mse_loss(dit.forward(latent, text, time), target);
        Loss().backward();
        var parameters = dit.parameters().ToList();
        Assert.All(parameters, p => Assert.NotNull(p.grad));
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
    public void Rotary_tables_make_attention_depend_on_distance_only()
    {
        using var scope = NewDisposeScope();
        manual_seed(11);
        var (cos, sin) = PositionalEmbedding.Rotary(16, 4, 3, 5);
        var (q, k) = (randn([16]), randn([16]));
        Tensor At(Tensor x, long t, long y, long w)
        {
            var row = (((t * 3) + y) * 5) + w;
            var pairs = x.view(8, 2);
            var turned = stack([-pairs.select(1, 1), pairs.select(1, 0)], 1).view(16);
            return (x * cos[row]) + (turned * sin[row]);
        }
        double Score(Tensor a, Tensor b) => (a * b).sum().item<float>();
        var here = Score(At(q, 1, 2, 4), At(k, 0, 1, 1));
        Assert.InRange(Score(At(q, 3, 1, 3), At(k, 2, 0, 0)) - here, -1e-4, 1e-4);
        Assert.NotInRange(Score(At(q, 3, 1, 3), At(k, 1, 0, 0)) - here, -1e-2, 1e-2);
    }

    [Fact]
    public void Text_rows_of_the_rotary_tables_do_not_turn()
    {
        using var scope = NewDisposeScope();
        var (cos, sin) = PositionalEmbedding.Rotary(16, 2, 2, 2, textTokens: 3);
        var (videoCos, videoSin) = PositionalEmbedding.Rotary(16, 2, 2, 2);
        Assert.Equal([11, 16], cos.shape);
        Assert.Equal(1, cos.narrow(0, 0, 3).min().item<float>());
        Assert.Equal(0, sin.narrow(0, 0, 3).abs().max().item<float>());
        Assert.Equal(0, (cos.narrow(0, 3, 8) - videoCos).abs().max().item<float>());
        Assert.Equal(0, (sin.narrow(0, 3, 8) - videoSin).abs().max().item<float>());
    }

    [Fact]
    public void Tensors_of_impossible_shape_are_named()
    {
        using var dit = Model(_small);
        var (text, time) = (zeros([1, 5, 20]), tensor([1L]));
        Assert.Contains("[B, 36, T', h, w]", Assert.Throws<InputException>(() => dit.forward(zeros([1, 16, 2, 4, 4]), text, time)).Message);
        Assert.Contains("patch size 2", Assert.Throws<InputException>(() => dit.forward(zeros([1, 36, 2, 5, 4]), text, time)).Message);
        Assert.Contains("text has shape", Assert.Throws<InputException>(() => dit.forward(zeros([1, 36, 2, 4, 4]), zeros([1, 5, 21]), time)).Message);
        Assert.Contains("timestep has shape", Assert.Throws<InputException>(() => dit.forward(zeros([1, 36, 2, 4, 4]), text, tensor([1L, 2L]))).Message);
    }

    [Fact]
    public void Published_configurations_are_read_and_unsupported_ones_named()
    {
        const string published = """
            {"_class_name": "CogVideoXTransformer3DModel", "activation_fn": "gelu-approximate", "attention_head_dim": 64, "in_channels": 32,
             "num_attention_heads": 48, "num_layers": 42, "use_rotary_positional_embeddings": true, "use_learned_positional_embeddings": true, "patch_size_t": null}
            """;
        var config = DitConfig.Parse(published, "config.json");
        Assert.Equal((3072, 42, true), (config.InnerDim, config.NumLayers, config.UseLearnedPositionalEmbeddings));
        Assert.Contains("patch_size_t", Assert.Throws<InputException>(() => DitConfig.Parse("{\"patch_size_t\": 2}", "c.json")).Message);
        Assert.Contains("attention_head_dim", Assert.Throws<InputException>(() => DitConfig.Parse("{\"attention_head_dim\": 24}", "c.json")).Message);
        Assert.Equal(_small.ToJson(), DitConfig.Parse(_small.ToJson(), "again").ToJson());
    }

    private static MaskedDiT Model(DitConfig config, bool awake = false)
    {
        manual_seed(12);
        var dit = new MaskedDiT(config);
        using var grad = no_grad();
        if (awake)
        {
            foreach (var p in dit.parameters())
            {
                using var noise = randn(p.shape);
                p.add_(noise, 0.1);
            }
        }
        return dit;
    }
}
