using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>Where foreground and motion masks come from, for sources without transparency: those with it have exact ones.</summary>
public sealed record MaskConfig
{
    /// <summary>
    /// Frames per second between which motion is looked for: from one frame to the next of a film at 30 a second, much that moves goes less
    /// than the half pixel that counts.
    /// </summary>
    public double Fps { get; init; } = 8;

    /// <summary>
    /// Path of a segmenter's manifest (see <see cref="Models.PictureModelManifest"/>), which then finds the foreground in place of the flow;
    /// empty for none.
    /// </summary>
    public string Segmenter { get; init; } = "";

    /// <summary>The segmenter looks at every so many frames; those between take the nearest one's mask.</summary>
    public int SegmenterStep { get; init; } = 4;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="InputException">A setting is out of range; the message names it.</exception>
    internal void Check()
    {
        if (!(Fps > 0))
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"setting masks.fps is {Fps}; it must be above 0"));
        if (SegmenterStep < 1)
            throw new InputException($"setting masks.segmenter_step is {SegmenterStep}; it must be 1 or more");
    }
}
