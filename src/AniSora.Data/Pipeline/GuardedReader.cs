namespace AniSora.Data.Pipeline;

/// <summary>A reader that ends where the source is damaged and remembers why.</summary>
internal sealed class GuardedReader : IDisposable
{
    private readonly IFrameReader? _reader;

    /// <summary>Opens a source, as <see cref="FrameReaders.Open"/> does.</summary>
    public GuardedReader(SourceRow source, ProbeRow probe, FrameRequest request, CancellationToken cancellation)
    {
        try
        {
            _reader = FrameReaders.Open(source, probe, request, cancellation);
        }
        catch (InputException e)
        {
            Problem = e.Message;
        }
    }

    /// <summary>Why the source ends too early; null if it does not.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the next frame.</summary>
    /// <param name="rgba">Receives <c>[H, W, 4]</c>.</param>
    /// <returns>False after the last one that can be read.</returns>
    public bool Read(Span<byte> rgba)
    {
        try
        {
            return Problem is null && _reader!.Read(rgba);
        }
        catch (InputException e)
        {
            Problem = e.Message;
            return false;
        }
    }

    /// <summary>Passes over frames.</summary>
    public void Skip(int frames)
    {
        try
        {
            if (Problem is null)
                _reader!.Skip(frames);
        }
        catch (InputException e)
        {
            Problem = e.Message;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader?.Dispose();
}
