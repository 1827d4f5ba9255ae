using System.Globalization;
using System.Runtime.InteropServices;
using AniSora.Kernels;
using AniSora.Kernels.Gpu;
using AniSora.Models.Runtime;

namespace AniSora.Cli.Doctor;

/// <summary>The machine: .NET, cores, memory, disk, graphics processors.</summary>
/// <param name="repository">The repository folder, or null outside a checkout.</param>
internal sealed class SystemChecks(string? repository)
{
    private const string Area = "system";
    private const double GiB = 1 << 30;

    /// <summary>Runs the checks.</summary>
    public IEnumerable<Check> Run()
    {
        yield return new Check(Area, ".NET", CheckState.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}");
        yield return new Check(Area, "cores and memory", CheckState.Ok,
            string.Create(CultureInfo.InvariantCulture,
                $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / GiB:0.#} GiB"));
        yield return Disk();
        yield return Kernels();
    }

    private Check Disk()
    {
        var folder = repository ?? Environment.CurrentDirectory;
        var free = new DriveInfo(folder).AvailableFreeSpace / GiB;
        var detail = string.Create(CultureInfo.InvariantCulture, $"{free:0.#} GiB free at {folder}");
        return free >= 2
            ? new Check(Area, "disk", CheckState.Ok, detail)
            : new Check(Area, "disk", CheckState.Note, detail + ": checkpoints and clips may not fit", "free some space, or give --out on another disk");
    }

    private static Check Kernels()
    {
        using var automatic = KernelChoice.Auto.Open();
        string choice = $"--kernels auto is {automatic.Describe()}";
        var devices = GpuDevice.List();
        return new Check(Area, "kernels", CheckState.Ok, devices.Count > 0
            ? $"{choice}; devices: {string.Join("; ", devices.Select(device => $"{device.Kind}:{device.Index} {device}"))}"
            : $"{choice}; no GPU: no CUDA or OpenCL driver offers one");
    }
}
