namespace AniSora.Kernels.Foreground;

/// <summary>How much a frame differs from its neighbours moved with the camera: what stands on the ground is found again in them, a figure isn't.</summary>
internal static class GroundDifference
{
    /// <summary>Neighbours looked at on each side.</summary>
    private const int Reach = 2;

    /// <summary>Differences that mean nothing: so many times the picture's median, …</summary>
    private const float Noise = 2.5f;

    /// <summary>… and a third of a pixel's error of the camera's fit.</summary>
    private const float Slope = 0.35f;

    /// <summary>The difference of each pixel.</summary>
    /// <returns><c>[H, W]</c>; 1 = as much as noise and the camera's fit explain.</returns>
    public static float[] Of(int frame, int step, FrameAt frames, int channels, IReadOnlyList<CameraMove> cameras)
    {
        var (width, height, count) = (cameras[0].Width, cameras[0].Height, cameras.Count + step);
        float[] least = new float[width * height];
        Array.Fill(least, float.MaxValue);
        // Ground that the figure hides in one neighbour shows in another.
        foreach (int side in (ReadOnlySpan<int>)[step, -step])
        {
            for (int k = 1, other = frame + side; k <= Reach && other >= 0 && other < count; k++, other += side)
                Compare(frames(frame), frames(other), channels, width, height, PlaneMap.Between(cameras, frame, other, step), least);
        }

        for (int i = 0; i < least.Length; i++)
            least[i] = least[i] == float.MaxValue ? 0 : least[i];
        var smooth = Mean3(least, width, height);
        // Every seventh pixel says as much.
        float noise = Math.Max(1, Order.Median([.. smooth.Where((_, i) => i % 7 == 0)]));
        var picture = frames(frame);
        for (int i = 0; i < smooth.Length; i++)
            smooth[i] /= Noise * noise + Slope * Gradient(picture, channels, width, height, i);
        return smooth;
    }

    /// <summary>Takes |first − second| in the mean of the colours, where the second frame shows the place and it is less.</summary>
    private static void Compare(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int channels, int width, int height, PlaneMap map, float[] least)
    {
        if (map == PlaneMap.Stay)
        {
            for (int i = 0, p = 0; i < least.Length; i++, p += channels)
                least[i] = Math.Min(least[i], (Math.Abs(first[p] - second[p]) + Math.Abs(first[p + 1] - second[p + 1]) + Math.Abs(first[p + 2] - second[p + 2])) / 3f);
            return;
        }
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
            {
                var (px, py) = map.At(x, y);
                if (!(px > -1 && py > -1 && px < width && py < height))
                    continue;
                int left = Math.Clamp((int)MathF.Floor(px), 0, Math.Max(0, width - 2)), top = Math.Clamp((int)MathF.Floor(py), 0, Math.Max(0, height - 2));
                float fx = Math.Clamp(px - left, 0, 1), fy = Math.Clamp(py - top, 0, 1), sum = 0;
                int a = channels * (top * width + left), b = a + (left + 1 < width ? channels : 0), down = top + 1 < height ? channels * width : 0;
                for (int c = 0; c < 3; c++)
                {
                    float above = second[a + c] + fx * (second[b + c] - second[a + c]), below = second[a + down + c] + fx * (second[b + down + c] - second[a + down + c]);
                    sum += MathF.Abs(above + fy * (below - above) - first[channels * i + c]);
                }

                least[i] = Math.Min(least[i], sum / 3);
            }
        }
    }

    /// <summary>Grey levels a pixel, in the mean of the colours and both directions.</summary>
    private static float Gradient(ReadOnlySpan<byte> picture, int channels, int width, int height, int i)
    {
        int x = i % width, y = i / width, at = channels * i, sum = 0;
        int left = x > 0 ? channels : 0, right = x + 1 < width ? channels : 0, up = y > 0 ? channels * width : 0, down = y + 1 < height ? channels * width : 0;
        for (int c = at; c < at + 3; c++)
            sum += Math.Abs(picture[c + right] - picture[c - left]) + Math.Abs(picture[c + down] - picture[c - up]);
        return sum / 6f;
    }

    private static float[] Mean3(float[] values, int width, int height)
    {
        float[] rows = new float[values.Length], result = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int x = i % width;
            rows[i] = (values[x > 0 ? i - 1 : i] + values[i] + values[x + 1 < width ? i + 1 : i]) / 3;
        }

        for (int i = 0; i < values.Length; i++)
            result[i] = (rows[i >= width ? i - width : i] + rows[i] + rows[i + width < rows.Length ? i + width : i]) / 3;
        return result;
    }
}
