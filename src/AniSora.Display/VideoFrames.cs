namespace AniSora.Display;

/// <summary>A short video in memory, uint8 <c>[T, H, W, C]</c>, C = 3 (RGB) or 4 (RGBA). Immutable by convention: nobody writes to <see cref="Pixels"/> afterwards.</summary>
public sealed class VideoFrames
{
    /// <summary>Wraps the pixels, which are not copied.</summary>
    /// <param name="pixels">uint8 <c>[T, H, W, C]</c>; C follows from the length.</param>
    /// <param name="frames">T, from 1.</param>
    /// <param name="height">H, from 1.</param>
    /// <param name="width">W, from 1.</param>
    /// <exception cref="ArgumentException">The length is not T·H·W·3 or T·H·W·4.</exception>
    public VideoFrames(byte[] pixels, int frames, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        long places = (long)frames * height * width;
        if (frames < 1 || height < 1 || width < 1 || (pixels.Length != 3 * places && pixels.Length != 4 * places))
            throw new ArgumentException($"{pixels.Length} bytes are not a video of {frames}×{height}×{width} pixels with 3 or 4 channels", nameof(pixels));
        (Pixels, Frames, Height, Width) = (pixels, frames, height, width);
        Channels = (int)(pixels.Length / places);
    }

    /// <summary>uint8 <c>[T, H, W, C]</c>.</summary>
    public byte[] Pixels { get; }

    /// <summary>T.</summary>
    public int Frames { get; }

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>C: 3 or 4.</summary>
    public int Channels { get; }

    /// <summary>One frame, uint8 <c>[H, W, C]</c>.</summary>
    /// <param name="index">0 … T-1.</param>
    public ReadOnlySpan<byte> Frame(int index) => Pixels.AsSpan(index * Height * Width * Channels, Height * Width * Channels);

    /// <summary>What a model is shown: the given pixels opaque, the others transparent, so that a page can draw "unknown" in its own way.</summary>
    /// <param name="mask">uint8 <c>[T, H, W]</c>, 0 = to generate, anything else = given (the space-time mask of docs/architecture.md).</param>
    /// <returns>RGBA video of the same size.</returns>
    /// <exception cref="ArgumentException">The mask's length is not T·H·W.</exception>
    public VideoFrames Masked(ReadOnlySpan<byte> mask)
    {
        int places = Frames * Height * Width;
        if (mask.Length != places)
            throw new ArgumentException($"the mask has {mask.Length} values; this video has {Frames}×{Height}×{Width} = {places}", nameof(mask));
        var rgba = new byte[places * 4];
        for (int i = 0; i < places; i++)
        {
            if (mask[i] == 0)
                continue; // colour under transparency stays black: it compresses to nothing
            Pixels.AsSpan(i * Channels, 3).CopyTo(rgba.AsSpan(i * 4));
            rgba[i * 4 + 3] = 255;
        }
        return new VideoFrames(rgba, Frames, Height, Width);
    }

    /// <summary>The same video with few colours, for outputs that have to be light: a palette of 128 takes about a third of the bytes.</summary>
    /// <param name="colours">How many at most, over all frames: 2 … 256.</param>
    public VideoFrames Reduced(int colours = 128)
    {
        if (colours is < 2 or > 256)
            throw new ArgumentOutOfRangeException(nameof(colours), colours, "use 2 to 256 colours");
        return new VideoFrames(ColourReduction.Reduce(Pixels, Channels, colours), Frames, Height, Width);
    }
}
