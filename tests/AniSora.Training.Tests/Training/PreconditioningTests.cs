using AniSora.Training.Diffusion;

namespace AniSora.Training.Tests.Training;

public sealed class PreconditioningTests
{
    [Fact]
    public void Unit_deviations_leave_the_published_form()
    {
        using var scope = NewDisposeScope();
        var schedule = new NoiseSchedule();
        var (input, skip, output) = new Preconditioning([1, 1]).Factors([schedule.Level(0), schedule.Level(437), schedule.Level(999)]);
        Assert.True(allclose(input, ones_like(input), 1e-5, 1e-5));
        Assert.True(allclose(skip, zeros_like(skip), 1e-5, 1e-5));
        Assert.True(allclose(output, ones_like(output), 1e-5, 1e-5));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(400)]
    [InlineData(800)]
    [InlineData(999)]
    public void What_the_network_sees_and_has_to_say_has_unit_variance_and_no_linear_part(int timestep)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        float[] deviations = [0.1f, 0.6f, 2];
        var schedule = new NoiseSchedule();
        var clean = randn([1, 3, 1, 200, 200]) * tensor(deviations).reshape(1, 3, 1, 1, 1);
        var noise = randn_like(clean);
        var noisy = schedule.AddNoise(clean, noise, [timestep]);
        var velocity = schedule.Velocity(clean, noise, [timestep]);

        var (input, skip, output) = new Preconditioning(deviations).Factors([schedule.Level(timestep)]);
        var seen = noisy * input;
        var wanted = (velocity - noisy * skip) / output;
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(1, seen[0, c].square().mean().item<float>(), 0.03f);
            Assert.Equal(1, wanted[0, c].square().mean().item<float>(), 0.03f);
            Assert.Equal(0, (seen[0, c] * wanted[0, c]).mean().item<float>(), 0.02f);
        }
    }
}
