using AniSora.Benchmarks.Stock;
using AniSora.Models;
using AniSora.Training.Optim;

namespace AniSora.Benchmarks;

/// <summary>The diffusion transformer's rows: forward, forward with backward, and a whole step.</summary>
internal static class DitRows
{
    private static readonly DitConfig _config = new()
    {
        NumAttentionHeads = 6,
        AttentionHeadDim = 64,
        NumLayers = 12,
        InChannels = 36,
        OutChannels = 16,
        TimeEmbedDim = 128,
        TextEmbedDim = 64,
        MaxTextSeqLength = 32,
        UseRotaryPositionalEmbeddings = true,
    };

    public static IEnumerable<Row> All =>
        from part in (string[])["forward", "train", "step"]
        from batch in (int[])[1, 4]
        select Of(part, batch, ScalarType.Float32, ScalarType.Float32, "", 0.5);

    /// <summary>
    /// Our products in bfloat16 beside stock float32, then beside a stock model that is bfloat16 throughout, weights and optimiser too
    /// (ours keeps those in float32). Their outputs agree to bfloat16's precision.
    /// </summary>
    /// <param name="products">Until it is disposed, our products are in bfloat16.</param>
    public static IEnumerable<Row> BFloat16(Func<IDisposable> products) =>
        from part in (string[])["train", "step"]
        from batch in (int[])[1, 4]
        from row in (Row[])
        [
            Of(part, batch, ScalarType.BFloat16, ScalarType.Float32, "bf16-", 0.3, products),
            Of(part, batch, ScalarType.BFloat16, ScalarType.BFloat16, "bf16-both-", 1, products),
        ]
        select row with { Tolerance = 0.05 };

    private static Row Of(string part, int batch, ScalarType ours, ScalarType stock, string prefix, double aim, Func<IDisposable>? products = null) => new(
        $"{prefix}dit-{batch}-{part}",
        $"DiT, batch {batch}, {part switch { "forward" => "forward", "train" => "forward + backward", _ => "step with clipping and AdamW" }}, {ours} / {stock}", aim,
        () =>
        {
            using var model = new MaskedDiT(_config);
            var inputs = Rows.Weights(model);
            // A new model's gates and output are zero, and most of its gradients with them.
            foreach (string name in inputs.Keys.ToList().Where(n => inputs[n].ndim > 1))
                inputs[name] = randn(inputs[name].shape) * 0.05;
            inputs["latent"] = randn([batch, 36, 4, 16, 16]);
            inputs["text"] = randn([batch, 32, 64]);
            inputs["timestep"] = arange(0, batch, dtype: int64) * 200 + 100;
            inputs["target"] = randn([batch, 16, 4, 16, 16]);
            return inputs;
        },
        source =>
        {
            var model = Rows.Loaded(new MaskedDiT(_config), source);
            var optimizer = part == "step"
                ? new FusedAdamW([new FusedAdamWGroup(model.named_parameters().Select(p => (p.name, p.parameter)), 0.01)], new FusedAdamWOptions(0.9, 0.95, 1e-8, 1))
                : null;
            return Train(part, model, source, () => optimizer!.Step(1e-4), products: products);
        },
        source =>
        {
            var model = Rows.Loaded(new StockDit(_config), source).to(stock);
            var optimizer = torch.optim.AdamW(model.parameters(), lr: 1e-4, beta1: 0.9, beta2: 0.95, weight_decay: 0.01);
            return new(Train(part, model, source, () =>
            {
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1);
                optimizer.step();
            }, stock), model);
        })
    {
        Passes = part == "forward" ? 1 : 3,
        MemoryAim = 0.7,
    };

    private static Step Train(string part, Module<Tensor, Tensor, Tensor, Tensor> model, ITensorSource source, Action update, ScalarType type = ScalarType.Float32, Func<IDisposable>? products = null)
    {
        var (latent, text, timestep, target) = (source.Load("latent").to(type), source.Load("text").to(type), source.Load("timestep"), source.Load("target").to(type));
        var proj = model.named_parameters().Single(p => p.name == "patch_embed.proj.weight").parameter;
        return () =>
        {
            using var lower = products?.Invoke();
            if (part == "forward")
            {
                using var noGrad = no_grad();
                return Rows.Output(model.call(latent, text, timestep));
            }
            model.zero_grad();
            var y = model.call(latent, text, timestep);
            F.mse_loss(y, target).backward();
            if (part == "step")
                update();
            return new Dictionary<string, Tensor> { ["output"] = y, ["proj"] = part == "step" ? proj : proj.grad! };
        };
    }
}
