using System.Runtime.InteropServices;

namespace AniSora.Kernels.OpenCl;

/// <summary>
/// The calls of the OpenCL 1.2 C API that are used here, from the system's loader. Every one returns a status, or sets one, that is 0 on
/// success (<see cref="OpenClException.Check"/>). Names as in the Khronos specification.
/// </summary>
internal static unsafe partial class OpenClLibrary
{
    private const string Name = "libOpenCL.so.1";

    public const ulong AnyDevice = 0xFFFFFFFF, GpuDevice = 1 << 2;
    public const uint PlatformName = 0x0902;
    public const uint DeviceType = 0x1000, DeviceGlobalMemory = 0x101F, DeviceAvailable = 0x1027, DeviceCompilerAvailable = 0x1028;
    public const uint DeviceName = 0x102B, DeviceVersion = 0x102F, DeviceHostUnifiedMemory = 0x1035;
    public const uint ProgramBuildLog = 0x1183;
    public const ulong ReadWrite = 1, ReadOnly = 1 << 2, UseHostPointer = 1 << 3;
    public const ulong MapRead = 1;

    /// <summary>Whether the system has an OpenCL loader at all.</summary>
    public static bool IsInstalled { get; } = NativeLibrary.TryLoad(Name, out _);

    [LibraryImport(Name, EntryPoint = "clGetPlatformIDs")]
    public static partial int GetPlatforms(uint capacity, nint* platforms, uint* count);

    [LibraryImport(Name, EntryPoint = "clGetPlatformInfo")]
    public static partial int GetPlatformInfo(nint platform, uint property, nuint capacity, void* value, nuint* size);

    [LibraryImport(Name, EntryPoint = "clGetDeviceIDs")]
    public static partial int GetDevices(nint platform, ulong type, uint capacity, nint* devices, uint* count);

    [LibraryImport(Name, EntryPoint = "clGetDeviceInfo")]
    public static partial int GetDeviceInfo(nint device, uint property, nuint capacity, void* value, nuint* size);

    [LibraryImport(Name, EntryPoint = "clCreateContext")]
    public static partial nint CreateContext(nint* properties, uint count, nint* devices, nint callback, nint userData, int* status);

    [LibraryImport(Name, EntryPoint = "clCreateCommandQueue")]
    public static partial nint CreateQueue(nint context, nint device, ulong properties, int* status);

    [LibraryImport(Name, EntryPoint = "clCreateProgramWithSource")]
    public static partial nint CreateProgram(nint context, uint count, byte** sources, nuint* lengths, int* status);

    [LibraryImport(Name, EntryPoint = "clBuildProgram", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BuildProgram(nint program, uint count, nint* devices, string options, nint callback, nint userData);

    [LibraryImport(Name, EntryPoint = "clGetProgramBuildInfo")]
    public static partial int GetBuildInfo(nint program, nint device, uint property, nuint capacity, void* value, nuint* size);

    [LibraryImport(Name, EntryPoint = "clCreateKernel", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CreateKernel(nint program, string name, int* status);

    [LibraryImport(Name, EntryPoint = "clSetKernelArg")]
    public static partial int SetArgument(nint kernel, uint index, nuint size, void* value);

    [LibraryImport(Name, EntryPoint = "clCreateBuffer")]
    public static partial nint CreateBuffer(nint context, ulong flags, nuint size, void* host, int* status);

    [LibraryImport(Name, EntryPoint = "clEnqueueNDRangeKernel")]
    public static partial int EnqueueKernel(
        nint queue, nint kernel, uint dimensions, nuint* offset, nuint* size, nuint* group, uint waitCount, nint* wait, nint* done);

    [LibraryImport(Name, EntryPoint = "clEnqueueWriteBuffer")]
    public static partial int EnqueueWrite(
        nint queue, nint buffer, uint blocking, nuint offset, nuint size, void* host, uint waitCount, nint* wait, nint* done);

    [LibraryImport(Name, EntryPoint = "clEnqueueReadBuffer")]
    public static partial int EnqueueRead(
        nint queue, nint buffer, uint blocking, nuint offset, nuint size, void* host, uint waitCount, nint* wait, nint* done);

    [LibraryImport(Name, EntryPoint = "clEnqueueMapBuffer")]
    public static partial void* EnqueueMap(
        nint queue, nint buffer, uint blocking, ulong flags, nuint offset, nuint size, uint waitCount, nint* wait, nint* done, int* status);

    [LibraryImport(Name, EntryPoint = "clEnqueueUnmapMemObject")]
    public static partial int EnqueueUnmap(nint queue, nint buffer, void* mapped, uint waitCount, nint* wait, nint* done);

    [LibraryImport(Name, EntryPoint = "clFinish")]
    public static partial int Finish(nint queue);

    [LibraryImport(Name, EntryPoint = "clReleaseContext")]
    public static partial int ReleaseContext(nint context);

    [LibraryImport(Name, EntryPoint = "clReleaseCommandQueue")]
    public static partial int ReleaseQueue(nint queue);

    [LibraryImport(Name, EntryPoint = "clReleaseProgram")]
    public static partial int ReleaseProgram(nint program);

    [LibraryImport(Name, EntryPoint = "clReleaseKernel")]
    public static partial int ReleaseKernel(nint kernel);

    [LibraryImport(Name, EntryPoint = "clReleaseMemObject")]
    public static partial int ReleaseBuffer(nint buffer);
}
