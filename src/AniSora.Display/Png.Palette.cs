namespace AniSora.Display;

/// <content>Pictures of few colours.</content>
public static partial class Png
{
    /// <summary>The colours and, pixel by pixel, which of them it is; null where there are more than 256.</summary>
    /// <returns>RGB of each colour; alphas, none when all are opaque.</returns>
    private static (byte[] Indices, byte[] Colours, byte[] Alphas)? PaletteOf(ReadOnlySpan<byte> pixels, int channels)
    {
        var known = new Dictionary<uint, byte>();
        var indices = new byte[pixels.Length / channels];
        for (int i = 0, at = 0; i < indices.Length; i++, at += channels)
        {
            uint colour = (uint)(pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]) | (uint)(channels == 4 ? pixels[at + 3] : 255) << 24;
            if (!known.TryGetValue(colour, out indices[i]))
            {
                if (known.Count == 256)
                    return null;
                known[colour] = indices[i] = (byte)known.Count;
            }
        }
        uint[] colours = [.. known.OrderBy(k => k.Value).Select(k => k.Key)];
        byte[] alphas = [.. colours.Select(c => (byte)(c >> 24))];
        return (indices, [.. colours.SelectMany(c => new[] { (byte)(c >> 16), (byte)(c >> 8), (byte)c })], alphas.All(a => a == 255) ? [] : alphas);
    }
}
