using System.Runtime.InteropServices;

namespace AniSora.Onnx;

/// <summary>A text as C wants it, as long as this lives.</summary>
internal sealed unsafe class Utf8(string text) : IDisposable
{
    public byte* Pointer { get; } = (byte*)Marshal.StringToCoTaskMemUTF8(text);

    public void Dispose() => Marshal.FreeCoTaskMem((nint)Pointer);
}
