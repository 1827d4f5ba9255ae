namespace AniSora.Data.Pipeline;

/// <summary>What the rectangles of a large picture hold. Nothing that is wrong with a file throws: the row has the reason.</summary>
public static class SheetProbe
{
    /// <summary>Probes a source of kind <see cref="SourceKind.Sheet"/>.</summary>
    /// <param name="source">The source.</param>
    public static ProbeRow Probe(SourceRow source) => ProbeRow.Of(source, () =>
    {
        var frames = new SheetFrames(source);
        var header = PictureHeader.ReadFile(source.Path);
        if ((long)header.Width * header.Height > MediaLimits.Pixels)
            throw new InputException($"{source.Path}: is {header.Width}×{header.Height} pixels, more than the {MediaLimits.Pixels >> 20} megapixels accepted");
        if (!frames.FitInto(header.Width, header.Height))
            throw new InputException($"{source.Path}: is {header.Width}×{header.Height} pixels, and a frame's rectangle lies outside");
        if (source.Fps <= 0)
            throw new InputException($"{source.Path}: pictures have no frame rate of their own, and none is given");
        // The canvas is transparent around a frame that is smaller.
        return new ProbeRow(source.SourceId, true, "", "sheet", header.Format, frames.Width, frames.Height, frames.Count, source.Fps, false, frames.Count / source.Fps, true);
    });
}
