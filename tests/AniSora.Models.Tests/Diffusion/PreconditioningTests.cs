using AniSora.Models.Diffusion;

namespace AniSora.Models.Tests;

public sealed class PreconditioningTests
{
    private static readonly NoiseSchedule s_schedule = new();

    [Theory]
    [InlineData(0)]
    [InlineData(437)]
    [InlineData(999)]
    public void Without_a_guide_unit_deviations_leave_the_published_form(int timestep)
    {
        using var scope = NewDisposeScope();
        var (noisy, output) = (randn([1, 2, 5, 4, 4]), randn([1, 2, 5, 4, 4]));
        var factors = new Preconditioning([1, 1], [0.5f, 0.5f], s_schedule).For(tensor([(long)timestep]), zeros([1, 4, 5, 4, 4]), randn([1, 2, 5, 4, 4]));
        Assert.True(allclose(factors.Input(noisy), noisy, 1e-4, 1e-4));
        Assert.True(allclose(factors.Velocity(noisy, output), output, 1e-4, 1e-4));
        Assert.True(allclose(factors.LossWeight(), ones_like(factors.LossWeight()), 1e-4, 1e-4));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(900)]
    public void Where_the_network_is_sure_that_nothing_happens_the_guide_is_the_answer(int timestep)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var guide = randn([1, 2, 2, 8, 8]);
        var mask = zeros([1, 4, 2, 8, 8]);
        mask.narrow(2, 0, 1).fill_(1);
        var noise = randn_like(guide);
        var noisy = s_schedule.AddNoise(guide, noise, [timestep]);
        var factors = new Preconditioning([1, 1], [0.5f, 0.5f], s_schedule).For(tensor([(long)timestep]), mask, guide);
        var velocity = factors.Velocity(noisy, cat([zeros_like(guide), full_like(guide, -100)], 1));
        var clean = s_schedule.CleanFromVelocity(noisy, velocity, [timestep]);
        Assert.True((clean - guide).abs().max().item<float>() < 0.02f);
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(400, false)]
    [InlineData(999, false)]
    [InlineData(20, true)]
    [InlineData(400, true)]
    [InlineData(999, true)]
    public void What_the_network_sees_and_has_to_say_has_unit_variance_and_no_linear_part(int timestep, bool guided)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        float[] deviations = [0.1f, 0.6f, 2], distances = [0.05f, 0.3f, 0.4f];
        long[] perChannel = [1, 3, 1, 1, 1];
        var guide = randn([1, 3, 2, 150, 150]) * tensor(deviations).reshape(perChannel);
        // Guided: the first frame of five is given; the second latent step then is what is unknown.
        var mask = zeros([1, 4, 2, 150, 150]);
        var clean = randn([1, 3, 2, 150, 150]) * tensor(guided ? distances : deviations).reshape(perChannel);
        if (guided)
        {
            mask.narrow(2, 0, 1).fill_(1);
            clean = clean + guide;
        }
        var noise = randn_like(clean);
        var noisy = s_schedule.AddNoise(clean, noise, [timestep]);
        var velocity = s_schedule.Velocity(clean, noise, [timestep]);

        var factors = new Preconditioning(deviations, distances, s_schedule).For(tensor([(long)timestep]), mask, guide);
        var seen = factors.Input(noisy);
        var guess = factors.Velocity(noisy, zeros_like(noisy));
        var wanted = (velocity - guess) * (factors.Variance / factors.Prior).sqrt();
        Assert.True(allclose(factors.Velocity(noisy, wanted), velocity, 1e-3, 1e-3));
        Assert.True(allclose(factors.Velocity(noisy, cat([wanted, zeros_like(wanted)], 1)), velocity, 1e-3, 1e-3));
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(1, seen[0, c, 1].square().mean().item<float>(), 0.05f);
            Assert.Equal(1, wanted[0, c, 1].square().mean().item<float>(), 0.05f);
            Assert.Equal(0, (seen[0, c, 1] * wanted[0, c, 1]).mean().item<float>(), 0.03f);
        }
    }
}
