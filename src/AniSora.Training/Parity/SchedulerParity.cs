using System.Runtime.InteropServices;
using AniSora.Models.Checkpoints;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;

namespace AniSora.Training.Parity;

/// <summary>Comparisons of noise schedules and samplers, with 0.3·x + 0.1·c in the network's place.</summary>
internal static class SchedulerParity
{
    private const int Timestep = 437;

    public static IEnumerable<ParityResult> Run(string folder, double tolerance)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(Path.Combine(folder, "schedulers.safetensors"));
        var results = new List<ParityResult>();
        void Check(string name, Tensor actual, string key) => results.Add(ParityResult.Compare(name, actual, file.Load(key), tolerance));

        var schedule = new NoiseSchedule();
        Check("schedule ᾱ", Doubles(schedule.AlphasCumprod.ToArray()), "alphas_cumprod");
        Check("schedule ᾱ, SNR shift 3", Doubles(new NoiseSchedule(snrShift: 3).AlphasCumprod.ToArray()), "alphas_cumprod_shift3");

        var (init, c, noise) = (file.Load("init"), file.Load("c"), file.Load("noise"));
        var noisy = schedule.AddNoise(init, noise, [Timestep]);
        var velocity = schedule.Velocity(init, noise, [Timestep]);
        Check("added noise", noisy, "add_noise_t437");
        Check("velocity", velocity, "velocity_t437");
        results.Add(ParityResult.Compare("x₀ from velocity", schedule.CleanFromVelocity(noisy, velocity, [Timestep]), init, tolerance));

        var condition = c.ToDense();
        var network = (DenseArray x, NoiseLevel _) => DenseArray.Mix((0.3, x), (0.1, condition));
        var steps = (int)file.Entry("ddim_timesteps").Shape[0];
        void CheckSampler(string name, string key, Sampler sampler, Denoiser denoiser, NoiseLevel[] path, Func<DenseArray>? fresh = null)
        {
            Check($"{name} timesteps", Doubles(path[..^1].Select(l => l.Timestep)), $"{key}_timesteps");
            if (file.Contains($"{key}_sigmas"))
                Check($"{name} noise levels", Doubles(path.Select(l => l.Sigma)), $"{key}_sigmas");
            var trajectory = new List<Tensor>();
            sampler(denoiser, init.ToDense(), path, fresh ?? (() => throw new InvalidOperationException($"{name} draws no noise")), (_, x) => trajectory.Add(x.ToTensor()));
            Check($"{name} trajectory", stack(trajectory), $"{key}_trajectory");
        }

        CheckSampler("DDIM", "ddim", Samplers.Ddim, Samplers.FromVelocity(network), schedule.Path(steps));

        // The reference draws noise once in the first step, and in later ones twice, of which it uses the second.
        var noises = file.Load("dpm_noises");
        var drawn = 0;
        CheckSampler("DPM-Solver++", "dpm", Samplers.DpmPlusPlus2MSde, Samplers.FromVelocity(network), schedule.Path(steps), () => noises[2 * drawn++].ToDense());

        CheckSampler("flow Euler", "flow", Samplers.Ddim, Samplers.FromFlow(network), FlowSchedule.EulerPath(steps));
        CheckSampler("UniPC", "unipc", Samplers.UniPc, Samplers.FromFlow(network), FlowSchedule.UniPcPath(steps));
        return results;
    }

    private static Tensor Doubles(IEnumerable<double> values) => tensor(values.ToArray(), dtype: float64);
}
