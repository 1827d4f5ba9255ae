using AniSora.Pictures;

namespace AniSora.Data.Pipeline;

/// <summary>What an animated WebP or GIF holds. Nothing that is wrong with a file throws: the row has the reason.</summary>
public static class AnimationProbe
{
    /// <summary>
    /// Probes a source of kind <see cref="SourceKind.Animation"/>. A frame that is broken is counted after the whole ones before it: reading
    /// it tells what is wrong.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <exception cref="InputException">The decoder's library is not installed.</exception>
    public static ProbeRow Probe(SourceRow source)
    {
        WebPDecoder.Require();
        return ProbeRow.Of(source, () =>
        {
            using var file = Open(source.Path);
            var times = new AnimationTimes(file.Durations);
            int frames = times.Frames + (file.Problem is null ? 0 : 1);
            return new ProbeRow(source.SourceId, true, "", file.Format, file.Format, file.Width, file.Height, frames, times.Fps, times.Variable, frames / times.Fps, file.HasAlpha);
        });
    }

    /// <summary>Reads a file and checks what it may cost.</summary>
    /// <returns>With two whole frames or more.</returns>
    /// <exception cref="InputException">It is missing, too large, damaged from the start, or no animation.</exception>
    internal static IAnimation Open(string path)
    {
        byte[] bytes = Media.ReadBytes(path, MediaLimits.ImageBytes);
        IAnimation? file = null;
        try
        {
            file = GifFile.TryOpen(bytes) is { } gif ? new GifAnimation(gif) : new WebPAnimation(bytes);
            long pixels = (long)file.Width * file.Height;
            if (pixels > MediaLimits.CanvasPixels)
                throw new InputException($"{path}: is {file.Width}×{file.Height} pixels, more than the {MediaLimits.CanvasPixels >> 20} megapixels accepted; scale it down");
            if (file.Durations.Count > MediaLimits.AnimationFrames || pixels * file.Durations.Count > MediaLimits.AnimationPixels)
                throw new InputException($"{path}: has {file.Durations.Count} frames of {file.Width}×{file.Height}, more than is accepted; cut it or scale it down");
            if (file.Durations.Count < 2)
                throw new InputException($"{path}: has {(file.Durations.Count == 0 ? "no whole frame" : "one whole frame only")}{(file.Problem is null ? "" : $": {file.Problem}")}; an animation has two or more");
            return file;
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path}: {e.Message}; give an animated WebP or GIF", e);
        }
        catch (InputException)
        {
            file?.Dispose();
            throw;
        }
    }
}
