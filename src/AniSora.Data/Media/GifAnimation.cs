using AniSora.Pictures;

namespace AniSora.Data;

/// <summary>An animated GIF.</summary>
internal sealed class GifAnimation(GifFile file) : IAnimation
{
    /// <inheritdoc/>
    public string Format => "gif";

    /// <inheritdoc/>
    public int Width => file.Width;

    /// <inheritdoc/>
    public int Height => file.Height;

    /// <inheritdoc/>
    public bool HasAlpha => file.HasAlpha;

    /// <inheritdoc/>
    public IReadOnlyList<int> Durations => file.Durations;

    /// <inheritdoc/>
    public string? Problem => file.BreaksOff ? $"the file breaks off in frame {file.Durations.Count}" : null;

    /// <inheritdoc/>
    public int Start() => file.Durations.Count;

    /// <inheritdoc/>
    public bool TryNext(out ReadOnlySpan<byte> canvas) => file.TryNext(out canvas);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
