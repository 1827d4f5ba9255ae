using AniSora.Torch.Modules;
using AniSora.Models;

namespace AniSora.Benchmarks;

/// <summary>The rows, in the order of the table.</summary>
internal static class Rows
{
    /// <summary>The VAE of the parity fixtures' structure.</summary>
    private static readonly VaeConfig _vae = new() { BlockOutChannels = [32, 64, 64, 128], LayersPerBlock = 1 };

    private static readonly DitConfig _dit = new()
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

    public static IReadOnlyList<Row> All { get; } =
    [
        Convolution(32, 9, 64, 0.35), Convolution(64, 9, 32, 0.5), Convolution(128, 5, 16, 0.7),
        Vae("encode", 0.5), Vae("decode", 0.5), Vae("train", 0.4) with { MemoryAim = 0.7 },
        Dit("forward", 1), Dit("forward", 4), Dit("train", 1), Dit("train", 4), Dit("step", 1), Dit("step", 4) with { MemoryAim = 0.7 },
        AdamW(), Tiny(),
    ];

    private static Row Convolution(int channels, int frames, int side, double aim) => new(
        $"conv-{channels}", $"causal 3×3×3 convolution, {channels} → {channels} at {frames}×{side}×{side}, forward + backward", aim,
        () => new()
        {
            ["x"] = randn([1, channels, frames, side, side]),
            ["weight"] = randn([channels, channels, 3, 3, 3]) * 0.05,
            ["bias"] = randn([channels]),
            ["grad"] = randn([1, channels, frames, side, side]),
        },
        source =>
        {
            var (x, weight, bias, grad) = (Leaf(source, "x"), Leaf(source, "weight"), Leaf(source, "bias"), source.Load("grad"));
            return () =>
            {
                x.grad = weight.grad = bias.grad = null;
                var y = FastOps.CausalConv3d(x, weight, bias, repeatFirst: true);
                y.backward([grad]);
                return new Dictionary<string, Tensor> { ["output"] = y, ["x"] = x.grad!, ["weight"] = weight.grad!, ["bias"] = bias.grad! };
            };
        });

    private static Row Vae(string part, double aim) => new(
        $"vae-{part}", part == "train" ? "VAE, forward + backward" : $"VAE, {part}", aim,
        () =>
        {
            using var model = new CausalVae(_vae);
            return new(Weights(model)) { ["video"] = randn([1, 3, 9, 64, 64]) * 0.5, ["latent"] = randn([1, 16, 3, 8, 8]) };
        },
        source =>
        {
            var model = new CausalVae(_vae);
            Load(model, source);
            var (video, latent) = (source.Load("video"), source.Load("latent"));
            var parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            return () =>
            {
                if (part != "train")
                {
                    using var noGrad = no_grad();
                    if (part == "decode")
                        return Output(model.Decode(latent));
                    var posterior = model.Encode(video);
                    return Output(cat([posterior.Mean, posterior.LogVar], 1));
                }
                model.zero_grad();
                var y = model.Decode(model.Encode(video).Mean);
                F.mse_loss(y, video).backward();
                return new Dictionary<string, Tensor>
                {
                    ["output"] = y,
                    ["conv_in"] = parameters["encoder.conv_in.conv.weight"].grad!,
                    ["conv_out"] = parameters["decoder.conv_out.conv.weight"].grad!,
                };
            };
        });

    private static Row Dit(string part, int batch) => new(
        $"dit-{batch}-{part}", $"DiT, batch {batch}, {part switch { "forward" => "forward", "train" => "forward + backward", _ => "step with clipping and AdamW" }}", 0.75,
        () =>
        {
            using var model = new MaskedDiT(_dit);
            var inputs = Weights(model);
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
            var model = new MaskedDiT(_dit);
            Load(model, source);
            var (latent, text, timestep, target) = (source.Load("latent"), source.Load("text"), source.Load("timestep"), source.Load("target"));
            var proj = model.named_parameters().Single(p => p.name == "patch_embed.proj.weight").parameter;
            var optimizer = part == "step"
                ? new FusedAdamW([new FusedAdamWGroup(model.named_parameters().Select(p => (p.name, p.parameter)), 0.01)], new FusedAdamWOptions(0.9, 0.95, 1e-8, 1))
                : null;
            return () =>
            {
                if (part == "forward")
                {
                    using var noGrad = no_grad();
                    return Output(model.forward(latent, text, timestep));
                }
                model.zero_grad();
                var y = model.forward(latent, text, timestep);
                F.mse_loss(y, target).backward();
                optimizer?.Step(1e-4);
                return new Dictionary<string, Tensor> { ["output"] = y, ["proj"] = optimizer is null ? proj.grad! : proj };
            };
        });

    /// <summary>A transformer's shapes, 30 million parameters.</summary>
    private static Row AdamW() => new(
        "adamw", "AdamW over 30 M parameters, with gradient norm and moving average", 0.25,
        () =>
        {
            var inputs = new Dictionary<string, Tensor>();
            for (int block = 0; block < 17; block++)
            {
                foreach (var (name, shape) in new (string, long[])[] { ("qkv", [1152, 384]), ("out", [384, 384]), ("up", [1536, 384]), ("down", [384, 1536]), ("norm", [384]), ("bias", [1536]) })
                {
                    inputs[$"weight.{block:d2}.{name}"] = randn(shape) * 0.05;
                    inputs[$"grad.{block:d2}.{name}"] = randn(shape) * 0.01;
                }
            }
            return inputs;
        },
        source =>
        {
            string[] names = [.. source.Names.Where(n => n.StartsWith("weight.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
            var parameters = names.Select(n => (n, new Parameter(source.Load(n)))).ToList();
            foreach (var (name, parameter) in parameters)
                parameter.grad = source.Load("grad." + name["weight.".Length..]);
            var optimizer = new FusedAdamW([new FusedAdamWGroup(parameters, 0.01)], new FusedAdamWOptions(0.9, 0.95, 1e-8, 1e9, 0.999, EmaWarmup: false));
            optimizer.ResetEma();
            return () =>
            {
                optimizer.Step(1e-4);
                return new Dictionary<string, Tensor> { ["output"] = parameters[0].Item2, ["average"] = optimizer.EmaTensors().First().tensor };
            };
        })
    {
        CountsFlops = false,
    };

    private static Row Tiny() => new(
        "tiny", "one tiny operator: adding 4 numbers", 0.75,
        () => new() { ["a"] = randn([4]), ["b"] = randn([4]) },
        source =>
        {
            var (a, b) = (source.Load("a"), source.Load("b"));
            return () =>
            {
                for (int i = 1; i < 10000; i++)
                    (a + b).Dispose();
                return Output(a + b);
            };
        })
    {
        CountsFlops = false,
        Repeats = 10000,
    };

    private static Dictionary<string, Tensor> Weights(nn.Module model) =>
        model.named_parameters().ToDictionary(p => "model." + p.name, p => p.parameter.detach().clone());

    private static void Load(nn.Module model, ITensorSource source)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var value = source.Load("model." + name);
            parameter.copy_(value);
        }
    }

    private static Tensor Leaf(ITensorSource source, string name) => source.Load(name).requires_grad_();

    private static Dictionary<string, Tensor> Output(Tensor value) => new() { ["output"] = value };
}
