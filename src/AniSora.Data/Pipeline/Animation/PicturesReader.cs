namespace AniSora.Data.Pipeline;

/// <summary>Frames in files of their own, centred on the canvas that holds each.</summary>
internal sealed class PicturesReader : IFrameReader
{
    private readonly string[] _files;
    private readonly CancellationToken _cancellation;
    private readonly FrameScaler _scaler;
    private readonly (int Width, int Height) _canvas;
    private readonly int _end;
    private int _next;
    private byte[]? _pixels;

    /// <summary>Opens a sequence of pictures.</summary>
    /// <exception cref="InputException">The list of files is damaged.</exception>
    public PicturesReader(SourceRow source, ProbeRow probe, FrameRequest request, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        (Width, Height) = (request.Width, request.Height);
        _files = PicturesProbe.Files(source);
        _canvas = (probe.Width, probe.Height);
        _scaler = new FrameScaler(probe.Width, probe.Height, request.Crop, Width, Height, request.Fit);
        _next = request.FirstFrame;
        _end = (int)Math.Min(_files.Length, request.FirstFrame + (long)(request.Frames ?? _files.Length));
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int Height { get; }

    /// <inheritdoc/>
    public bool Read(Span<byte> rgba)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_next >= _end)
            return false;
        string file = _files[_next++];
        var picture = Media.ReadPicture(file, _pixels);
        _pixels = picture.Rgba;
        _scaler.Scale(Centred(picture, file).Rgba, rgba);
        return true;
    }

    /// <inheritdoc/>
    public void Skip(int frames) => _next = Math.Min(_end, _next + frames);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Picture Centred(Picture picture, string file)
    {
        if ((picture.Width, picture.Height) == _canvas)
            return picture;
        if (picture.Width > _canvas.Width || picture.Height > _canvas.Height)
            throw new InputException($"{file}: is {picture.Width}×{picture.Height} pixels, larger than when the data set was made; plan the data set again");
        var canvas = new Picture(_canvas.Width, _canvas.Height, new byte[4 * _canvas.Width * _canvas.Height]);
        canvas.Put(picture, new CropBox(0, 0, picture.Width, picture.Height), (canvas.Width - picture.Width) / 2, (canvas.Height - picture.Height) / 2);
        return canvas;
    }
}
