using System.Runtime.InteropServices;
using System.Text;

namespace AniSora.Cli.Doctor;

/// <summary>Lists OpenCL devices through the system's loader, if there is one.</summary>
internal static unsafe partial class OpenClProbe
{
    private const string Library = "libOpenCL.so.1";
    private const ulong AnyDevice = 0xFFFFFFFF;
    private const uint DeviceType = 0x1000, DeviceName = 0x102B, DeviceVersion = 0x102F;
    private const ulong GpuBit = 4;

    /// <summary>A device an OpenCL driver offers.</summary>
    /// <param name="Name">As the driver calls it.</param>
    /// <param name="Version">Such as "OpenCL 3.0".</param>
    /// <param name="IsGpu">Whether it is a graphics processor.</param>
    internal sealed record Device(string Name, string Version, bool IsGpu);

    /// <summary>All devices of all platforms.</summary>
    /// <returns>Possibly none; null when the loader library itself is missing.</returns>
    public static IReadOnlyList<Device>? Devices()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            return null;

        var found = new List<Device>();
        uint platformCount = 0;
        // Any status but 0 (success) means "nothing here": the loader reports an absent driver as an error.
        if (GetPlatformIDs(0, null, &platformCount) != 0 || platformCount == 0)
            return found;
        var platforms = new nint[platformCount];
        fixed (nint* p = platforms)
        {
            if (GetPlatformIDs(platformCount, p, null) != 0)
                return found;
        }
        foreach (var platform in platforms)
        {
            uint deviceCount = 0;
            if (GetDeviceIDs(platform, AnyDevice, 0, null, &deviceCount) != 0 || deviceCount == 0)
                continue;
            var devices = new nint[deviceCount];
            fixed (nint* d = devices)
            {
                if (GetDeviceIDs(platform, AnyDevice, deviceCount, d, null) != 0)
                    continue;
            }
            foreach (var device in devices)
            {
                ulong type = 0;
                _ = GetDeviceInfo(device, DeviceType, sizeof(ulong), &type, null);
                found.Add(new Device(Text(device, DeviceName), Text(device, DeviceVersion), (type & GpuBit) != 0));
            }
        }
        return found;
    }

    private static string Text(nint device, uint property)
    {
        nuint size = 0;
        if (GetDeviceInfo(device, property, 0, null, &size) != 0 || size == 0)
            return "?";
        var bytes = new byte[size];
        fixed (byte* b = bytes)
        {
            if (GetDeviceInfo(device, property, size, b, null) != 0)
                return "?";
        }
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0', ' ');
    }

    [LibraryImport(Library, EntryPoint = "clGetPlatformIDs")]
    private static partial int GetPlatformIDs(uint capacity, nint* platforms, uint* count);

    [LibraryImport(Library, EntryPoint = "clGetDeviceIDs")]
    private static partial int GetDeviceIDs(nint platform, ulong type, uint capacity, nint* devices, uint* count);

    [LibraryImport(Library, EntryPoint = "clGetDeviceInfo")]
    private static partial int GetDeviceInfo(nint device, uint property, nuint capacity, void* value, nuint* size);
}
