namespace AniSora.Kernels;

/// <summary>What moves by itself: pixels whose motion is not the camera's.</summary>
public static class MotionMask
{
    /// <summary>Motion besides the camera's that counts, in pixels …</summary>
    private const double LeastMotion = 0.5;

    /// <summary>… and as a share of the camera's, whose fit is never exact.</summary>
    private const double CameraShare = 0.1;

    /// <summary>A piece's outline is where its motion falls below this share of its mean: flow runs over a figure's edge by a few pixels.</summary>
    private const double OutlineShare = 0.6;

    /// <summary>Spots and holes smaller than this share of the picture are filled over.</summary>
    private const double LeastArea = 0.0015;

    /// <summary>The mask of one frame.</summary>
    /// <param name="field">The motion from this frame to a neighbouring one.</param>
    /// <param name="camera">The camera's part of it.</param>
    /// <param name="mask">Receives <c>[H, W]</c>: 255 where something moves, otherwise 0.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Of(FlowField field, CameraMove camera, Span<byte> mask)
    {
        int width = field.Width, height = field.Height;
        if (camera.Width != width || camera.Height != height || mask.Length != width * height)
            throw new ArgumentException($"a field of {width}×{height}, a camera's motion of {camera.Width}×{camera.Height} and a mask of {mask.Length} pixels do not belong together");
        float[] excess = new float[mask.Length];
        var raw = new byte[mask.Length];
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
            {
                var (u, v) = camera.At(x, y);
                excess[i] = (float)Math.Sqrt(Math.Pow(field.U[i] - u, 2) + Math.Pow(field.V[i] - v, 2));
                raw[i] = (byte)(excess[i] > LeastMotion + CameraShare * Math.Sqrt(u * u + v * v) ? MaskShapes.Inside : 0);
            }
        }

        Majority(raw, mask, width, height);
        foreach (var piece in Pieces(mask.ToArray(), width, height, MaskShapes.Inside))
        {
            double outline = OutlineShare * piece.Average(i => excess[i]);
            foreach (int i in piece)
                mask[i] = excess[i] > outline ? MaskShapes.Inside : (byte)0;
        }

        // Area opening and closing.
        int area = Math.Max(4, (int)(LeastArea * mask.Length));
        foreach (byte value in (ReadOnlySpan<byte>)[MaskShapes.Inside, 0])
        {
            foreach (var piece in Pieces(mask.ToArray(), width, height, value).Where(p => p.Count < area))
                foreach (int i in piece)
                    mask[i] = (byte)(MaskShapes.Inside - value);
        }
    }

    /// <summary>Binary median: a pixel follows most of the 3×3 pixels around it (outside, nothing is).</summary>
    private static void Majority(byte[] raw, Span<byte> mask, int width, int height)
    {
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
            {
                int inside = 0, all = 0;
                for (int py = Math.Max(0, y - 1); py <= Math.Min(height - 1, y + 1); py++)
                {
                    for (int px = Math.Max(0, x - 1); px <= Math.Min(width - 1, x + 1); px++, all++)
                        inside += raw[py * width + px] != 0 ? 1 : 0;
                }

                mask[i] = (byte)(2 * inside > all ? MaskShapes.Inside : 0);
            }
        }
    }

    /// <summary>The connected pieces (by edges) of one value, as lists of pixels.</summary>
    private static IEnumerable<List<int>> Pieces(byte[] mask, int width, int height, byte value)
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
