namespace AniSora.Data.Pipeline;

/// <summary>Frames in PNG or JPEG files of their own; a few dozen are decoded at a time, by one process.</summary>
internal sealed class PicturesReader : IFrameReader
{
    private const int MostAtATime = 64;
    private const long MostBytesAtATime = 64L << 20;

    private readonly string[] _files;
    private readonly List<PictureHeader> _headers;
    private readonly CancellationToken _cancellation;
    private readonly FrameScaler _scaler;
    private readonly (int Width, int Height) _canvas;
    private readonly Queue<Picture> _ready = [];
    private readonly int _end;
    private int _next;

    /// <summary>Opens a sequence of pictures.</summary>
    /// <exception cref="InputException">A file is missing or is no picture.</exception>
    public PicturesReader(SourceRow source, FrameRequest request, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        (Width, Height) = (request.Width, request.Height);
        _files = PicturesProbe.Files(source);
        _headers = [.. _files.Select(PictureHeader.ReadFile)];
        _canvas = PicturesProbe.Canvas(_headers);
        _scaler = new FrameScaler(_canvas.Width, _canvas.Height, request.Crop, Width, Height, request.Cover);
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
        if (_ready.Count == 0 && _next < _end)
            Decode();
        if (!_ready.TryDequeue(out var picture))
            return false;
        _scaler.Scale(Centred(picture).Rgba, rgba);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Decode()
    {
        var first = _headers[_next];
        int most = (int)Math.Clamp(MostBytesAtATime / (4L * first.Width * first.Height), 1, MostAtATime), count = 1;
        while (count < most && _next + count < _end && _headers[_next + count].DecodesLike(first))
            count++;
        string[] files = _files[_next..(_next + count)];
        try
        {
            Media.ReadPictures(files, _cancellation).ForEach(_ready.Enqueue);
            _next += count;
        }
        catch (InputException) when (count > 1)
        {
            // One of them is damaged: one by one, those before it are good and it is named.
            _ready.Enqueue(Media.ReadPictures([files[0]], _cancellation)[0]);
            _next++;
        }
    }

    private Picture Centred(Picture picture)
    {
        if ((picture.Width, picture.Height) == _canvas)
            return picture;
        var canvas = new Picture(_canvas.Width, _canvas.Height, new byte[4 * _canvas.Width * _canvas.Height]);
        canvas.Put(picture, new CropBox(0, 0, picture.Width, picture.Height), (canvas.Width - picture.Width) / 2, (canvas.Height - picture.Height) / 2);
        return canvas;
    }
}
