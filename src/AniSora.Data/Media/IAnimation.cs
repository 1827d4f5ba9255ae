namespace AniSora.Data;

/// <summary>The file of an animated picture, whose structure is known before anything is decoded. Not thread-safe.</summary>
internal interface IAnimation : IDisposable
{
    /// <summary><c>webp</c> or <c>gif</c>.</summary>
    string Format { get; }

    /// <summary>W of the canvas in pixels.</summary>
    int Width { get; }

    /// <summary>H of the canvas in pixels.</summary>
    int Height { get; }

    /// <summary>Whether pixels can be transparent.</summary>
    bool HasAlpha { get; }

    /// <summary>Per whole frame how long it is shown, in milliseconds.</summary>
    IReadOnlyList<int> Durations { get; }

    /// <summary>What is broken after the whole frames, in words; null if the file is whole.</summary>
    string? Problem { get; }

    /// <summary>Makes ready to decode.</summary>
    /// <returns>How many of the first frames the decoder accepts; 0 if none.</returns>
    int Start();

    /// <summary>Decodes the next frame.</summary>
    /// <param name="canvas"><c>[H, W, 4]</c>, straight alpha, as a browser would show it; valid until the next call.</param>
    /// <returns>False if there is no further frame, or it is damaged.</returns>
    bool TryNext(out ReadOnlySpan<byte> canvas);
}
