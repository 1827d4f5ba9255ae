using AniSora.Models.Runtime;

namespace AniSora.Models.Fast.Tests;

/// <summary>Products in bfloat16: 8 bits of each factor and result, so errors of a few thousandths of the greatest number.</summary>
public sealed class PrecisionTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Names_are_read_and_others_refused()
    {
        Assert.Same(Precision.BFloat16, Precision.Parse("bfloat16"));
        Assert.Same(Precision.Float32, Precision.Parse("float32"));
        Assert.Contains("float32 or bfloat16", Assert.Throws<InputException>(() => Precision.Parse("half")).Message);
    }

    [Fact]
    public void A_processor_without_it_says_so_and_scopes_end_where_they_should()
    {
        if (!TorchReport.HasBFloat16)
        {
            Assert.Contains("float32", Assert.Throws<InputException>(() => Precision.Use(Precision.BFloat16)).Message);
            return;
        }
        using (Precision.Use(Precision.BFloat16))
        {
            using (Precision.Use(Precision.Float32))
                Assert.Same(Precision.Float32, Precision.Current);
            Assert.Same(Precision.BFloat16, Precision.Current);
            var elsewhere = new Thread(() => Assert.Same(Precision.Float32, Precision.Current));
            elsewhere.Start();
            elsewhere.Join();
        }
        Assert.Same(Precision.Float32, Precision.Current);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("linear, plain")]
    [InlineData("feed-forward")]
    [InlineData("feed-forward, plain")]
    [InlineData("strided convolution")]
    [InlineData("checkpoint")]
    public void Results_and_gradients_are_float32_and_near(string kind)
    {
        if (!TorchReport.HasBFloat16)
            return;
        manual_seed(1);
        Tensor[] inputs = kind == "strided convolution"
            ? [randn([2, 8, 3, 17, 17]), randn([16, 8, 1, 3, 3]) * 0.1, randn(16), zeros(1), zeros(1)]
            : [randn(2, 40, 48), randn(64, 48) * 0.1, randn(64), randn(24, 64) * 0.1, randn(24)];
        Tensor Function(Tensor[] t) => kind switch
        {
            "strided convolution" => FastOps.Conv3d(t[0], t[1], t[2], strides: [1, 2, 2]),
            "linear" or "linear, plain" => FastOps.Linear(t[0], t[1], t[2]),
            "checkpoint" => ActivationCheckpointing.Block(nn.Identity(), x => FastOps.FeedForward(x[0], x[1], x[2], x[3], x[4]), t),
            _ => FastOps.FeedForward(t[0], t[1], t[2], t[3], t[4]),
        };
        Tensor? seed = null;
        Tensor[] Run(Precision precision)
        {
            Tensor[] leaves = [.. inputs.Select(t => t.clone().detach().requires_grad_())];
            Tensor y;
            // The backward pass comes after the scope has ended.
            using (Precision.Use(precision))
            using (kind.EndsWith("plain", StringComparison.Ordinal) ? FastOps.Plain() : null)
            using (ActivationCheckpointing.Blocks(kind == "checkpoint"))
                y = Function(leaves);
            seed ??= randn(y.shape);
            return [y, .. Differentiation.Gradients([y], leaves, [seed], allowUnused: true).Where(g => g is not null)];
        }
        var (exact, rounded) = (Run(Precision.Float32), Run(Precision.BFloat16));
        Assert.Equal(exact.Length, rounded.Length);
        foreach (var (e, r) in exact.Zip(rounded))
        {
            Assert.Equal(float32, r.dtype);
            Assert.Equal(e.shape, r.shape);
            Assert.InRange((e - r).abs().max().item<float>() / e.abs().max().item<float>(), 0, 2e-2);
        }
        // It was used in both directions: by the gradient of the input, too.
        Assert.NotEqual(0, (exact[0] - rounded[0]).abs().max().item<float>());
        Assert.NotEqual(0, (exact[1] - rounded[1]).abs().max().item<float>());
    }

    [Fact]
    public void A_changed_weight_is_seen()
    {
        if (!TorchReport.HasBFloat16)
            return;
        using var noGrad = no_grad();
        using var precision = Precision.Use(Precision.BFloat16);
        var layer = nn.Linear(4, 4, hasBias: false);
        var x = eye(4);
        layer.Apply(x);
        layer.weight.fill_(2);
        Assert.Equal(2, layer.Apply(x).min().item<float>());
        layer.weight.bytes.Clear(); // as kernels write to it, without libtorch's knowledge
        Assert.Equal(0, layer.Apply(x).max().item<float>());
    }

    [Fact]
    public void A_small_transformer_learns_as_in_float32()
    {
        if (!TorchReport.HasBFloat16)
            return;
        double[] Losses(Precision precision)
        {
            manual_seed(3);
            var dit = new MaskedDiT(new DitConfig
            {
                NumAttentionHeads = 2,
                AttentionHeadDim = 32,
                InChannels = 4,
                OutChannels = 4,
                TimeEmbedDim = 16,
                TextEmbedDim = 8,
                NumLayers = 2,
                MaxTextSeqLength = 4,
                UseRotaryPositionalEmbeddings = true,
            });
            var optimizer = optim.AdamW(dit.parameters(), lr: 2e-3);
            var (latent, text, time, target) = (randn([2, 4, 2, 8, 8]), randn([2, 4, 8]), tensor([100L, 700L]), randn([2, 4, 2, 8, 8]));
            using var use = Precision.Use(precision);
            return [.. Enumerable.Range(0, 200).Select(_ =>
            {
                using var step = NewDisposeScope();
                optimizer.zero_grad();
                var loss = F.mse_loss(dit.forward(latent, text, time), target);
                loss.Backward();
                optimizer.step();
                return (double)loss.item<float>();
            })];
        }
        var (exact, rounded) = (Losses(Precision.Float32), Losses(Precision.BFloat16));
        Assert.InRange(exact[^1], 0, 0.3 * exact[0]);
        // The mean over twenty steps, as single steps jump.
        for (var at = 0; at < 200; at += 20)
        {
            var (e, r) = (exact.Skip(at).Take(20).Average(), rounded.Skip(at).Take(20).Average());
            Assert.InRange(r, 0.9 * e - 0.01, 1.1 * e + 0.01);
        }
    }
}
