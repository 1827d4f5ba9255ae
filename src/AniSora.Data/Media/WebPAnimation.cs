namespace AniSora.Data;

/// <summary>An animated WebP, decoded by libwebpdemux: three times as fast as Skia.</summary>
internal sealed class WebPAnimation(byte[] bytes) : IAnimation
{
    private readonly WebPFile _file = WebPFile.Parse(bytes);
    private WebPDecoder? _decoder;

    /// <inheritdoc/>
    public string Format => "webp";

    /// <inheritdoc/>
    public int Width => _file.Width;

    /// <inheritdoc/>
    public int Height => _file.Height;

    /// <inheritdoc/>
    public bool HasAlpha => _file.HasAlpha;

    /// <inheritdoc/>
    public IReadOnlyList<int> Durations => _file.Durations;

    /// <inheritdoc/>
    public string? Problem => _file.Problem;

    /// <summary>Opens a decoder of as many of the first frames as it accepts: it looks at the beginning of each before it decodes any.</summary>
    public int Start()
    {
        int frames = Durations.Count;
        _decoder = WebPDecoder.TryOpen(Problem is null ? bytes : _file.Beginning(bytes, frames));
        for (int refused = frames, accepted = 0; _decoder is null;)
        {
            int some = (accepted + refused) / 2;
            if (some == accepted)
            {
                _decoder = accepted > 0 ? WebPDecoder.TryOpen(_file.Beginning(bytes, accepted)) : null;
                return _decoder is null ? 0 : accepted;
            }
            using var trial = WebPDecoder.TryOpen(_file.Beginning(bytes, some));
            (refused, accepted) = trial is null ? (some, accepted) : (refused, some);
        }
        return frames;
    }

    /// <inheritdoc/>
    public bool TryNext(out ReadOnlySpan<byte> canvas) => _decoder!.TryNext(4 * Width * Height, out canvas);

    /// <inheritdoc/>
    public void Dispose() => _decoder?.Dispose();
}
