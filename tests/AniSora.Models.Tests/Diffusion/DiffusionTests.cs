using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;

namespace AniSora.Models.Tests;

/// <summary>Schedules, samplers and guidance against what theory says of them.</summary>
public sealed class DiffusionTests
{
    [Fact]
    public void The_schedule_falls_from_almost_one_to_exactly_zero()
    {
        var alphas = new NoiseSchedule().AlphasCumprod.ToArray();
        Assert.Equal(1000, alphas.Length);
        Assert.Equal(1 - 0.00085, alphas[0], 9);
        Assert.Equal(0, alphas[^1]);
        Assert.All(alphas.Zip(alphas.Skip(1)), p => Assert.True(p.First > p.Second));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    [InlineData(1000)]
    public void A_path_starts_at_pure_noise_and_ends_clean(int steps)
    {
        var path = new NoiseSchedule().Path(steps);
        Assert.Equal(steps + 1, path.Length);
        Assert.Equal(999, path[0].Timestep);
        Assert.Equal(NoiseLevel.Clean, path[^1]);
        Assert.All(path.Zip(path.Skip(1)), p => Assert.True(p.First.Sigma > p.Second.Sigma));
        Assert.All(path, l => Assert.Equal(1, (l.Alpha * l.Alpha) + (l.Sigma * l.Sigma), 9));
    }

    [Fact]
    public void Velocity_and_noise_level_give_back_the_clean_latent_for_every_sample()
    {
        using var scope = NewDisposeScope();
        var schedule = new NoiseSchedule();
        var (clean, noise) = (randn([3, 2, 1, 4, 4]), randn([3, 2, 1, 4, 4]));
        long[] times = [0, 500, 999];
        var noisy = schedule.AddNoise(clean, noise, times);
        Assert.InRange(Fixtures.Error(noisy[2], noise[2]), 0, 1e-6);
        Assert.InRange(Fixtures.Error(schedule.CleanFromVelocity(noisy, schedule.Velocity(clean, noise, times), times), clean), 0, 1e-5);
    }

    [Fact]
    public void Training_times_cover_their_range_evenly()
    {
        var random = new Random(1);
        var schedule = new NoiseSchedule();
        var times = Enumerable.Range(0, 10).Select(i => schedule.SampleTimestep(i, 10, random.NextDouble())).ToArray();
        Assert.Equal(Enumerable.Range(0, 10), times.Select(t => (int)(t / 100)));
    }

    /// <summary>For Gaussian data the best estimate of x₀ is known, so a sampler must turn unit noise into that Gaussian.</summary>
    [Theory]
    [InlineData("ddim", false)]
    [InlineData("dpm", false)]
    [InlineData("ddim", true)]
    [InlineData("unipc", true)]
    public void A_sampler_reproduces_a_gaussian_world(string name, bool flow)
    {
        var random = new NoiseStream(5);
        const double mean = 0.7, deviation = 0.3;
        var ones = new DenseArray([.. Enumerable.Repeat(1f, 10000)], 10000);
        DenseArray Best(DenseArray x, NoiseLevel l)
        {
            // μ + k·(x − α·μ)
            var variance = deviation * deviation;
            var k = l.Alpha * variance / ((l.Alpha * l.Alpha * variance) + (l.Sigma * l.Sigma));
            return DenseArray.Mix((mean * (1 - (k * l.Alpha)), ones), (k, x));
        }
        Sampler sampler = name switch { "ddim" => Samplers.Ddim, "dpm" => Samplers.DpmPlusPlus2MSde, _ => Samplers.UniPc };
        var path = flow ? FlowSchedule.EulerPath(400) : new NoiseSchedule().Path(400);
        DenseArray Noise() => new(random.Draw(10000), 10000);
        var end = sampler(Best, Noise(), path, Noise).Values;
        Assert.InRange(end.Average(), mean - 0.02, mean + 0.02);
        Assert.InRange(Math.Sqrt(end.Average(v => (v - mean) * (v - mean))), deviation - 0.02, deviation + 0.02);
    }

    [Fact]
    public void A_better_solver_is_nearer_with_few_steps()
    {
        DenseArray Best(DenseArray x, NoiseLevel l) => DenseArray.Mix((l.Alpha * 0.09 / ((l.Alpha * l.Alpha * 0.09) + (l.Sigma * l.Sigma)), x));
        var start = new DenseArray(new NoiseStream(6).Draw(1000), 1000);
        double Error(Sampler sampler, NoiseLevel[] path) =>
            sampler(Best, start, path, () => throw new InvalidOperationException("neither draws noise")).Values.Zip(start.Values, (made, x) => Math.Abs(made - (0.3 * x))).Max();
        var path = FlowSchedule.UniPcPath(40);
        Assert.True(Error(Samplers.UniPc, path) < 0.5 * Error(Samplers.Ddim, path));
    }

    [Fact]
    public void Flow_levels_interpolate_and_shift_towards_noise()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(5.0 / 6, FlowSchedule.Shift(0.5, 5), 12);
        Assert.Equal(0.4, FlowSchedule.Shift(0.4, 1), 12);
        var (clean, noise) = (randn([4]), randn([4]));
        var half = FlowSchedule.AddNoise(clean, noise, tensor(0.5f));
        Assert.InRange(Fixtures.Error(half, (clean + noise) / 2), 0, 1e-6);
        Assert.InRange(Fixtures.Error(half - (FlowSchedule.Direction(clean, noise) * 0.5), clean), 0, 1e-5);
    }

    [Fact]
    public void Guidance_extrapolates_and_its_two_dynamic_forms_have_their_bounds()
    {
        Assert.Equal([4, 2], Guidance.Combine(new DenseArray([1, 2], 2), new DenseArray([2, 2], 2), 3).Values);
        Assert.Equal(1, Guidance.DynamicRamp(6, 50, 0), 12);
        Assert.Equal(7, Guidance.DynamicRamp(6, 50, 50), 12);
        Assert.True(Guidance.DynamicRamp(6, 50, 40) > Guidance.DynamicRamp(6, 50, 30));
        Assert.All(new NoiseSchedule().Path(50), l => Assert.InRange(Guidance.DynamicWave(6, 50, l.Timestep), 1, 7));
        Assert.Equal(1 + (6 * (1 - Math.Cos(Math.PI * Math.Pow((50 - 999) / 50.0, 5))) / 2), Guidance.DynamicWave(6, 50, 999), 12);
    }
}
