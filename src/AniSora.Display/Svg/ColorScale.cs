namespace AniSora.Display.Svg;

/// <summary>The colour scales of heat maps, by plotly.js's names: a few fixed colours and what lies between.</summary>
internal static class ColorScale
{
    private static readonly Dictionary<string, uint[]> s_scales = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Viridis"] = [0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d, 0x2c728e, 0x26828e, 0x21918c, 0x1fa088, 0x28ae80, 0x3fbc73, 0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725],
        ["Greys"] = [0x000000, 0xffffff],
        ["RdBu"] = [0x050aac, 0x6a89f7, 0xbebebe, 0xdcaa84, 0xe6915a, 0xb20a1c],
        ["Hot"] = [0x000000, 0xe60000, 0xffd200, 0xffffff],
    };

    /// <summary>The RGBA colour of a place on a scale; an unknown scale is Viridis.</summary>
    /// <param name="name">The scale.</param>
    /// <param name="at">0 … 1.</param>
    public static byte[] At(string name, double at)
    {
        uint[] colors = s_scales.GetValueOrDefault(name) ?? s_scales["Viridis"];
        double place = Math.Clamp(at, 0, 1) * (colors.Length - 1);
        int below = Math.Min(colors.Length - 2, (int)place);
        byte Mix(int shift) => (byte)Math.Round(((colors[below] >> shift) & 255) + (place - below) * ((double)((colors[below + 1] >> shift) & 255) - ((colors[below] >> shift) & 255)));
        return [Mix(16), Mix(8), Mix(0), 255];
    }
}
