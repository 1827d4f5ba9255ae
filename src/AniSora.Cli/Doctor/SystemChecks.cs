using System.Globalization;
using System.Runtime.InteropServices;
using AniSora.Kernels;
using AniSora.Kernels.OpenCl;
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
        const string fix = "sudo apt-get install --no-install-recommends ocl-icd-libopencl1 pocl-opencl-icd   (or the driver of your GPU)";
        using var automatic = KernelChoice.Auto.Open();
        string choice = $"--kernels auto is {automatic.Describe()}";
        return OpenClDevice.List() switch
        {
            null => new Check(Area, "kernels", CheckState.Note, $"{choice}; no OpenCL: there is no libOpenCL.so.1", fix),
            { Count: 0 } => new Check(Area, "kernels", CheckState.Note, $"{choice}; no OpenCL device", fix),
            var devices => new Check(Area, "kernels", CheckState.Ok,
                $"{choice}; OpenCL devices: {string.Join("; ", devices.Select(device => $"opencl:{device.Index} {device}"))}"),
        };
    }
}
