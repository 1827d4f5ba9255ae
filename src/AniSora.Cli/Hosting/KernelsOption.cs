using System.CommandLine;
using AniSora.Kernels;
using AniSora.Kernels.Gpu;
using AniSora.Models.Runtime;

namespace AniSora.Cli.Hosting;

/// <summary><c>--kernels</c>, for every command that runs mask or motion kernels.</summary>
internal static class KernelsOption
{
    /// <summary>Describes the option.</summary>
    public static Option<string> Create() => new("--kernels")
    {
        Description = "What runs mask and motion kernels: auto (a GPU if there is one, else simd), simd, cuda, opencl, or cuda:DEVICE, opencl:DEVICE (index or part of the name; see anisora doctor).",
        DefaultValueFactory = _ => KernelChoice.Auto.ToString(),
    };

    /// <summary>Makes the backend ready and says on standard error which one it is.</summary>
    /// <exception cref="InputException">The choice is not understood, or can't be had on this machine.</exception>
    public static KernelBackend Open(string choice)
    {
        try
        {
            var kernels = KernelChoice.Parse(choice).Open();
            Console.Error.WriteLine($"kernels: {kernels.Describe()}");
            return kernels;
        }
        catch (Exception error) when (error is FormatException or GpuException)
        {
            throw new InputException($"--kernels: {error.Message}");
        }
    }
}
