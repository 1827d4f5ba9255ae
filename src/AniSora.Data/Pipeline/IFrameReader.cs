namespace AniSora.Data.Pipeline;

/// <summary>The frames of a source, one after the other. Not thread-safe; memory does not grow with the source's length.</summary>
public interface IFrameReader : IDisposable
{
    /// <summary>W of the frames delivered.</summary>
    int Width { get; }

    /// <summary>H of the frames delivered.</summary>
    int Height { get; }

    /// <summary>Reads the next frame.</summary>
    /// <param name="rgba">Receives <c>[H, W, 4]</c>, straight alpha; exactly that long.</param>
    /// <returns>False after the last frame.</returns>
    /// <exception cref="InputException">The source is damaged from here on.</exception>
    bool Read(Span<byte> rgba);

    /// <summary>Passes over frames, at less cost than reading them where the source allows it.</summary>
    /// <param name="frames">How many, 0 or more; there may be fewer.</param>
    /// <exception cref="InputException">The source is damaged from here on.</exception>
    void Skip(int frames);
}

/// <summary>Part of a picture, in pixels of the source.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
public readonly record struct CropBox(int X, int Y, int Width, int Height);

/// <summary>What a reader delivers.</summary>
/// <param name="Width">W in pixels.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Crop">The part of the source's picture to show; null for all.</param>
/// <param name="Fit">What becomes of a picture of another aspect.</param>
/// <param name="FirstFrame">The first frame wanted, counted as <see cref="ProbeRow.Frames"/> counts.</param>
/// <param name="Frames">How many; null for all to the end.</param>
public sealed record FrameRequest(int Width, int Height, CropBox? Crop = null, Fit Fit = Fit.Cover, int FirstFrame = 0, int? Frames = null);

/// <summary>Opens sources of every kind.</summary>
public static class FrameReaders
{
    /// <summary>Opens a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="probe">What is known of it; it is readable.</param>
    /// <param name="request">What to deliver.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The source is missing or damaged.</exception>
    public static IFrameReader Open(SourceRow source, ProbeRow probe, FrameRequest request, CancellationToken cancellation = default) => source.Kind switch
    {
        SourceKind.Film => FfmpegReader.Open(source.Path, probe, request, cancellation),
        SourceKind.Animation => new AnimationReader(source, request, cancellation),
        SourceKind.Pictures => new PicturesReader(source, probe, request, cancellation),
        SourceKind.Sheet => new SheetReader(source, request),
        _ => throw new InputException($"{source.SourceId}: kind \"{source.Kind}\" is unknown"),
    };
}
