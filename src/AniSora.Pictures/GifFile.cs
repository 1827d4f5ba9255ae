using SkiaSharp;

namespace AniSora.Pictures;

/// <summary>
/// An animated GIF, read by Skia: each frame the whole canvas as a browser shows it, whatever its frames leave, clear or bring back. Not
/// thread-safe.
/// </summary>
public sealed class GifFile : IDisposable
{
    private const int None = -1;

    private readonly SKCodec _codec;
    private readonly SKCodecFrameInfo[] _frames;
    private readonly SKImageInfo _info;
    // The canvas with the newest frame; and, if that one goes away again, the canvas as the frame before left it.
    private byte[] _shown = [], _left = [];
    private int _next, _leftBy = None;

    private GifFile(SKCodec codec)
    {
        _codec = codec;
        // The last frame of a file that breaks off is there in part.
        _frames = [.. codec.FrameInfo.TakeWhile(f => f.FullyRecieved)];
        BreaksOff = _frames.Length < codec.FrameCount;
        _info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
    }

    /// <summary>W of the canvas in pixels.</summary>
    public int Width => _info.Width;

    /// <summary>H of the canvas in pixels.</summary>
    public int Height => _info.Height;

    /// <summary>Whether pixels of some frame are transparent.</summary>
    public bool HasAlpha => _frames.Any(f => f.AlphaType != SKAlphaType.Opaque);

    /// <summary>Per whole frame how long it is shown, in milliseconds.</summary>
    public IReadOnlyList<int> Durations => [.. _frames.Select(f => f.Duration)];

    /// <summary>Whether the file ends within a frame.</summary>
    public bool BreaksOff { get; }

    /// <summary>Opens a file; nothing is decoded.</summary>
    /// <param name="file">The whole file.</param>
    /// <returns>Null if it is no GIF, or damaged in its header.</returns>
    public static GifFile? TryOpen(ReadOnlySpan<byte> file)
    {
        if (!IsGif(file))
            return null;
        using var data = SKData.CreateCopy(file);
        return SKCodec.Create(data) is { } codec ? new GifFile(codec) : null;
    }

    /// <summary>Whether bytes begin as a GIF file does.</summary>
    public static bool IsGif(ReadOnlySpan<byte> head) => head.StartsWith("GIF8"u8);

    /// <summary>Decodes the next frame.</summary>
    /// <param name="canvas"><c>[H, W, 4]</c>, straight alpha; valid until the next call.</param>
    /// <returns>False if there is no further frame, or it is damaged.</returns>
    public unsafe bool TryNext(out ReadOnlySpan<byte> canvas)
    {
        canvas = default;
        if (_next >= _frames.Length)
            return false;
        if (_next == 0)
            _shown = new byte[_info.BytesSize];
        if (_next > 0 && GoesAway(_next - 1))
            _left.CopyTo(_shown, 0);
        else
            _leftBy = _next - 1;
        if (GoesAway(_next) && _leftBy == _next - 1)
            _left = [.. _shown];
        bool alone = _frames[_next].RequiredFrame == None;
        if (alone)
            Array.Clear(_shown);
        SKCodecResult result;
        fixed (byte* pixels = _shown)
            result = _codec.GetPixels(_info, (nint)pixels, _info.RowBytes, new SKCodecOptions(_next, alone ? None : _leftBy));
        _next++;
        canvas = _shown;
        return result == SKCodecResult.Success;
    }

    /// <inheritdoc/>
    public void Dispose() => _codec.Dispose();

    private bool GoesAway(int frame) => _frames[frame].DisposalMethod == SKCodecAnimationDisposalMethod.RestorePrevious;
}
