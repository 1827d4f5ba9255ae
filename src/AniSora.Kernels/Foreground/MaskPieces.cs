namespace AniSora.Kernels.Foreground;

/// <summary>The connected pieces of a mask.</summary>
internal static class MaskPieces
{
    /// <summary>Turns spots and then holes smaller than an area into what is around them.</summary>
    /// <param name="mask"><c>[H, W]</c>, 0 or <see cref="MaskShape.Inside"/>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="area">In pixels.</param>
    public static void Drop(Span<byte> mask, int width, int height, int area)
    {
        foreach (byte value in (ReadOnlySpan<byte>)[MaskShape.Inside, 0])
        {
            foreach (var piece in Of(mask.ToArray(), width, height, value).Where(p => p.Count < area))
                foreach (int i in piece)
                    mask[i] = (byte)(MaskShape.Inside - value);
        }
    }

    /// <summary>The pieces (connected by edges) of one value, as lists of pixels.</summary>
    private static IEnumerable<List<int>> Of(byte[] mask, int width, int height, byte value)
    {
        var seen = new bool[mask.Length];
        for (int start = 0; start < mask.Length; start++)
        {
            if (seen[start] || mask[start] != value)
                continue;
            List<int> piece = [start];
            seen[start] = true;
            for (int next = 0; next < piece.Count; next++)
            {
                int i = piece[next], x = i % width, y = i / width;
                foreach (int other in (ReadOnlySpan<int>)[x > 0 ? i - 1 : i, x + 1 < width ? i + 1 : i, y > 0 ? i - width : i, y + 1 < height ? i + width : i])
                {
                    if (seen[other] || mask[other] != value)
                        continue;
                    seen[other] = true;
                    piece.Add(other);
                }
            }

            yield return piece;
        }
    }
}
