using AniSora.Pictures;

namespace AniSora.Display.Notebook;

/// <summary>A picture from a plain array. Small ones are enlarged in whole steps, so that their pixels stay sharp.</summary>
public sealed class Picture : IDisplayable
{
    private const int Wanted = 256, MaximumWidth = 900;

    /// <summary>Wraps the pixels, which are not copied.</summary>
    /// <param name="pixels">uint8 <c>[H, W, C]</c>; C = 1 (grey), 3 (RGB) or 4 (RGBA) follows from the length.</param>
    /// <param name="height">H, from 1.</param>
    /// <param name="width">W, from 1.</param>
    /// <exception cref="ArgumentException">The length is not H·W·1, ·3 or ·4.</exception>
    public Picture(byte[] pixels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        long places = (long)height * width;
        if (height < 1 || width < 1 || (pixels.Length != places && pixels.Length != 3 * places && pixels.Length != 4 * places))
            throw new ArgumentException($"{pixels.Length} bytes are not a picture of {height}×{width} pixels with 1, 3 or 4 channels", nameof(pixels));
        (Height, Width) = (height, width);
        Pixels = pixels.Length == places ? [.. pixels.SelectMany(grey => Enumerable.Repeat(grey, 3))] : pixels;
        Channels = (int)(Pixels.Length / places);
    }

    /// <summary>A frame of a clip.</summary>
    /// <param name="video">The clip.</param>
    /// <param name="frame">0 … T-1.</param>
    public Picture(VideoFrames video, int frame = 0)
        : this(video.Frame(frame).ToArray(), video.Height, video.Width)
    {
    }

    /// <summary>uint8 <c>[H, W, C]</c>, C = 3 or 4: grey has become RGB.</summary>
    public byte[] Pixels { get; }

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>C: 3 or 4.</summary>
    public int Channels { get; }

    /// <summary>A line below it.</summary>
    public string? Caption { get; init; }

    /// <summary>Width on the page, in CSS pixels; chosen when null.</summary>
    public int? ShownWidth { get; init; }

    /// <summary>Numbers as a picture: the smallest black, the largest white. NaN becomes black.</summary>
    /// <param name="values">float <c>[H, W]</c>.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="minimum">What becomes black; the smallest value when null.</param>
    /// <param name="maximum">What becomes white; the largest value when null.</param>
    public static Picture Grey(ReadOnlySpan<float> values, int height, int width, float? minimum = null, float? maximum = null)
    {
        float low = minimum ?? float.PositiveInfinity, high = maximum ?? float.NegativeInfinity;
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                continue;
            low = minimum ?? Math.Min(low, value);
            high = maximum ?? Math.Max(high, value);
        }
        float scale = high > low ? 255 / (high - low) : 0;
        var pixels = new byte[values.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = float.IsNaN(values[i]) ? (byte)0 : (byte)Math.Clamp((values[i] - low) * scale + 0.5f, 0, 255);
        return new Picture(pixels, height, width);
    }

    /// <summary>Movement as colours: hue is the direction (right red, down yellow-green, left cyan, up violet), strength the speed.</summary>
    /// <param name="flow">float <c>[H, W, 2]</c>: dx, dy in pixels.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="fastest">The speed of full colour, in pixels; the largest there is when null.</param>
    public static Picture Flow(ReadOnlySpan<float> flow, int height, int width, float? fastest = null)
    {
        if (flow.Length != height * width * 2)
            throw new ArgumentException($"{flow.Length} values are not a flow field of {height}×{width}×2", nameof(flow));
        float full = fastest ?? 0;
        for (int i = 0; fastest is null && i < flow.Length; i += 2)
            full = Math.Max(full, float.IsFinite(flow[i] + flow[i + 1]) ? MathF.Sqrt(flow[i] * flow[i] + flow[i + 1] * flow[i + 1]) : 0);
        var pixels = new byte[height * width * 3];
        for (int i = 0; i < height * width; i++)
        {
            (float dx, float dy) = (flow[2 * i], flow[2 * i + 1]);
            float speed = full > 0 && float.IsFinite(dx + dy) ? Math.Min(1, MathF.Sqrt(dx * dx + dy * dy) / full) : 0;
            float angle = MathF.Atan2(dy, dx);
            for (int c = 0; c < 3; c++)
            {
                // White stands still; each primary leads where it points, a third of a turn apart.
                float pure = 0.5f + 0.5f * MathF.Cos(angle - c * MathF.Tau / 3);
                pixels[3 * i + c] = (byte)(255 * (1 - speed * (1 - pure)) + 0.5f);
            }
        }
        return new Picture(pixels, height, width);
    }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        int shown = ShownWidth ?? (Width >= Wanted ? Math.Min(Width, MaximumWidth) : Width * Math.Max(1, Wanted / Width));
        string text = Caption ?? $"Picture [{Height}, {Width}, {Channels}]";
        return Formatters.TextAndHtml(text, Figure(Png.Encode(Pixels, Width, Height, Channels), shown, shown >= 2 * Width, text, Caption is null ? Html.Empty : Html.Text(Caption)));
    }

    /// <summary>A picture that every viewer shows.</summary>
    internal static Html Figure(byte[] png, int width, bool sharp, string alt, Html caption) => Html.Of($"""
        <figure style="margin:4px 0 8px"><img alt="{alt}" src="data:image/png;base64,{Convert.ToBase64String(png)}" style="width:{width}px;max-width:100%;height:auto;border-radius:4px{(sharp ? ";image-rendering:pixelated" : "")}"><figcaption style="font-size:13px;opacity:.7;margin-top:4px">{caption}</figcaption></figure>
        """);
}
