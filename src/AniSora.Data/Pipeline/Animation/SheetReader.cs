namespace AniSora.Data.Pipeline;

/// <summary>The frames of a figure on one large picture.</summary>
internal sealed class SheetReader : IFrameReader
{
    private readonly SheetFrames _frames;
    private readonly Picture _sheet, _canvas;
    private readonly FrameScaler _scaler;
    private readonly int _end;
    private int _next;

    /// <summary>Opens a sheet.</summary>
    /// <exception cref="InputException">The picture is missing or damaged, or a rectangle lies outside.</exception>
    public SheetReader(SourceRow source, FrameRequest request)
    {
        (Width, Height) = (request.Width, request.Height);
        _frames = new SheetFrames(source);
        _sheet = SheetCache.Get(source.Path);
        if (!_frames.FitInto(_sheet.Width, _sheet.Height))
            throw new InputException($"{source.Path}: is {_sheet.Width}×{_sheet.Height} pixels, and a frame's rectangle lies outside");
        _canvas = new Picture(_frames.Width, _frames.Height, new byte[4 * _frames.Width * _frames.Height]);
        _scaler = new FrameScaler(_frames.Width, _frames.Height, request.Crop, Width, Height, request.Fit);
        _next = request.FirstFrame;
        _end = (int)Math.Min(_frames.Count, request.FirstFrame + (long)(request.Frames ?? _frames.Count));
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
        _frames.Draw(_sheet, _next++, _canvas);
        _scaler.Scale(_canvas.Rgba, rgba);
        return true;
    }

    /// <inheritdoc/>
    public void Skip(int frames) => _next = Math.Min(_end, _next + frames);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
