using AniSora.Models.Checkpoints;

namespace AniSora.Training.Parity;

/// <summary>
/// Compares this implementation with numbers of a reference one, given as a folder of safetensors files: <c>vae_config.json</c>,
/// <c>vae_weights</c>, <c>vae_io</c>, <c>vae_grads</c>; <c>dit_config.json</c>, <c>dit_weights</c>, <c>dit_io</c>, <c>dit_grads</c>;
/// <c>schedulers</c>. A folder may hold one, two or all three of the groups.
/// </summary>
public static class ParityCheck
{
    /// <summary>Largest relative error that passes, in float32.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Runs all comparisons that the folder has numbers for.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tolerance">Largest relative error that passes.</param>
    /// <param name="device">What the models compute on, in full float32; null = the CPU.</param>
    /// <returns>One result per compared tensor, in the order of computation, as they come.</returns>
    /// <exception cref="InputException">The folder or a file of a begun group is missing or damaged, or there is nothing to compare.</exception>
    public static IEnumerable<ParityResult> Run(string folder, double tolerance = Tolerance, Device? device = null)
    {
        var place = device ?? CPU;
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such folder: name one with vae_weights, dit_weights or schedulers .safetensors files");
        bool Has(string file) => File.Exists(Path.Combine(folder, file));
        var groups = new List<Func<IEnumerable<ParityResult>>>();
        if (Has("vae_weights.safetensors"))
            groups.Add(() => VaeParity.Run(folder, tolerance, place));
        if (Has("dit_weights.safetensors"))
            groups.Add(() => DitParity.Run(folder, tolerance, place));
        if (Has("schedulers.safetensors"))
            groups.Add(() => SchedulerParity.Run(folder, tolerance));
        if (groups.Count == 0)
            throw new InputException($"{folder}: nothing to compare: expected vae_weights.safetensors, dit_weights.safetensors or schedulers.safetensors");
        return groups.SelectMany(group =>
        {
            // GPUs otherwise round a convolution's factors to 10 bits, which is more than the tolerance.
            bool tf32 = backends.cudnn.allow_tf32;
            backends.cudnn.allow_tf32 = false;
            try
            {
                return group();
            }
            finally
            {
                backends.cudnn.allow_tf32 = tf32;
            }
        });
    }

    /// <summary>Compares gradients left in a model's parameters with stored ones.</summary>
    internal static IEnumerable<ParityResult> Gradients(string prefix, nn.Module model, SafeTensorsFile expected, double tolerance)
    {
        var parameters = model.named_parameters().ToDictionary(p => p.Item1, p => (Tensor)p.Item2);
        foreach (var name in expected.Names)
        {
            if (!parameters.TryGetValue(name, out var parameter))
                throw new InputException($"{expected.FilePath}: gradient {name} belongs to no parameter of the model");
            using var reference = expected.Load(name);
            yield return ParityResult.Compare($"{prefix} gradient {name}", parameter.grad ?? zeros_like(parameter), reference, tolerance);
        }
    }
}
