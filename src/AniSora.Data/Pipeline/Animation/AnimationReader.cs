namespace AniSora.Data.Pipeline;

/// <summary>The frames of an animated WebP, each the whole canvas as a browser would show it.</summary>
internal sealed class AnimationReader : IFrameReader
{
    private readonly string _path;
    private readonly CancellationToken _cancellation;
    private readonly WebPFile _file;
    private readonly AnimationTimes _times;
    private readonly FrameScaler _scaler;
    private readonly WebPDecoder _decoder;
    private readonly byte[] _shown;
    private readonly int _end, _good;
    private readonly string _problem;
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
        (_decoder, _good) = Decoder(bytes);
        _problem = _good < _file.Durations.Count ? $"frame {_good} is damaged" : _file.Problem ?? "";
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
        if (stored >= _good)
            throw new InputException($"{_path}: {_problem}; the {_good} frames before it are used");
        while (_decoded <= stored)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (!_decoder.TryNext(4 * _file.Width * _file.Height, out var canvas))
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
    public void Dispose() => _decoder.Dispose();

    /// <summary>A decoder of as many of the first frames as it accepts: it looks at the beginning of each before it decodes any.</summary>
    private (WebPDecoder Decoder, int Frames) Decoder(byte[] bytes)
    {
        int frames = _file.Durations.Count;
        if (WebPDecoder.TryOpen(_file.Problem is null ? bytes : _file.Beginning(bytes, frames)) is { } decoder)
            return (decoder, frames);
        for (int refused = frames, accepted = 0; ;)
        {
            int some = (accepted + refused) / 2;
            if (some == accepted)
            {
                return accepted > 0 && WebPDecoder.TryOpen(_file.Beginning(bytes, accepted)) is { } shorter
                    ? (shorter, accepted)
                    : throw new InputException($"{_path}: its first frame is damaged");
            }
            using var trial = WebPDecoder.TryOpen(_file.Beginning(bytes, some));
            (refused, accepted) = trial is null ? (some, accepted) : (refused, some);
        }
    }
}
