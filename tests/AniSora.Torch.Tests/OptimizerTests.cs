using AniSora.Torch.Modules;
using static AniSora.Torch.torch;
using static AniSora.Torch.torch.nn;

namespace AniSora.Torch.Tests;

public sealed class OptimizerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(true, 0.1, false, false)]
    [InlineData(false, 0.1, false, false)]
    [InlineData(true, 0.0, true, false)]
    [InlineData(false, 0.05, true, true)]
    public void Adam_follows_its_formula(bool decoupled, double decay, bool amsgrad, bool maximize)
    {
        double[] weights = [0.5, -1.25, 2];
        using var parameter = Parameter(tensor(weights));
        using optim.Optimizer optimizer = decoupled
            ? optim.AdamW([parameter], 0.01, 0.8, 0.95, 1e-6, decay, amsgrad, maximize)
            : optim.Adam([parameter], 0.01, 0.8, 0.95, 1e-6, decay, amsgrad, maximize);
        double[] m = new double[3], v = new double[3], greatest = new double[3];
        for (var t = 1; t <= 20; t++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            // d/dw of sum(w⁴ / 4 + sin(t)·w) = w³ + sin(t)
            var loss = optimizer.step(() =>
            {
                var value = (parameter.pow(4) / 4 + parameter * Math.Sin(t)).sum();
                value.backward();
                return value;
            });
            Assert.NotNull(loss);
            for (var i = 0; i < 3; i++)
            {
                var g = Math.Pow(weights[i], 3) + Math.Sin(t);
                if (maximize)
                    g = -g;
                if (decoupled)
                    weights[i] *= 1 - 0.01 * decay;
                else
                    g += decay * weights[i];
                m[i] = 0.8 * m[i] + 0.2 * g;
                v[i] = 0.95 * v[i] + 0.05 * g * g;
                greatest[i] = Math.Max(greatest[i], v[i]);
                var root = Math.Sqrt((amsgrad ? greatest : v)[i] / (1 - Math.Pow(0.95, t))) + 1e-6;
                weights[i] -= 0.01 * m[i] / (1 - Math.Pow(0.8, t)) / root;
            }
        }
        Assert.All(weights.Zip(parameter.ToArray<double>()), p => Assert.Equal(p.First, p.Second, 1e-12));
    }

    [Fact]
    public void Groups_have_options_of_their_own()
    {
        using var a = Parameter(ones(1));
        using var b = Parameter(ones(1));
        using var unused = Parameter(ones(1));
        using var optimizer = optim.AdamW(
            [new AdamW.ParamGroup([a, unused], lr: 0.5), new AdamW.ParamGroup([b], new AdamW.Options { weight_decay = 1 })],
            lr: 0.25, eps: 1e-12);
        (a + b).backward();
        optimizer.step();
        // Adam's first step is the learning rate in the gradient's direction.
        Assert.Equal(0.5, a.item<float>(), 1e-6);
        Assert.Equal(1 * (1 - 0.25) - 0.25, b.item<float>(), 1e-6);
        Assert.Equal(1, unused.item<float>());
        Assert.Null(optimizer.state(unused));
        Assert.Equal(1, optimizer.state(a)!.step);
        Assert.Equal([0.5, 0.25], optimizer.ParamGroups.Select(g => g.LearningRate));
        Assert.Equal(3, optimizer.parameters().Count());
        Assert.Throws<ArgumentException>(() => optimizer.add_param_group(new AdamW.ParamGroup([a])));
        Assert.Throws<ArgumentException>(() => optim.Adam([unused], beta1: 1));
    }

    [Fact]
    public void Schedules_set_the_rate()
    {
        using var weight = Parameter(ones(1));
        using var optimizer = optim.Adam([weight], lr: 2);
        Assert.Equal([2, 1, 0.5, 0.25], Rates(optim.lr_scheduler.LambdaLR(optimizer, t => Math.Pow(0.5, t)), 4), Near);
        Assert.Equal([2, 1.1, 0.2, 1.1, 2], Rates(optim.lr_scheduler.CosineAnnealingLR(optimizer, 2, eta_min: 0.2), 5), Near);
        Assert.Equal([0.5, 1, 1.5, 2, 2], Rates(optim.lr_scheduler.LinearLR(optimizer, 0.25, 1, 3), 5), Near);
        Assert.Equal([0.5], Rates(optim.lr_scheduler.LambdaLR(optimizer, t => Math.Pow(0.5, t), last_epoch: 1), 1), Near);
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-12;

    private static List<double> Rates(optim.lr_scheduler.LRScheduler schedule, int count)
    {
        var rates = new List<double>();
        for (var i = 0; i < count; i++)
        {
            rates.AddRange(schedule.get_last_lr());
            schedule.step();
        }
        return rates;
    }
}
