using System.Text.Json;

namespace AniSora.Data.Pipeline;

/// <summary>What pictures in files of their own hold. Nothing that is wrong with a file throws: the row has the reason.</summary>
public static class PicturesProbe
{
    /// <summary>
    /// Probes a source of kind <see cref="SourceKind.Pictures"/>. Pictures of different sizes are centred on a canvas that holds each.
    /// </summary>
    /// <param name="source">The source.</param>
    public static ProbeRow Probe(SourceRow source) => ProbeRow.Of(source, () =>
    {
        string[] files = Files(source);
        if (files.Length == 0)
            throw new InputException($"{source.Path}: {(CanList(source.Path) is { } problem ? problem : "holds no pictures")}");
        var headers = files.Select(PictureHeader.ReadFile).ToList();
        var (width, height) = (headers.Max(h => h.Width), headers.Max(h => h.Height));
        if ((long)width * height > MediaLimits.Pixels)
            throw new InputException($"{source.Path}: is {width}×{height} pixels, more than the {MediaLimits.Pixels >> 20} megapixels accepted; scale it down");
        if (files.Length < 2)
            throw new InputException($"{files[0]}: is a still picture; an animation has two or more");
        if (source.Fps <= 0)
            throw new InputException($"{source.Path}: pictures have no frame rate of their own, and none is given");
        return new ProbeRow(source.SourceId, true, "", "pictures", string.Join(',', headers.Select(h => h.Format).Distinct()), width, height, files.Length, source.Fps, false, files.Length / source.Fps, headers.Exists(h => h.HasAlpha));
    });

    /// <summary>The full paths of a source's pictures.</summary>
    /// <exception cref="InputException">The list is damaged, leads elsewhere, or is too long.</exception>
    internal static string[] Files(SourceRow source)
    {
        string[] names;
        try
        {
            names = source.Frames.Length == 0 ? [] : JsonSerializer.Deserialize<string[]>(source.Frames) ?? [];
        }
        catch (JsonException e)
        {
            throw new InputException($"{source.SourceId}: its list of pictures is damaged ({e.Message}); plan the data set again", e);
        }
        if (names.Length > MediaLimits.SequencePictures)
            throw new InputException($"{source.Path}: {names.Length} pictures, more than the {MediaLimits.SequencePictures} accepted in a sequence");
        // Tables are data from outside: they must not lead to files elsewhere.
        if (names.FirstOrDefault(n => n is null or "" or "." or ".." || n.Contains('/')) is { } bad)
            throw new InputException($"{source.SourceId}: \"{bad}\" is no plain file name; plan the data set again");
        return [.. names.Select(n => Path.Combine(source.Path, n))];
    }

    private static string? CanList(string folder)
    {
        try
        {
            Directory.EnumerateFileSystemEntries(folder).Any();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the folder cannot be read: {e.Message}";
        }
    }
}
