using AniSora.Models.Checkpoints;
using AniSora.Models.Runtime;
using AniSora.Training.Optim;

namespace AniSora.Training.Tests;

public sealed class FusedAdamWTests : IDisposable
{
    private static readonly long[][] _shapes = [[7], [3, 5], [70_001], [1], [40, 50, 21], [0]];

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(0.5, false)]
    [InlineData(double.PositiveInfinity, true)]
    [InlineData(0.5, true)]
    public void Follows_clipping_and_AdamW(double maxNorm, bool operators)
    {
        var mine = Parameters();
        var theirs = mine.Select(p => Parameter(p.parameter.detach().clone())).ToList();
        using var fused = new FusedAdamW(
            [new FusedAdamWGroup(mine[..3], WeightDecay: 0.1), new FusedAdamWGroup(mine[3..], WeightDecay: 0, LearningRateScale: 2)],
            new FusedAdamWOptions(0.9, 0.95, 1e-8, maxNorm, Operators: operators));
        using var plain = optim.AdamW(
            [new AdamW.ParamGroup(theirs[..3], 0.01, 0.9, 0.95, weight_decay: 0.1), new AdamW.ParamGroup(theirs[3..], 0.02, 0.9, 0.95)]);
        for (var t = 1; t <= 10; t++)
        {
            using var scope = NewDisposeScope();
            for (var i = 0; i < mine.Count; i++)
            {
                // The fourth parameter misses every other gradient, and so falls behind in its own count.
                var grad = i == 3 && t % 2 == 0 ? null : randn(_shapes[i]);
                mine[i].parameter.grad = grad;
                theirs[i].grad = grad?.clone();
            }
            var norm = nn.utils.clip_grad_norm_(theirs, double.IsInfinity(maxNorm) ? 1e30 : maxNorm);
            plain.step();
            var step = fused.Step(0.01);
            Assert.True(step.Applied);
            Assert.Null(step.NonFinite);
            Assert.Equal(norm, step.GradNorm, 1e-6 * norm);
        }
        Assert.Equal(10, fused.StepCount);
        for (var i = 0; i < mine.Count; i++)
            AssertClose(theirs[i], mine[i].parameter, 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Averages_the_weights(bool operators)
    {
        var (name, parameter) = ("w", Parameter(tensor(new[] { 1f, -2f, 3f })));
        using var fused = new FusedAdamW([new FusedAdamWGroup([(name, parameter)])], new FusedAdamWOptions(EmaDecay: 0.7, EmaWarmup: true, Operators: operators));
        var average = parameter.ToArray<float>().Select(v => (double)v).ToArray();
        for (var t = 1; t <= 30; t++)
        {
            parameter.grad = randn(3);
            fused.Step(0.1);
            var d = Math.Min(0.7, (1.0 + t) / (10.0 + t));
            var weights = parameter.ToArray<float>();
            for (var i = 0; i < 3; i++)
                average[i] = d * average[i] + (1 - d) * weights[i];
        }
        var ema = fused.EmaTensors().Single();
        Assert.Equal(name, ema.Name);
        Assert.All(average.Zip(ema.Value.ToArray<float>()), p => Assert.Equal(p.First, p.Second, 1e-5));

        var (before, averaged) = (parameter.ToArray<float>(), ema.Value.ToArray<float>());
        fused.SwapEma();
        Assert.Equal(averaged, parameter.ToArray<float>());
        fused.SwapEma();
        Assert.Equal(before, parameter.ToArray<float>());
        Assert.Equal(averaged, ema.Value.ToArray<float>());
        fused.ResetEma();
        Assert.Equal(before, ema.Value.ToArray<float>());
    }

    [Fact]
    public void Does_not_depend_on_the_number_of_threads()
    {
        var one = Run(threads: 1).ToList();
        Assert.All(one.Zip(Run(threads: 2)), p => Assert.Equal(p.First, p.Second));
        Assert.All(one.Zip(Run(threads: 5)), p => Assert.Equal(p.First, p.Second));
    }

    [Fact]
    public void Continues_bit_exactly_from_a_saved_state()
    {
        using var folder = new TemporaryFolder();
        Assert.All(Run().Zip(Run(folder["state.safetensors"])), p => Assert.Equal(p.First, p.Second));
    }

    [Fact]
    public void State_that_does_not_fit_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        var path = folder["state.safetensors"];
        var parameters = Parameters();
        using var fused = FusedOver(parameters);
        parameters[0].parameter.grad = ones(7);
        fused.Step(0.1);
        TensorFile.Save(path, fused.StateTensors());
        using var other = FusedOver([("p0", Parameter(zeros(8)))]);
        using var file = SafeTensorsFile.Open(path);
        var e = Assert.Throws<InputException>(() => other.LoadState(file));
        Assert.StartsWith(path, e.Message);
        Assert.Contains("'exp_avg.p0' is F32 [7] instead of F32 [8]", e.Message);
        Assert.Equal(0, other.StepCount);
        using var unknown = FusedOver([("q", Parameter(zeros(8)))]);
        Assert.Contains("'step.q' is missing", Assert.Throws<InputException>(() => unknown.LoadState(file)).Message);
        using var twin = FusedOver(Parameters());
        twin.LoadState(file);
        Assert.Equal(1, twin.StepCount);
    }

    [Theory]
    [InlineData(float.NaN, false)]
    [InlineData(float.PositiveInfinity, false)]
    [InlineData(float.NaN, true)]
    [InlineData(float.PositiveInfinity, true)]
    public void Skips_and_names_a_gradient_that_is_not_finite(float bad, bool operators)
    {
        var parameters = Parameters();
        using var fused = FusedOver(parameters, operators);
        foreach (var (_, p) in parameters)
            p.grad = ones(p.shape);
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(parameters[2].parameter.grad!.bytes)[69_999] = bad;
        var before = parameters.Select(p => p.parameter.ToArray<float>()).ToList();
        var state = fused.StateTensors().Select(s => s.Value.bytes.ToArray()).ToList();
        var step = fused.Step(0.1);
        Assert.False(step.Applied);
        Assert.Equal("p2", step.NonFinite);
        Assert.False(double.IsFinite(step.GradNorm));
        Assert.All(before.Zip(parameters), p => Assert.Equal(p.First, p.Second.parameter.ToArray<float>()));
        Assert.All(state.Zip(fused.StateTensors()), p => Assert.Equal(p.First, p.Second.Value.bytes.ToArray()));
        fused.ZeroGrad();
        Assert.All(parameters, p => Assert.Null(p.parameter.grad));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Huge_gradients_do_not_overflow_the_norm(bool operators)
    {
        var p = Parameter(zeros(4));
        using var fused = new FusedAdamW([new FusedAdamWGroup([("p", p)])], new FusedAdamWOptions(MaxGradNorm: 1, Operators: operators));
        p.grad = full([4], 1e30);
        var step = fused.Step(0.1);
        Assert.True(step.Applied);
        Assert.Equal(2e30, step.GradNorm, 1e24);
        Assert.All(p.ToArray<float>(), v => Assert.Equal(-0.1, v, 1e-6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_of_any_layout_are_read_right(bool operators)
    {
        var p = Parameter(zeros([2, 3]));
        using var fused = FusedOver([("p", p)], operators);
        p.grad = tensor(new[] { 1f, -1f, 1f, -1f, 1f, -1f }).reshape(3, 2).t();
        Assert.False(p.grad.is_contiguous());
        fused.Step(0.1);
        Assert.Equal([-1, -1, -1, 1, 1, 1], p.ToArray<float>().Select(v => Math.Sign(v)));
    }

    [Fact]
    public void A_module_decays_its_matrices_alone()
    {
        using var linear = Linear(2, 2);
        linear.weight.requires_grad = true;
        using var fused = FusedAdamW.For(linear, weightDecay: 0.5);
        using (no_grad())
        {
            init.ones_(linear.weight);
            init.ones_(linear.bias!);
        }
        linear.weight.grad = zeros([2, 2]);
        linear.bias!.grad = zeros(2);
        fused.Step(0.1);
        Assert.All(linear.weight.ToArray<float>(), v => Assert.Equal(0.95, v, 1e-6));
        Assert.All(linear.bias!.ToArray<float>(), v => Assert.Equal(1, v));
    }

    [Fact]
    public void Wrong_parameters_are_argument_errors()
    {
        var p = Parameter(zeros(2));
        Assert.Throws<ArgumentException>(() => FusedOver([("a", p), ("b", p)]));
        Assert.Throws<ArgumentException>(() => FusedOver([("a", p), ("a", Parameter(zeros(1)))]));
        var e = Assert.Throws<ArgumentException>(() => FusedOver([("a", Parameter(zeros([1], float64)))]));
        Assert.Contains("'a' is Float64[1]", e.Message);
        Assert.Throws<ArgumentException>(() => new FusedAdamW([], new FusedAdamWOptions(EmaDecay: 1)));
        using var plain = FusedOver([("a", p)]);
        Assert.Throws<InvalidOperationException>(plain.SwapEma);
    }

    [Fact]
    public void Operators_take_the_managed_steps_and_exchange_state_with_them()
    {
        using var random = new Generator(11);
        var managed = Parameters(random);
        List<(string name, Parameter parameter)> operators = [.. managed.Select(p => (p.name, Parameter(p.parameter.detach().clone())))];
        var options = new FusedAdamWOptions(0.9, 0.99, MaxGradNorm: 60, EmaDecay: 0.95);
        FusedAdamWGroup[] Groups(List<(string, Parameter)> p) => [new(p[..3], WeightDecay: 0.1), new(p[3..], WeightDecay: 0, LearningRateScale: 2)];
        FusedAdamW[] both = [new(Groups(managed), options), new(Groups(operators), options with { Operators = true })];
        for (var t = 0; t < 60; t++)
        {
            using var scope = NewDisposeScope();
            if (t == 30)
            {
                // Each goes on from what the other saved.
                using var folder = new TemporaryFolder();
                for (var i = 0; i < 2; i++)
                    TensorFile.Save(folder[$"{i}"], both[i].StateTensors());
                for (var i = 0; i < 2; i++)
                {
                    using var saved = SafeTensorsFile.Open(folder[$"{1 - i}"]);
                    both[i].LoadState(saved);
                }
            }
            for (var i = 0; i < _shapes.Length; i++)
            {
                // Every third gradient is large enough to be clipped, and one parameter misses some.
                var grad = i == 3 && t % 2 == 0 ? null : randn(_shapes[i], generator: random) * (t % 3 == 0 ? 1 : 0.1);
                managed[i].parameter.grad = grad;
                operators[i].parameter.grad = grad?.clone();
            }
            var (one, two) = (both[0].Step(0.01), both[1].Step(0.01));
            Assert.Equal(one.GradNorm, two.GradNorm, 1e-6 * one.GradNorm);
        }
        for (var i = 0; i < managed.Count; i++)
            AssertClose(managed[i].parameter, operators[i].parameter, 1e-5);
        foreach (var (one, two) in both[0].StateTensors().Zip(both[1].StateTensors()))
        {
            Assert.Equal(one.Name, two.Name);
            if (one.Value.dtype == ScalarType.Int64)
                Assert.Equal(one.Value.item<long>(), two.Value.item<long>());
            else
                AssertClose(one.Value, two.Value, 1e-5);
        }
        foreach (var optimizer in both)
            optimizer.Dispose();
    }

    [Fact]
    public void State_and_step_are_where_the_parameters_are()
    {
        // Everything but reading the norm can be done without memory.
        var parameters = Parameters().Select(p => (p.name, Parameter(p.parameter.to(META)))).ToList();
        using var fused = new FusedAdamW([new FusedAdamWGroup(parameters)], new FusedAdamWOptions(EmaDecay: 0.9));
        Assert.Equal("meta", fused.Device.ToString());
        Assert.All(fused.EmaTensors(), e => Assert.Equal(DeviceType.META, e.Value.device_type));
        fused.SwapEma();
        var e = Assert.Throws<ArgumentException>(() => FusedOver([.. parameters, ("there", Parameter(zeros([2], device: CPU)))]));
        Assert.Contains("'there' is Float32[2]", e.Message);
        Assert.Contains("on meta", e.Message);
    }

    private static FusedAdamW FusedOver(IEnumerable<(string, Parameter)> parameters, bool operators = false) =>
        new([new FusedAdamWGroup(parameters)], new FusedAdamWOptions(Operators: operators));

    private static List<(string name, Parameter parameter)> Parameters(Generator? random = null) =>
        [.. _shapes.Select((s, i) => ($"p{i}", Parameter(randn(s, generator: random))))];

    /// <summary>Six steps; with a path, broken off after three and gone on with by a new optimiser over new parameters.</summary>
    private static IEnumerable<byte[]> Run(string? path = null, int? threads = null)
    {
        // A generator of its own: other tests draw from the default one at the same time.
        using var random = new Generator(5);
        var options = new FusedAdamWOptions(MaxGradNorm: 1, EmaDecay: 0.9, Threads: threads);
        var parameters = Parameters(random);
        var fused = new FusedAdamW([new FusedAdamWGroup(parameters)], options);
        for (var t = 0; t < 6; t++)
        {
            if (t == 3 && path != null)
            {
                TensorFile.Save(path, fused.StateTensors());
                parameters = [.. parameters.Select(p => (p.name, Parameter(p.parameter.detach().clone())))];
                fused.Dispose();
                fused = new FusedAdamW([new FusedAdamWGroup(parameters)], options);
                using var file = SafeTensorsFile.Open(path);
                fused.LoadState(file);
            }
            foreach (var (_, p) in parameters)
                p.grad = randn(p.shape, generator: random);
            fused.Step(0.01);
        }
        using (fused)
            return
            [
                .. parameters.Select(p => p.parameter.bytes.ToArray()),
                .. fused.StateTensors().Select(s => s.Value.bytes.ToArray()),
            ];
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        var (a, b) = (expected.ToArray<float>(), actual.ToArray<float>());
        for (var i = 0; i < a.Length; i++)
            Assert.Equal(a[i], b[i], tolerance * Math.Max(1, Math.Abs(a[i])));
    }
}
