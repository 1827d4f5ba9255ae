using AniSora.Benchmarks.Stock;
using AniSora.Models;
using AniSora.Models.Fast;
using AniSora.Training.Optim;

namespace AniSora.Benchmarks;

/// <summary>The rows, in the order of the table: each with our side and, below it, the same in stock TorchSharp.</summary>
internal static class Rows
{
    /// <summary>The VAE of the parity fixtures' structure.</summary>
    private static readonly VaeConfig _vae = new() { BlockOutChannels = [32, 64, 64, 128], LayersPerBlock = 1 };

    public static IReadOnlyList<Row> All { get; } =
    [
        Convolution(32, 9, 64, 0.35), Convolution(64, 9, 32, 0.25), Convolution(128, 5, 16, 0.25),
        Vae("encode", 0.35), Vae("decode", 0.35), Vae("train", 0.45),
        .. DitRows.All, .. DitRows.BFloat16(() => Precision.Use(Precision.BFloat16)), SamplingRow.Clip(), AdamW(), Tiny(),
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
        source => Convolve(source, (x, weight, bias) => FastOps.CausalConv3d(x, weight, bias, repeatFirst: true)),
        source => new(Convolve(source, (x, weight, bias) =>
        {
            var first = x.narrow(2, 0, 1);
            return F.conv3d(cat([first, first, x], 2), weight, bias, padding: [0, 1, 1]);
        })))
    {
        Passes = 3,
        Gflop = 2e-9 * 27 * channels * channels * frames * side * side,
    };

    private static Step Convolve(ITensorSource source, Func<Tensor, Tensor, Tensor, Tensor> convolve)
    {
        Tensor Leaf(string name) => source.Load(name).requires_grad_();
        var (x, weight, bias, grad) = (Leaf("x"), Leaf("weight"), Leaf("bias"), source.Load("grad"));
        return () =>
        {
            x.grad = weight.grad = bias.grad = null;
            var y = convolve(x, weight, bias);
            y.backward([grad]);
            return new Dictionary<string, Tensor> { ["output"] = y, ["x"] = x.grad!, ["weight"] = weight.grad!, ["bias"] = bias.grad! };
        };
    }

    private static Row Vae(string part, double aim) => new(
        $"vae-{part}", part == "train" ? "VAE, forward + backward" : $"VAE, {part}", aim,
        () =>
        {
            using var model = new CausalVae(_vae);
            return new(Weights(model)) { ["video"] = randn([1, 3, 9, 64, 64]) * 0.5, ["latent"] = randn([1, 16, 3, 8, 8]) };
        },
        source =>
        {
            var model = Loaded(new CausalVae(_vae), source);
            return Code(part, model, source, video => model.Encode(video) is var p ? cat([p.Mean, p.LogVar], 1) : null!, video => model.Encode(video).Mean, latent => model.Decode(latent));
        },
        source =>
        {
            var model = Loaded(new StockVae(_vae), source);
            return new(Code(part, model, source, model.Encode, video => model.Encode(video).chunk(2, 1)[0], model.Decode), model);
        })
    {
        Passes = part == "train" ? 3 : 1,
        MemoryAim = 0.7,
    };

    private static Step Code(string part, nn.Module model, ITensorSource source, Func<Tensor, Tensor> encode, Func<Tensor, Tensor> mean, Func<Tensor, Tensor> decode)
    {
        var (video, latent) = (source.Load("video"), source.Load("latent"));
        var parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        return () =>
        {
            if (part != "train")
            {
                using var noGrad = no_grad();
                return Output(part == "encode" ? encode(video) : decode(latent));
            }
            model.zero_grad();
            var y = decode(mean(video));
            F.mse_loss(y, video).backward();
            return new Dictionary<string, Tensor>
            {
                ["output"] = y,
                ["conv_in"] = parameters["encoder.conv_in.conv.weight"].grad!,
                ["conv_out"] = parameters["decoder.conv_out.conv.weight"].grad!,
            };
        };
    }

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
            var parameters = Trained(source);
            foreach (var (_, parameter, grad) in parameters)
                parameter.grad = grad;
            var optimizer = new FusedAdamW([new FusedAdamWGroup(parameters.Select(p => (p.Name, p.Parameter)), 0.01)], new FusedAdamWOptions(0.9, 0.95, 1e-8, 1e9, 0.999, EmaWarmup: false));
            optimizer.ResetEma();
            return () =>
            {
                optimizer.Step(1e-4);
                return new Dictionary<string, Tensor> { ["output"] = parameters[0].Parameter, ["average"] = optimizer.EmaTensors().First().Value };
            };
        },
        source =>
        {
            var trained = Trained(source);
            Parameter[] parameters = [.. trained.Select(p => p.Parameter)];
            var averages = parameters.Select(p => p.detach().clone()).ToArray();
            var optimizer = torch.optim.AdamW(parameters, lr: 1e-4, beta1: 0.9, beta2: 0.95, weight_decay: 0.01);
            return new(() =>
            {
                foreach (var (_, parameter, grad) in trained)
                    parameter.grad = grad;
                torch.nn.utils.clip_grad_norm_(parameters, 1e9);
                optimizer.step();
                using var noGrad = no_grad();
                foreach (var (average, parameter) in averages.Zip(parameters))
                    average.mul_(0.999f).add_(parameter, alpha: 0.001f);
                return new Dictionary<string, Tensor> { ["output"] = parameters[0], ["average"] = averages[0] };
            });
        })
    {
        MemoryAim = 0.7,
    };

    private static List<(string Name, Parameter Parameter, Tensor Grad)> Trained(ITensorSource source) =>
        [.. source.Names.Where(n => n.StartsWith("weight.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(n => (n, new Parameter(source.Load(n)), source.Load("grad." + n["weight.".Length..])))];

    /// <summary>Both sides are TorchSharp's own call: it is here to be watched.</summary>
    private static Row Tiny()
    {
        static Step Add(ITensorSource source)
        {
            var (a, b) = (source.Load("a"), source.Load("b"));
            return () =>
            {
                for (int i = 1; i < 10000; i++)
                    (a + b).Dispose();
                return Output(a + b);
            };
        }
        return new("tiny", "one tiny operator: adding 4 numbers", 1, () => new() { ["a"] = randn([4]), ["b"] = randn([4]) }, Add, source => new(Add(source))) { Repeats = 10000 };
    }

    public static Dictionary<string, Tensor> Weights(nn.Module model) =>
        model.named_parameters().ToDictionary(p => "model." + p.name, p => p.parameter.detach().clone());

    /// <summary>Fills a model with the weights among a row's inputs; our model and the stock one have the same names.</summary>
    public static T Loaded<T>(T model, ITensorSource source)
        where T : nn.Module
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var value = source.Load("model." + name);
            parameter.copy_(value);
        }
        return model;
    }

    public static Dictionary<string, Tensor> Output(Tensor value) => new() { ["output"] = value };
}
