using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels.Flow;

/// <summary>A float picture with a border on every side that continues its edge: patches and interpolation read it without asking where it ends.</summary>
internal sealed class FlowImage
{
    /// <summary>The border's width in pixels: a patch overhangs by up to 6, and may be fetched from 8 pixels further out.</summary>
    public const int Border = 16;

    public FlowImage(int width, int height)
    {
        (Width, Height, Stride) = (width, height, width + 2 * Border);
        Values = new float[Stride * (height + 2 * Border)];
    }

    public int Width { get; }
    public int Height { get; }
    public int Stride { get; }
    public float[] Values { get; }

    /// <summary>Where pixel (x, y) lies in <see cref="Values"/>.</summary>
    public int Index(int x, int y) => (y + Border) * Stride + x + Border;

    /// <summary>The pixels of a row, without borders.</summary>
    public Span<float> Row(int y) => Values.AsSpan(Index(0, y), Width);

    /// <summary>Takes over a picture <c>[H, W]</c>.</summary>
    public void Fill(ReadOnlySpan<float> picture)
    {
        for (int y = 0; y < Height; y++)
            picture.Slice(y * Width, Width).CopyTo(Row(y));
        Extend();
    }

    /// <summary>Takes over a picture <c>[height, width]</c> at half its size, each pixel the mean of four.</summary>
    public void FillHalved(ReadOnlySpan<float> picture, int width, int height)
    {
        for (int y = 0; y < Height; y++)
            Halve(picture.Slice(2 * y * width, width), picture.Slice(Math.Min(2 * y + 1, height - 1) * width, width), Row(y));
        Extend();
    }

    /// <summary>Takes over a picture at half its size.</summary>
    public void FillHalved(FlowImage source)
    {
        for (int y = 0; y < Height; y++)
            Halve(source.Row(2 * y), source.Row(Math.Min(2 * y + 1, source.Height - 1)), Row(y));
        Extend();
    }

    /// <summary>Writes the border.</summary>
    public void Extend()
    {
        for (int y = 0; y < Height; y++)
        {
            var row = Values.AsSpan((y + Border) * Stride, Stride);
            row[..Border].Fill(row[Border]);
            row[(Border + Width)..].Fill(row[Border + Width - 1]);
        }

        for (int y = 0; y < Border; y++)
        {
            Array.Copy(Values, Border * Stride, Values, y * Stride, Stride);
            Array.Copy(Values, (Border + Height - 1) * Stride, Values, (Border + Height + y) * Stride, Stride);
        }
    }

    private static void Halve(ReadOnlySpan<float> above, ReadOnlySpan<float> below, Span<float> half)
    {
        int x = 0, lanes = Vector256<float>.Count;
        ref float a = ref MemoryMarshal.GetReference(above), b = ref MemoryMarshal.GetReference(below), h = ref MemoryMarshal.GetReference(half);
        for (; x <= above.Length / 2 - lanes; x += lanes)
        {
            var left = Vector256.LoadUnsafe(ref a, (nuint)(2 * x)) + Vector256.LoadUnsafe(ref b, (nuint)(2 * x));
            var right = Vector256.LoadUnsafe(ref a, (nuint)(2 * x + lanes)) + Vector256.LoadUnsafe(ref b, (nuint)(2 * x + lanes));
            ((Lanes.Even(left, right) + Lanes.Odd(left, right)) * 0.25f).StoreUnsafe(ref h, (nuint)x);
        }

        for (; x < half.Length; x++)
        {
            int last = Math.Min(2 * x + 1, above.Length - 1);
            half[x] = 0.25f * (above[2 * x] + below[2 * x] + (above[last] + below[last]));
        }
    }
}
