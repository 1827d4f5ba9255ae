using System.Numerics;

namespace AniSora.Kernels;

/// <summary>A float picture <c>[H, W]</c> with the few filters that optical flow needs. Outside its edge it continues with the edge's value.</summary>
internal sealed class Plane(float[] values, int width, int height)
{
    public Plane(int width, int height) : this(new float[width * height], width, height)
    {
    }

    public float[] Values { get; } = values;
    public int Width { get; } = width;
    public int Height { get; } = height;

    /// <summary>Half the size: a (1 2 1)/4 blur in both directions, then every second pixel.</summary>
    public Plane Halved()
    {
        var blurred = new Plane((float[])Values.Clone(), Width, Height);
        blurred.Smooth(new Plane(Width, Height));
        var half = new Plane((Width + 1) / 2, (Height + 1) / 2);
        for (int y = 0; y < half.Height; y++)
        {
            for (int x = 0; x < half.Width; x++)
                half.Values[y * half.Width + x] = blurred.Values[2 * y * Width + 2 * x];
        }

        return half;
    }

    /// <summary>Bilinear enlargement that undoes <see cref="Halved"/>'s sampling positions (pixel x came from 2x), times a factor.</summary>
    public Plane Enlarged(int width, int height, float factor)
    {
        var result = new Plane(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                result.Values[y * width + x] = factor * Sample(0.5f * x, 0.5f * y);
        }

        return result;
    }

    /// <summary>The picture as seen through a motion field: destination(x, y) = this(x + u, y + v).</summary>
    public void WarpInto(Plane u, Plane v, Plane destination)
    {
        for (int y = 0, i = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, i++)
                destination.Values[i] = Sample(x + u.Values[i], y + v.Values[i]);
        }
    }

    /// <summary>In place: the binomial filter (1 2 1)/4 along rows and down columns.</summary>
    public void Smooth(Plane scratch)
    {
        int w = Width;
        for (int y = 0; y < Height; y++)
        {
            var row = Values.AsSpan(y * w, w);
            var to = scratch.Values.AsSpan(y * w, w);
            to[0] = 0.75f * row[0] + 0.25f * row[1];
            to[w - 1] = 0.75f * row[w - 1] + 0.25f * row[w - 2];
            int x = 1;
            for (; x <= w - 1 - Vector<float>.Count; x += Vector<float>.Count)
                (0.25f * (new Vector<float>(row[(x - 1)..]) + new Vector<float>(row[(x + 1)..])) + 0.5f * new Vector<float>(row[x..])).CopyTo(to[x..]);
            for (; x < w - 1; x++)
                to[x] = 0.25f * (row[x - 1] + row[x + 1]) + 0.5f * row[x];
        }

        for (int y = 0; y < Height; y++)
        {
            var up = scratch.Values.AsSpan(Math.Max(0, y - 1) * w, w);
            var middle = scratch.Values.AsSpan(y * w, w);
            var down = scratch.Values.AsSpan(Math.Min(Height - 1, y + 1) * w, w);
            var to = Values.AsSpan(y * w, w);
            int x = 0;
            for (; x <= w - Vector<float>.Count; x += Vector<float>.Count)
                (0.25f * (new Vector<float>(up[x..]) + new Vector<float>(down[x..])) + 0.5f * new Vector<float>(middle[x..])).CopyTo(to[x..]);
            for (; x < w; x++)
                to[x] = 0.25f * (up[x] + down[x]) + 0.5f * middle[x];
        }
    }

    /// <summary>In place: the mean over a square window, cut off (not extended) at the edge.</summary>
    public void BoxMean(int radius, Plane scratch)
    {
        int w = Width, h = Height;
        for (int y = 0; y < h; y++)
        {
            var row = Values.AsSpan(y * w, w);
            var to = scratch.Values.AsSpan(y * w, w);
            float sum = 0;
            for (int x = 0; x < Math.Min(radius, w); x++)
                sum += row[x];
            for (int x = 0; x < w; x++)
            {
                if (x + radius < w)
                    sum += row[x + radius];
                if (x - radius - 1 >= 0)
                    sum -= row[x - radius - 1];
                to[x] = sum / (Math.Min(w - 1, x + radius) - Math.Max(0, x - radius) + 1);
            }
        }

        for (int y = 0; y < h; y++)
        {
            int from = Math.Max(0, y - radius), to = Math.Min(h - 1, y + radius);
            var line = Values.AsSpan(y * w, w);
            var share = new Vector<float>(1f / (to - from + 1));
            int x = 0;
            for (; x <= w - Vector<float>.Count; x += Vector<float>.Count)
            {
                var sum = Vector<float>.Zero;
                for (int other = from; other <= to; other++)
                    sum += new Vector<float>(scratch.Values, other * w + x);
                (sum * share).CopyTo(line[x..]);
            }

            for (; x < w; x++)
            {
                float sum = 0;
                for (int other = from; other <= to; other++)
                    sum += scratch.Values[other * w + x];
                line[x] = sum / (to - from + 1);
            }
        }
    }

    private float Sample(float x, float y)
    {
        x = Math.Clamp(x, 0, Width - 1);
        y = Math.Clamp(y, 0, Height - 1);
        int x0 = Math.Min((int)x, Width - 2), y0 = Math.Min((int)y, Height - 2), i = y0 * Width + x0;
        float fx = x - x0, fy = y - y0;
        float top = Values[i] + fx * (Values[i + 1] - Values[i]);
        float bottom = Values[i + Width] + fx * (Values[i + Width + 1] - Values[i + Width]);
        return top + fy * (bottom - top);
    }
}
