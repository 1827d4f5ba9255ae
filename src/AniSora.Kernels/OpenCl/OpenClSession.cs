using System.Text;

namespace AniSora.Kernels.OpenCl;

/// <summary>
/// A device made ready: its context, one queue, and the programs built for it so far. A program is one embedded <c>.cl</c> file; it is built
/// when the first of its kernels is asked for. Drivers keep what they compiled on disk (PoCL in ~/.cache/pocl, NVIDIA in ~/.nv), so building
/// takes seconds once and milliseconds afterwards; a cache of our own would be a second one.
/// </summary>
internal sealed unsafe class OpenClSession : IDisposable
{
    private readonly Dictionary<string, OpenClHandle> _programs = [];
    private readonly Dictionary<(string Program, string Kernel), OpenClHandle> _kernels = [];
    private readonly OpenClHandle _context;
    private readonly OpenClHandle _queue;

    /// <summary>Opens a device.</summary>
    /// <exception cref="OpenClException">Its driver refuses.</exception>
    public OpenClSession(OpenClDevice device)
    {
        Device = device;
        int status;
        nint id = device.Id;
        _context = Created(OpenClLibrary.CreateContext(null, 1, &id, 0, 0, &status), status, "a context", OpenClLibrary.ReleaseContext);
        try
        {
            _queue = Created(OpenClLibrary.CreateQueue(_context.Value, id, 0, &status), status, "a command queue", OpenClLibrary.ReleaseQueue);
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    public OpenClDevice Device { get; }

    /// <summary>The queue's handle.</summary>
    public nint Queue => _queue.Value;

    /// <summary>A buffer on the device.</summary>
    /// <param name="bytes">Its size, 1 or more.</param>
    /// <param name="flags">Access, and whether <paramref name="host"/> is its memory.</param>
    /// <param name="host">That memory, or null.</param>
    public OpenClHandle Buffer(long bytes, ulong flags, void* host)
    {
        int status;
        return Created(
            OpenClLibrary.CreateBuffer(_context.Value, flags, (nuint)bytes, host, &status), status, $"a buffer of {bytes} bytes", OpenClLibrary.ReleaseBuffer);
    }

    /// <summary>A kernel; its arguments belong to whoever holds the session's lock.</summary>
    public OpenClHandle Kernel(string program, string kernel)
    {
        if (!_kernels.TryGetValue((program, kernel), out var found))
        {
            int status;
            found = Created(OpenClLibrary.CreateKernel(Program(program).Value, kernel, &status), status, $"kernel {kernel} of {program}.cl", OpenClLibrary.ReleaseKernel);
            _kernels.Add((program, kernel), found);
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var handle in _kernels.Values.Concat(_programs.Values))
            handle.Dispose();
        _queue.Dispose();
        _context.Dispose();
    }

    private OpenClHandle Program(string name)
    {
        if (_programs.TryGetValue(name, out var found))
            return found;
        byte[] source = Source(name);
        int status;
        OpenClHandle program;
        fixed (byte* text = source)
        {
            byte* at = text;
            var length = (nuint)source.Length;
            program = Created(OpenClLibrary.CreateProgram(_context.Value, 1, &at, &length, &status), status, $"program {name}.cl", OpenClLibrary.ReleaseProgram);
        }

        nint device = Device.Id;
        status = OpenClLibrary.BuildProgram(program.Value, 1, &device, "-cl-std=CL1.2", 0, 0);
        if (status != 0)
        {
            string log = BuildLog(program);
            program.Dispose();
            OpenClException.Check(status, $"building {name}.cl ({log})", Device);
        }

        _programs.Add(name, program);
        return program;
    }

    private string BuildLog(OpenClHandle program)
    {
        nuint size = 0;
        if (OpenClLibrary.GetBuildInfo(program.Value, Device.Id, OpenClLibrary.ProgramBuildLog, 0, null, &size) != 0 || size == 0)
            return "no log";
        var log = new byte[size];
        fixed (byte* to = log)
            _ = OpenClLibrary.GetBuildInfo(program.Value, Device.Id, OpenClLibrary.ProgramBuildLog, size, to, null);
        return Encoding.UTF8.GetString(log).TrimEnd('\0', '\n', ' ');
    }

    private static byte[] Source(string name)
    {
        using var stream = typeof(OpenClSession).Assembly.GetManifestResourceStream($"{name}.cl") ?? throw new ArgumentException($"no embedded {name}.cl");
        var source = new byte[stream.Length];
        stream.ReadExactly(source);
        return source;
    }

    private OpenClHandle Created(nint value, int status, string what, Func<nint, int> release)
    {
        OpenClException.Check(status, what, Device);
        return new OpenClHandle(value, release);
    }
}
