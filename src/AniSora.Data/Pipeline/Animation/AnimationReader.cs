using System.Runtime.InteropServices;

namespace AniSora.Data.Pipeline;

/// <summary>The frames of an animated WebP, each the whole canvas as a browser would show it.</summary>
internal sealed class AnimationReader : IFrameReader
{
    private readonly string _path;
    private readonly CancellationToken _cancellation;
    private readonly WebPFile _file;
    private readonly AnimationTimes _times;
    private readonly FrameScaler _scaler;
    private readonly GCHandle _bytes;
    private readonly WebPLibrary.Decoder _decoder;
    private readonly byte[] _shown;
    private readonly int _end;
    private int _next, _decoded;

    /// <summary>Opens an animation.</summary>
    /// <exception cref="InputException">The file is missing or damaged from the start, or the decoder's library is missing.</exception>
    public AnimationReader(SourceRow source, FrameRequest request, CancellationToken cancellation)
    {
        (_path, _cancellation) = (source.Path, cancellation);
        (Width, Height) = (request.Width, request.Height);
        (_file, byte[] bytes) = AnimationProbe.Open(_path);
        _times = new AnimationTimes(_file.Durations);
        _scaler = new FrameScaler(_file.Width, _file.Height, request.Crop, Width, Height, request.Cover);
        _shown = new byte[4 * Width * Height];
        int frames = _times.Frames + (_file.Problem is null ? 0 : 1);
        _next = request.FirstFrame;
        _end = (int)Math.Min(frames, request.FirstFrame + (long)(request.Frames ?? frames));
        byte[] whole = _file.Problem is null ? bytes : _file.Whole(bytes);
        _bytes = GCHandle.Alloc(whole, GCHandleType.Pinned);
        try
        {
            unsafe
            {
                _decoder = WebPLibrary.Open((byte*)_bytes.AddrOfPinnedObject(), whole.Length);
            }
            if (_decoder.IsInvalid)
                throw new InputException($"{_path}: the decoder does not accept the file; it is damaged");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int Height { get; }

    /// <inheritdoc/>
    public bool Read(Span<byte> rgba)
    {
        if (_next >= _end)
            return false;
        int stored = _times.Stored(_next);
        if (stored >= _file.Durations.Count)
            throw new InputException($"{_path}: {_file.Problem}; the {_file.Durations.Count} frames before it are used");
        while (_decoded <= stored)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (!WebPLibrary.TryNext(_decoder, 4 * _file.Width * _file.Height, out var canvas))
                throw new InputException($"{_path}: frame {_decoded} cannot be decoded; the frames before it are used");
            // Frames are drawn onto those before, so all are decoded, but only those that are shown are scaled.
            if (_decoded++ == stored)
                _scaler.Scale(canvas, _shown);
        }
        _shown.CopyTo(rgba);
        _next++;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The decoder reads the bytes, so it goes first.
        _decoder?.Dispose();
        if (_bytes.IsAllocated)
            _bytes.Free();
    }
}
