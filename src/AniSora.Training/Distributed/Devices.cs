using System.Globalization;
using AniSora.Models.Runtime;

namespace AniSora.Training.Distributed;

/// <summary>Decides what a process computes on. Everything else asks a tensor, a model or <see cref="World"/> where it is.</summary>
public static class Devices
{
    /// <summary>A GPU if this libtorch can use one, else the CPU.</summary>
    public const string Auto = "auto";

    /// <summary>The device of a name, made the process's current one.</summary>
    /// <param name="name"><c>auto</c>, <c>cpu</c>, <c>cuda</c> (the GPU of this process's place on its host) or <c>cuda:N</c>.</param>
    /// <param name="launch">Which process of a job this is.</param>
    /// <exception cref="InputException">There is no such device; the message says what there is and what would help.</exception>
    public static Device Choose(string name, LaunchEnvironment launch)
    {
        TorchLibrary.EnsureLoaded();
        var device = name == "cpu" ? CPU : Choose(name, launch, TorchReport.CudaDeviceCount, __version__, TorchReport.Read().BuiltForCuda);
        if (device.type == DeviceType.CUDA)
            InitializeDevice(device);
        return device;
    }

    /// <summary>The choice itself, from what libtorch says of itself.</summary>
    internal static Device Choose(string name, LaunchEnvironment launch, int gpus, string version, bool builtForCuda)
    {
        int? wanted = name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        if (name is not (Auto or "cpu" or "cuda") && wanted is null)
            throw new InputException($"--device {name}: unknown; use auto, cpu, cuda or cuda:N");
        if (name == "cpu" || (name == Auto && gpus == 0))
            return CPU;
        if (gpus == 0)
            throw new InputException(builtForCuda
                ? $"--device {name}: libtorch {version} here was built for CUDA but finds no GPU that it can use; look at nvidia-smi and at CUDA_VISIBLE_DEVICES, or use --device cpu"
                : $"--device {name}: libtorch {version} here was built without CUDA; build with the CUDA packages (dotnet build -p:TorchDevice=cuda), or use --device cpu");
        if (wanted is { } one)
        {
            if (launch.LocalSize > 1)
                throw new InputException($"--device {name}: {launch.LocalSize} processes on this host cannot share one GPU; with --device cuda each takes its own");
            return one < gpus ? new Device(DeviceType.CUDA, one) : throw new InputException($"--device {name}: there is no such GPU; this process may use {Names(gpus)}");
        }
        // A launcher may show each process its own GPU alone (Slurm's --gpus-per-task).
        if (gpus == 1 && Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { Length: > 0 })
            return new Device(DeviceType.CUDA, 0);
        return launch.LocalRank < gpus
            ? new Device(DeviceType.CUDA, launch.LocalRank)
            : throw new InputException($"--device {name}: process {launch.LocalRank + 1} of {launch.LocalSize} on this host needs a GPU of its own, and there is only {Names(gpus)}; start one process per GPU, or use --device cpu");
    }

    private static string Names(int gpus) => gpus == 1 ? "cuda:0" : $"cuda:0 to cuda:{gpus - 1}";
}
