namespace AniSora.Display.Notebook;

/// <summary>A mask as pictures to lay over others: its places tinted, its outline solid.</summary>
internal static class MaskTint
{
    private const byte Inside = 96, Outline = 255;

    /// <summary>The accent of <see cref="Palette"/>, which is readable over light and dark pictures.</summary>
    public static readonly byte[] Color = [0xff, 0x5a, 0x28];

    /// <summary>RGBA frames of a mask uint8 <c>[T, H, W]</c>; every value but 0 is tinted.</summary>
    public static VideoFrames Of(ReadOnlySpan<byte> mask, VideoFrames size)
    {
        (int frames, int height, int width) = (size.Frames, size.Height, size.Width);
        var rgba = new byte[mask.Length * 4];
        for (int t = 0; t < frames; t++)
        {
            var frame = mask.Slice(t * height * width, height * width);
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    int i = y * width + x;
                    if (frame[i] == 0)
                        continue;
                    bool edge = (x > 0 && frame[i - 1] == 0) || (x < width - 1 && frame[i + 1] == 0)
                        || (y > 0 && frame[i - width] == 0) || (y < height - 1 && frame[i + width] == 0);
                    var pixel = rgba.AsSpan((t * height * width + i) * 4, 4);
                    Color.CopyTo(pixel);
                    pixel[3] = edge ? Outline : Inside;
                }
            }
        }
        return new VideoFrames(rgba, frames, height, width);
    }

    /// <summary>One frame with the mask drawn on it, RGB <c>[H, W, 3]</c>.</summary>
    public static byte[] Draw(ReadOnlySpan<byte> frame, int channels, ReadOnlySpan<byte> mask, int height, int width)
    {
        var tint = Of(mask, new VideoFrames(new byte[height * width * 3], 1, height, width)).Pixels;
        var rgb = new byte[height * width * 3];
        for (int i = 0; i < height * width; i++)
        {
            int alpha = tint[i * 4 + 3];
            for (int c = 0; c < 3; c++)
                rgb[i * 3 + c] = (byte)((frame[i * channels + c] * (255 - alpha) + tint[i * 4 + c] * alpha + 127) / 255);
        }
        return rgb;
    }
}
