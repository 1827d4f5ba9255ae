using System.Runtime.InteropServices;

namespace AniSora.Data;

/// <summary>
/// A decoder of animated WebP by <c>libwebpdemux</c> (webp/demux.h). It gives the whole canvas of each frame, straight alpha. Not thread-safe.
/// </summary>
internal sealed unsafe partial class WebPDecoder : IDisposable
{
    /// <summary>The library's file: the interface that Debian's package libwebpdemux2 has.</summary>
    private const string Library = "libwebpdemux.so.2";

    // WEBP_DEMUX_ABI_VERSION. The header's plain functions are inline calls of those named …Internal with this number.
    private const int AbiVersion = 0x0107;
    private const int Rgba = 1;

    // The decoder reads the file's bytes as long as it lives.
    private readonly GCHandle _bytes;
    private readonly Handle _decoder;

    private WebPDecoder(GCHandle bytes, Handle decoder) => (_bytes, _decoder) = (bytes, decoder);

    /// <summary>Misses the library now and not at every file.</summary>
    /// <exception cref="InputException">The library is missing or has another interface.</exception>
    public static void Require() => DefaultOptions();

    /// <summary>Opens a file.</summary>
    /// <param name="file">The whole file; not to be changed while the decoder lives.</param>
    /// <returns>The decoder; null if it does not accept the file.</returns>
    /// <exception cref="InputException">The library is missing or has another interface.</exception>
    public static WebPDecoder? TryOpen(byte[] file)
    {
        var options = DefaultOptions();
        // One thread: several animations are decoded at a time.
        (options.ColourMode, options.UseThreads) = (Rgba, 0);
        var bytes = GCHandle.Alloc(file, GCHandleType.Pinned);
        var data = new Data { Bytes = (byte*)bytes.AddrOfPinnedObject(), Size = (nuint)file.Length };
        var decoder = WebPAnimDecoderNewInternal(&data, &options, AbiVersion);
        if (!decoder.IsInvalid)
            return new WebPDecoder(bytes, decoder);
        decoder.Dispose();
        bytes.Free();
        return null;
    }

    /// <summary>Decodes the next frame.</summary>
    /// <param name="bytes">Bytes of the canvas, 4 a pixel.</param>
    /// <param name="canvas">The canvas, valid until the next call.</param>
    /// <returns>False if there is no further frame, or it is damaged.</returns>
    public bool TryNext(int bytes, out ReadOnlySpan<byte> canvas)
    {
        byte* buffer;
        int milliseconds;
        bool read = WebPAnimDecoderGetNext(_decoder, &buffer, &milliseconds) != 0;
        canvas = read ? new ReadOnlySpan<byte>(buffer, bytes) : default;
        return read;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_decoder.IsClosed)
            return;
        _decoder.Dispose();
        _bytes.Free();
    }

    private static Options DefaultOptions()
    {
        var options = new Options();
        try
        {
            if (WebPAnimDecoderOptionsInitInternal(&options, AbiVersion) != 0)
                return options;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new InputException($"{Library} was not found: run `make setup`, which installs the apt package libwebpdemux2", e);
        }
        throw new InputException($"{Library} has another interface than {AbiVersion:x4}: install the apt package libwebpdemux2 (`make setup`)");
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Data
    {
        public byte* Bytes;
        public nuint Size;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Options
    {
        public int ColourMode;
        public int UseThreads;
        public fixed uint Padding[7];
    }

    private sealed class Handle() : SafeHandle(nint.Zero, ownsHandle: true)
    {
        public override bool IsInvalid => handle == nint.Zero;

        protected override bool ReleaseHandle()
        {
            WebPAnimDecoderDelete(handle);
            return true;
        }
    }

    [LibraryImport(Library)]
    private static partial int WebPAnimDecoderOptionsInitInternal(Options* options, int abi);

    [LibraryImport(Library)]
    private static partial Handle WebPAnimDecoderNewInternal(Data* data, Options* options, int abi);

    [LibraryImport(Library)]
    private static partial int WebPAnimDecoderGetNext(Handle decoder, byte** buffer, int* timestamp);

    [LibraryImport(Library)]
    private static partial void WebPAnimDecoderDelete(nint decoder);
}
