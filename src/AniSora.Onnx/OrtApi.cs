using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace AniSora.Onnx;

/// <summary>
/// The part of ONNX Runtime's C API that is used. It is one table of function pointers, to which new versions only append: a number below is
/// the function's place in <c>struct OrtApi</c> of <c>onnxruntime_c_api.h</c>. All of them may be called from any thread.
/// </summary>
internal sealed unsafe class OrtApi
{
    /// <summary>The version of the table that is asked for: the oldest that has all functions used here (ONNX Runtime 1.12).</summary>
    private const uint TableVersion = 12;

    /// <summary>Only what ends the process is worth a line on stderr: everything else comes back as an error.</summary>
    private const int LogFatal = 4;

    private static readonly Lazy<OrtApi> _loaded = new(() => new OrtApi(OnnxRuntime.Require()));
    private readonly nint* _table;

    [StructLayout(LayoutKind.Sequential)]
    private struct ApiBase
    {
        public delegate* unmanaged<uint, nint*> GetApi;
        public delegate* unmanaged<byte*> GetVersionString;
    }

    private OrtApi(string path)
    {
        Path = path;
        try
        {
            var start = (delegate* unmanaged<ApiBase*>)NativeLibrary.GetExport(NativeLibrary.Load(path), "OrtGetApiBase");
            Version = Text(start()->GetVersionString());
            _table = start()->GetApi(TableVersion);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new InputException($"{path}: ONNX Runtime cannot be loaded ({e.Message.Split('\n')[0]}): run `make setup` again", e);
        }
        if (_table == null)
            throw new InputException($"{path}: ONNX Runtime {Version} is too old, 1.{TableVersion} or later is needed: run `make setup`");
        nint environment, memory;
        fixed (byte* name = "anisora\0"u8)
            Check(((delegate* unmanaged<int, byte*, nint*, nint>)_table[3])(LogFatal, name, &environment), path);
        const int arena = 1, standard = 0;
        Check(((delegate* unmanaged<int, int, nint*, nint>)_table[69])(arena, standard, &memory), path);
        (Environment, CpuMemory) = (environment, memory);
    }

    /// <summary>The table of the process.</summary>
    /// <exception cref="InputException">The library is missing or cannot be loaded.</exception>
    public static OrtApi Loaded => _loaded.Value;

    public string Path { get; }
    public string Version { get; }

    /// <summary><c>OrtEnv</c>: one for the process, never released.</summary>
    public nint Environment { get; }

    /// <summary><c>OrtMemoryInfo</c> of ordinary memory.</summary>
    public nint CpuMemory { get; }

    public delegate* unmanaged<nint, byte*, nint, nint*, nint> CreateSession => (delegate* unmanaged<nint, byte*, nint, nint*, nint>)_table[7];
    public delegate* unmanaged<nint, void*, nuint, nint, nint*, nint> CreateSessionFromArray => (delegate* unmanaged<nint, void*, nuint, nint, nint*, nint>)_table[8];
    public delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint> Run => (delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)_table[9];

    public delegate* unmanaged<nint*, nint> CreateSessionOptions => (delegate* unmanaged<nint*, nint>)_table[10];
    public delegate* unmanaged<nint, int, nint> SetIntraOpNumThreads => (delegate* unmanaged<nint, int, nint>)_table[24];
    public delegate* unmanaged<nint, byte*, byte*, nint> AddSessionConfigEntry => (delegate* unmanaged<nint, byte*, byte*, nint>)_table[130];
    public delegate* unmanaged<nint, nint, nint> AppendCuda => (delegate* unmanaged<nint, nint, nint>)_table[204];
    public delegate* unmanaged<nint*, nint> CreateCudaOptions => (delegate* unmanaged<nint*, nint>)_table[205];
    public delegate* unmanaged<nint, void> ReleaseCudaOptions => (delegate* unmanaged<nint, void>)_table[208];
    public delegate* unmanaged<nint, byte*, byte**, byte**, nuint, nint> AppendProvider => (delegate* unmanaged<nint, byte*, byte**, byte**, nuint, nint>)_table[216];

