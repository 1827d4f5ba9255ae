namespace AniSora.Display.Notebook;

/// <summary>Movement as a coarse grid of arrows: a byte per component is more than one sees.</summary>
internal static class FlowArrows
{
    private const int Cells = 12;

    /// <summary>The layer over a clip.</summary>
    /// <param name="flow">float <c>[T-1, H, W, 2]</c>, in pixels.</param>
    /// <param name="video">The clip.</param>
    public static Html Canvas(float[] flow, VideoFrames video)
    {
        int cell = Math.Max(1, (Math.Max(video.Width, video.Height) + Cells - 1) / Cells);
        int columns = (video.Width + cell - 1) / cell, rows = (video.Height + cell - 1) / cell, steps = video.Frames - 1;
        var means = new float[steps * rows * columns * 2];
        for (int t = 0; t < steps; t++)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                    Mean(flow, video, t, r * cell, c * cell, cell, means.AsSpan(((t * rows + r) * columns + c) * 2, 2));
            }
        }
        float largest = Math.Max(1e-6f, means.Length == 0 ? 0 : means.Max(MathF.Abs));
        var arrows = Array.ConvertAll(means, v => (byte)(sbyte)MathF.Round(v / largest * 127));
        // The longest arrow has its true length if that is between 0.75 and 2 cells; the scale is the same for all frames.
        double scale = Math.Clamp(largest, 0.75 * cell, 2.0 * cell) / video.Width / 127;
        int width = 400, height = (int)Math.Round(400.0 * video.Height / video.Width);
        return Html.Of($"""
            <canvas class="layer flow" width="{width}" height="{height}" data-grid-columns="{columns}" data-grid-rows="{rows}" data-scale="{scale}" data-arrows="{Convert.ToBase64String(arrows)}" aria-hidden="true"></canvas>
            """);
    }

    private static void Mean(float[] flow, VideoFrames video, int t, int top, int left, int cell, Span<float> mean)
    {
        int bottom = Math.Min(video.Height, top + cell), right = Math.Min(video.Width, left + cell);
        (float dx, float dy) = (0, 0);
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                int i = ((t * video.Height + y) * video.Width + x) * 2;
                if (!float.IsFinite(flow[i]) || !float.IsFinite(flow[i + 1]))
                    continue;
                dx += flow[i];
                dy += flow[i + 1];
            }
        }
        int places = (bottom - top) * (right - left);
        (mean[0], mean[1]) = (dx / places, dy / places);
    }
}
