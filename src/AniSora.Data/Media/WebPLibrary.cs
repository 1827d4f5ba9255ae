using System.Runtime.InteropServices;

namespace AniSora.Data;

/// <summary>What is used of <c>libwebpdemux</c>: the decoder of animated pictures (webp/demux.h).</summary>
internal static unsafe partial class WebPLibrary
{
    /// <summary>The library's file: the interface that Debian's package libwebpdemux2 has.</summary>
    public const string FileName = "libwebpdemux.so.2";

    // WEBP_DEMUX_ABI_VERSION. The header's plain functions are inline calls of those named …Internal with this number.
    private const int AbiVersion = 0x0107;

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

    private const int Rgba = 1;

    /// <summary>A decoder. It reads the file's bytes as long as it lives.</summary>
    public sealed class Decoder() : SafeHandle(nint.Zero, ownsHandle: true)
    {
        /// <inheritdoc/>
        public override bool IsInvalid => handle == nint.Zero;

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            WebPAnimDecoderDelete(handle);
            return true;
        }
    }

    /// <summary>Misses the library now and not at every file.</summary>
    /// <exception cref="InputException">The library is missing or has another interface.</exception>
    public static void Require() => DefaultOptions();

    /// <summary>Makes a decoder that gives the whole canvas of each frame as RGBA with straight alpha.</summary>
    /// <param name="bytes">The file; must not move or go before the decoder does.</param>
    /// <param name="length">Its length.</param>
    /// <returns>The decoder; invalid if the file is damaged.</returns>
    /// <exception cref="InputException">The library is missing or has another interface.</exception>
    public static Decoder Open(byte* bytes, int length)
    {
        var data = new Data { Bytes = bytes, Size = (nuint)length };
        var options = DefaultOptions();
        // One thread: several animations are decoded at a time.
        (options.ColourMode, options.UseThreads) = (Rgba, 0);
        return WebPAnimDecoderNewInternal(&data, &options, AbiVersion);
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
            throw new InputException($"{FileName} was not found: run `make setup`, which installs the apt package libwebpdemux2", e);
        }
        throw new InputException($"{FileName} has another interface than {AbiVersion:x4}: install the apt package libwebpdemux2 (`make setup`)");
    }

    /// <summary>Decodes the next frame.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="bytes">Bytes of the canvas.</param>
    /// <param name="canvas">The canvas, valid until the next call.</param>
    /// <returns>False if there is no further frame, or it is damaged.</returns>
    public static bool TryNext(Decoder decoder, int bytes, out ReadOnlySpan<byte> canvas)
    {
        byte* buffer;
        int milliseconds;
        bool read = WebPAnimDecoderGetNext(decoder, &buffer, &milliseconds) != 0;
        canvas = read ? new ReadOnlySpan<byte>(buffer, bytes) : default;
        return read;
    }

    [LibraryImport(FileName)]
    private static partial int WebPAnimDecoderOptionsInitInternal(Options* options, int abi);

    [LibraryImport(FileName)]
    private static partial Decoder WebPAnimDecoderNewInternal(Data* data, Options* options, int abi);

    [LibraryImport(FileName)]
    private static partial int WebPAnimDecoderGetNext(Decoder decoder, byte** buffer, int* timestamp);

    [LibraryImport(FileName)]
    private static partial void WebPAnimDecoderDelete(nint decoder);
}