    public delegate* unmanaged<nint, nuint*, nint> Count(bool input) => (delegate* unmanaged<nint, nuint*, nint>)_table[input ? 30 : 31];
    public delegate* unmanaged<nint, nuint, nint*, nint> TypeInfo(bool input) => (delegate* unmanaged<nint, nuint, nint*, nint>)_table[input ? 33 : 34];
    public delegate* unmanaged<nint, nuint, nint, byte**, nint> Name(bool input) => (delegate* unmanaged<nint, nuint, nint, byte**, nint>)_table[input ? 36 : 37];
    public delegate* unmanaged<nint, nint*, nint> CastTypeInfoToTensorInfo => (delegate* unmanaged<nint, nint*, nint>)_table[55];
    public delegate* unmanaged<nint, int*, nint> GetTensorElementType => (delegate* unmanaged<nint, int*, nint>)_table[60];
    public delegate* unmanaged<nint, nuint*, nint> GetDimensionsCount => (delegate* unmanaged<nint, nuint*, nint>)_table[61];
    public delegate* unmanaged<nint, long*, nuint, nint> GetDimensions => (delegate* unmanaged<nint, long*, nuint, nint>)_table[62];
    public delegate* unmanaged<nint, byte**, nuint, nint> GetSymbolicDimensions => (delegate* unmanaged<nint, byte**, nuint, nint>)_table[63];
    public delegate* unmanaged<nint, nint*, nint> GetTensorTypeAndShape => (delegate* unmanaged<nint, nint*, nint>)_table[65];

    public delegate* unmanaged<nint*, nint> CreateRunOptions => (delegate* unmanaged<nint*, nint>)_table[39];
    public delegate* unmanaged<nint, nint> SetTerminate => (delegate* unmanaged<nint, nint>)_table[46];
    public delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint> CreateTensor => (delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)_table[49];
    public delegate* unmanaged<nint, int*, nint> IsTensor => (delegate* unmanaged<nint, int*, nint>)_table[50];
    public delegate* unmanaged<nint, void**, nint> GetTensorData => (delegate* unmanaged<nint, void**, nint>)_table[51];
    public delegate* unmanaged<nint*, nint> GetDefaultAllocator => (delegate* unmanaged<nint*, nint>)_table[78];
    public delegate* unmanaged<nint, void*, nint> AllocatorFree => (delegate* unmanaged<nint, void*, nint>)_table[76];

    public delegate* unmanaged<nint, nint*, nint> GetModelMetadata => (delegate* unmanaged<nint, nint*, nint>)_table[111];
    public delegate* unmanaged<nint, nint, byte**, nint> GetProducerName => (delegate* unmanaged<nint, nint, byte**, nint>)_table[112];
    public delegate* unmanaged<nint, nint, byte**, nint> GetDescription => (delegate* unmanaged<nint, nint, byte**, nint>)_table[115];
    public delegate* unmanaged<nint, nint, byte*, byte**, nint> LookupCustomMetadata => (delegate* unmanaged<nint, nint, byte*, byte**, nint>)_table[116];
    public delegate* unmanaged<nint, nint, byte***, long*, nint> GetCustomMetadataKeys => (delegate* unmanaged<nint, nint, byte***, long*, nint>)_table[123];
    public delegate* unmanaged<byte***, int*, nint> GetAvailableProviders => (delegate* unmanaged<byte***, int*, nint>)_table[125];
    public delegate* unmanaged<byte**, int, nint> ReleaseAvailableProviders => (delegate* unmanaged<byte**, int, nint>)_table[126];

    /// <summary>Releases a session, value, options, … by the function for its kind.</summary>
    public void Release(OrtKind kind, nint handle) => ((delegate* unmanaged<nint, void>)_table[(int)kind])(handle);

    /// <summary>Turns a failed call into an error.</summary>
    /// <param name="status">What the call returned; 0 is success.</param>
    /// <param name="subject">The model's file, or what else the call was about.</param>
    /// <exception cref="InputException">The call failed.</exception>
    public void Check(nint status, string subject)
    {
        if (status == 0)
            return;
        string message = Text(((delegate* unmanaged<nint, byte*>)_table[2])(status)).ReplaceLineEndings(" ").Trim();
        Release(OrtKind.Status, status);
        // The library's messages quote whole models now and then.
        throw new InputException($"{subject}: ONNX Runtime: {(message.Length > 400 ? message[..400] + "…" : message)}");
    }

    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>A text that the library allocated: copied, then given back.</summary>
    public string Take(byte* text)
    {
        string result = Text(text);
        Check(AllocatorFree(Allocator, text), Path);
        return result;
    }

    /// <summary>The library's allocator, lent.</summary>
    public nint Allocator
    {
        get
        {
            nint allocator;
            Check(GetDefaultAllocator(&allocator), Path);
            return allocator;
        }
    }
}

/// <summary>Kinds of objects of the library; the number is the place of the function that releases one.</summary>
internal enum OrtKind
{
    Status = 93, Session = 95, Value = 96, RunOptions = 97, TypeInfo = 98, TensorInfo = 99, SessionOptions = 100, Metadata = 118,
}

/// <summary>An object of the library, released when nobody uses it any more, even if it is disposed while another thread does.</summary>
internal sealed class OrtHandle : SafeHandle
{
    private readonly OrtKind _kind;

    public OrtHandle(OrtKind kind, nint value) : base(0, ownsHandle: true)
    {
        _kind = kind;
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OrtApi.Loaded.Release(_kind, handle);
        return true;
    }
}
