namespace AniSora.Data.Pipeline;

/// <summary>The frames of an animated WebP or GIF, each the whole canvas as a browser would show it.</summary>
internal sealed class AnimationReader : IFrameReader
{
    private readonly string _path;
    private readonly CancellationToken _cancellation;
    private readonly IAnimation _file;
    private readonly AnimationTimes _times;
    private readonly FrameScaler _scaler;
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
        _file = AnimationProbe.Open(_path);
        _times = new AnimationTimes(_file.Durations);
        _scaler = new FrameScaler(_file.Width, _file.Height, request.Crop, Width, Height, request.Fit);
        _shown = new byte[4 * Width * Height];
        int frames = _times.Frames + (_file.Problem is null ? 0 : 1);
        _next = request.FirstFrame;
        _end = (int)Math.Min(frames, request.FirstFrame + (long)(request.Frames ?? frames));
        _good = _file.Start();
        if (_good == 0)
        {
            _file.Dispose();
            throw new InputException($"{_path}: its first frame is damaged");
        }
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
            if (!_file.TryNext(out var canvas))
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
    public void Skip(int frames) => _next = Math.Min(_end, _next + frames);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
