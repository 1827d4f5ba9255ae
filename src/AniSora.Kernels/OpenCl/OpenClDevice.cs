using System.Globalization;
using System.Text;

namespace AniSora.Kernels.OpenCl;

/// <summary>A device that an OpenCL driver offers.</summary>
/// <param name="Index">Its place in <see cref="List"/>.</param>
/// <param name="Name">As the driver calls it.</param>
/// <param name="Platform">The driver.</param>
/// <param name="Version">Such as "OpenCL 3.0".</param>
/// <param name="IsGpu">Whether it is a graphics processor.</param>
/// <param name="SharesMemory">Whether it works in the computer's own memory, so that nothing need be copied to it.</param>
/// <param name="MemoryBytes">Memory that it can use.</param>
public sealed record OpenClDevice(int Index, string Name, string Platform, string Version, bool IsGpu, bool SharesMemory, long MemoryBytes)
{
    /// <summary>The driver's handle: valid as long as the process, never released.</summary>
    internal nint Id { get; init; }

    /// <summary>All devices of all drivers that can compile and run kernels now.</summary>
    /// <returns>Possibly none; null when the system has no OpenCL loader (libOpenCL.so.1).</returns>
    public static unsafe IReadOnlyList<OpenClDevice>? List()
    {
        if (!OpenClLibrary.IsInstalled)
            return null;
        // Any status but 0 means "nothing here": the loader reports an absent driver, and a driver an absent device, as an error.
        uint count = 0;
        if (OpenClLibrary.GetPlatforms(0, null, &count) != 0 || count == 0)
            return [];
        var platforms = new nint[count];
        fixed (nint* to = platforms)
        {
            if (OpenClLibrary.GetPlatforms(count, to, null) != 0)
                return [];
        }

        var found = new List<OpenClDevice>();
        foreach (nint platform in platforms)
        {
            if (OpenClLibrary.GetDevices(platform, OpenClLibrary.AnyDevice, 0, null, &count) != 0 || count == 0)
                continue;
            var devices = new nint[count];
            fixed (nint* to = devices)
            {
                if (OpenClLibrary.GetDevices(platform, OpenClLibrary.AnyDevice, count, to, null) != 0)
                    continue;
            }

            foreach (nint device in devices)
            {
                if (Number(device, OpenClLibrary.DeviceAvailable) == 0 || Number(device, OpenClLibrary.DeviceCompilerAvailable) == 0)
                    continue;
                found.Add(new OpenClDevice(
                    found.Count, Text(device, OpenClLibrary.DeviceName, OpenClLibrary.GetDeviceInfo),
                    Text(platform, OpenClLibrary.PlatformName, OpenClLibrary.GetPlatformInfo),
                    Text(device, OpenClLibrary.DeviceVersion, OpenClLibrary.GetDeviceInfo),
                    (Number(device, OpenClLibrary.DeviceType) & OpenClLibrary.GpuDevice) != 0,
                    Number(device, OpenClLibrary.DeviceHostUnifiedMemory) != 0,
                    (long)Number(device, OpenClLibrary.DeviceGlobalMemory))
                { Id = device });
            }
        }

        return found;
    }

    /// <summary>One line for people, such as "Tesla T4 (GPU, OpenCL 3.0 CUDA, 14.6 GiB)".</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name} ({(IsGpu ? "GPU" : "CPU")}, {Version}, {MemoryBytes / (double)(1 << 30):0.#} GiB)");

    // Numbers are of 4 or 8 bytes, whichever the property has; little-endian, so 8 do for both.
    private static unsafe ulong Number(nint device, uint property)
    {
        ulong value = 0;
        return OpenClLibrary.GetDeviceInfo(device, property, sizeof(ulong), &value, null) == 0 ? value : 0;
    }

    private unsafe delegate int Query(nint id, uint property, nuint capacity, void* value, nuint* size);

    private static unsafe string Text(nint id, uint property, Query query)
    {
        nuint size = 0;
        if (query(id, property, 0, null, &size) != 0 || size == 0)
            return "?";
        var bytes = new byte[size];
        fixed (byte* to = bytes)
        {
            if (query(id, property, size, to, null) != 0)
                return "?";
        }

        return Encoding.UTF8.GetString(bytes).TrimEnd('\0', ' ');
    }
}
