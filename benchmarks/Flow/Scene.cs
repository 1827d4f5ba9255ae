namespace AniSora.Benchmarks.Flow;

/// <summary>A picture to make frames from.</summary>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
/// <param name="Rgba"><c>[H, W, 4]</c>.</param>
internal sealed record Texture(int Width, int Height, byte[] Rgba)
{
    /// <summary>Bilinear with colours premultiplied by alpha; outside, the edge goes on (<paramref name="cut"/>: nothing is there).</summary>
    public void Sample(double x, double y, bool cut, Span<double> rgba)
    {
        rgba.Clear();
        if (cut && (x < -1 || y < -1 || x > Width || y > Height))
            return;
        int x0 = (int)Math.Floor(x), y0 = (int)Math.Floor(y);
        for (int k = 0; k < 4; k++)
        {
            int px = x0 + (k & 1), py = y0 + (k >> 1);
            double weight = ((k & 1) == 1 ? x - x0 : 1 - x + x0) * ((k >> 1) == 1 ? y - y0 : 1 - y + y0);
            if (cut && (px < 0 || py < 0 || px >= Width || py >= Height))
                continue;
            int p = 4 * (Math.Clamp(py, 0, Height - 1) * Width + Math.Clamp(px, 0, Width - 1));
            double alpha = cut ? weight * Rgba[p + 3] / 255.0 : weight;
            for (int c = 0; c < 3; c++)
                rgba[c] += alpha * Rgba[p + c];
            rgba[3] += alpha;
        }
    }
}

/// <summary>Something in a scene: its texture, where the frame's pixels lie in it (first frame), and its motion to the second frame.</summary>
/// <param name="Texture">The picture.</param>
/// <param name="Scale">Texture pixels per frame pixel.</param>
/// <param name="OffsetX">The texture's x at the frame's x = 0.</param>
/// <param name="OffsetY">The texture's y at the frame's y = 0.</param>
/// <param name="Motion">In frame pixels.</param>
internal sealed record Layer(Texture Texture, double Scale, double OffsetX, double OffsetY, KnownMotion Motion);

/// <summary>Two frames and the motion between them, exact by construction.</summary>
/// <param name="Kind">Of motion; "layers" where figures move before a background.</param>
/// <param name="Footage">Where the pictures came from.</param>
/// <param name="Reach">Largest displacement asked for, in pixels.</param>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
/// <param name="First">RGB <c>[H, W, 3]</c>.</param>
/// <param name="Second">RGB <c>[H, W, 3]</c>.</param>
/// <param name="U">True motion to the right, <c>[H, W]</c>.</param>
/// <param name="V">True motion downwards, <c>[H, W]</c>.</param>
/// <param name="Counted"><c>[H, W]</c>: false where the point is hidden or outside in the second frame, or two layers mix in one pixel.</param>
internal sealed record FlowPair(string Kind, string Footage, double Reach, int Width, int Height, byte[] First, byte[] Second, float[] U, float[] V, bool[] Counted)
{
    private const int Samples = 2;
    private const double NoiseDeviation = 1;

    /// <summary>Renders both frames with 2×2 samples a pixel and their own noise (one grey level): neither is a copy of the source.</summary>
    public static FlowPair Render(string kind, string footage, double reach, int width, int height, IReadOnlyList<Layer> layers, Random random)
    {
        var (first, owner, mixed) = Frame(layers, width, height, moved: false, random);
        var (second, ownerAfter, _) = Frame(layers, width, height, moved: true, random);
        float[] u = new float[width * height], v = new float[width * height];
        var counted = new bool[width * height];
        for (int i = 0; i < counted.Length; i++)
        {
            int x = i % width, y = i / width;
            var (tx, ty) = layers[owner[i]].Motion.To(x, y);
            (u[i], v[i]) = ((float)(tx - x), (float)(ty - y));
            int ax = (int)Math.Round(tx), ay = (int)Math.Round(ty);
            counted[i] = !mixed[i] && ax >= 0 && ay >= 0 && ax < width && ay < height && ownerAfter[ay * width + ax] == owner[i];
        }

        return new(kind, footage, reach, width, height, first, second, u, v, counted);
    }

    /// <summary>The mean distance between a field and the truth over the counted pixels, in pixels.</summary>
    public double EndPointError(ReadOnlySpan<float> u, ReadOnlySpan<float> v)
    {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < Counted.Length; i++)
        {
            if (!Counted[i])
                continue;
            sum += Math.Sqrt(Math.Pow(u[i] - U[i], 2) + Math.Pow(v[i] - V[i], 2));
            count++;
        }

        return sum / count;
    }

    private static (byte[] Rgb, int[] Owner, bool[] Mixed) Frame(IReadOnlyList<Layer> layers, int width, int height, bool moved, Random random)
    {
        var rgb = new byte[3 * width * height];
        var owner = new int[width * height];
        var mixed = new bool[width * height];
        Span<double> sample = stackalloc double[4], colour = stackalloc double[3], cover = stackalloc double[8];
        for (int i = 0; i < width * height; i++)
        {
            colour.Clear();
            cover.Clear();
            for (int s = 0; s < Samples * Samples; s++)
            {
                double px = i % width + (s % Samples + 0.5) / Samples - 0.5, py = i / width + (s / Samples + 0.5) / Samples - 0.5, open = 1;
                for (int l = layers.Count - 1; l >= 0; l--)
                {
                    var layer = layers[l];
                    var (x, y) = moved ? layer.Motion.From(px, py) : (px, py);
                    layer.Texture.Sample(layer.OffsetX + layer.Scale * x, layer.OffsetY + layer.Scale * y, cut: l > 0, sample);
                    for (int c = 0; c < 3; c++)
                        colour[c] += open * sample[c] / (Samples * Samples);
                    cover[l] += open * sample[3] / (Samples * Samples);
                    open *= 1 - sample[3];
                }
            }

            for (int l = 1; l < layers.Count; l++)
                owner[i] = cover[l] > cover[owner[i]] ? l : owner[i];
            mixed[i] = cover[owner[i]] < 0.9;
            for (int c = 0; c < 3; c++)
            {
                double noise = NoiseDeviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                rgb[3 * i + c] = (byte)Math.Clamp(Math.Round(colour[c] + noise), 0, 255);
            }
        }

        return (rgb, owner, mixed);
    }
}
