using AniSora.Kernels.Foreground;

namespace AniSora.Kernels;

/// <summary>A frame of a film.</summary>
/// <param name="frame">Its number.</param>
/// <returns><c>[H, W, channels]</c>.</returns>
public delegate ReadOnlySpan<byte> FrameAt(int frame);

/// <summary>
/// What moves by itself. Flow says roughly where: it runs over a figure's edge by pixels, and further over a plain ground. Frames before and
/// after, moved with the camera, say which pixels they explain; colours learnt from what is certain decide what neither can; and neighbours of
/// one colour belong together.
/// </summary>
public static class MotionMask
{
    /// <summary>Motion besides the camera's that counts, in pixels …</summary>
    private const double LeastMotion = 0.5;

    /// <summary>… and as a share of the camera's, whose fit is never exact.</summary>
    private const double CameraShare = 0.1;

    /// <summary>How often colours are learnt again from the mask that they led to.</summary>
    private const int Rounds = 2;

    /// <summary>Say of the colours.</summary>
    private const float ColourSay = 0.9f;

    /// <summary>What is uncertain is ground rather than figure: there is more of it.</summary>
    private const float Uncertain = -0.1f;

    /// <summary>Colours alone don't make a figure of what neither moves nor differs.</summary>
    private const float Ground = -0.3f;

    /// <summary>Spots and holes smaller than this share of the picture are filled over.</summary>
    private const double LeastArea = 0.0015;

    /// <summary>Where flow is not the camera's.</summary>
    /// <param name="field">The motion from a frame to a neighbouring one.</param>
    /// <param name="camera">The camera's part of it.</param>
    /// <param name="moving">Receives <c>[H, W]</c>: 255 where something moves, otherwise 0.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Moving(FlowField field, CameraMove camera, Span<byte> moving)
    {
        int width = field.Width, height = field.Height;
        if (camera.Width != width || camera.Height != height || moving.Length != width * height)
            throw new ArgumentException($"a field of {width}×{height}, a camera's motion of {camera.Width}×{camera.Height} and a mask of {moving.Length} pixels do not belong together");
        for (int i = 0; i < moving.Length; i++)
        {
            var (u, v) = camera.At(i % width, i / width);
            double du = field.U[i] - u, dv = field.V[i] - v;
            moving[i] = (byte)(Math.Sqrt(du * du + dv * dv) > LeastMotion + CameraShare * Math.Sqrt(u * u + v * v) ? MaskShape.Inside : 0);
        }
    }

    /// <summary>The mask of one frame of a film.</summary>
    /// <param name="frame">Its number.</param>
    /// <param name="step">Frames between those that are compared, 1 or more.</param>
    /// <param name="frames">The film.</param>
    /// <param name="channels">3 or 4 (a fourth is ignored).</param>
    /// <param name="cameras">The camera's motion from each frame to the one a step later, of as many as have one.</param>
    /// <param name="moving"><see cref="Moving"/> of this frame, <c>[H, W]</c>.</param>
    /// <param name="mask">Receives <c>[H, W]</c>: 255 where something moves by itself, otherwise 0. May be <paramref name="moving"/>.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Of(int frame, int step, FrameAt frames, int channels, IReadOnlyList<CameraMove> cameras, ReadOnlySpan<byte> moving, Span<byte> mask)
    {
        var (width, height) = (cameras[0].Width, cameras[0].Height);
        var picture = frames(frame);
        if (picture.Length != (long)width * height * channels || moving.Length != width * height || mask.Length != moving.Length)
            throw new ArgumentException($"a frame of {picture.Length} bytes and masks of {moving.Length} and {mask.Length} pixels are not of {width}×{height}");
        float[] differs = GroundDifference.Of(frame, step, frames, channels, cameras), evidence = new float[moving.Length];
        var labels = new sbyte[moving.Length];
        for (int i = 0; i < evidence.Length; i++)
        {
            bool moves = moving[i] != 0, differ = differs[i] > 1;
            (evidence[i], labels[i]) = (moves, differ) switch
            {
                (true, true) => (Math.Min(2, differs[i]), (sbyte)1),
                (false, false) => (-1, (sbyte)-1),
                // Flow that runs over the edge, the inside of a plain figure, or ground that the figure hides before or after.
                _ => (Uncertain, (sbyte)0),
            };
        }

        mask.Clear();
        if (!labels.Contains((sbyte)1))
            return;
        var field = new LabelField(picture, channels, width, height);
        var odds = new float[moving.Length];
        for (int round = 0; round <= Rounds; round++)
        {
            ColourOdds.Of(picture, channels, width, height, labels, odds);
            for (int i = 0; i < odds.Length; i++)
            {
                odds[i] = evidence[i] + ColourSay * odds[i];
                if (evidence[i] == -1)
                    odds[i] = Math.Min(odds[i], Ground);
            }

            field.Settle(odds, labels);
        }

        for (int i = 0; i < mask.Length; i++)
            mask[i] = labels[i] > 0 ? MaskShape.Inside : (byte)0;
        // Area opening and closing.
        MaskPieces.Drop(mask, width, height, Math.Max(4, (int)(LeastArea * mask.Length)));
    }
}
