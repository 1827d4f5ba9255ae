using System.Buffers;
using System.Numerics;

namespace AniSora.Kernels;

public static partial class MaskFeather
{
    /// <summary>The widest ramp, in pixels to each side of the outline.</summary>
    public const int WidestRamp = 126;

    /// <summary>Values from here on are inside.</summary>
    internal const byte InsideFrom = 128;

    /// <summary>
    /// A linear ramp across a hard mask's outline by exact Euclidean distance: half on the outline, 0 and 255 from <paramref name="radius"/>
    /// pixels away on. Corners become round, straight edges stay straight; the mask at half height is the mask itself.
    /// </summary>
    /// <param name="mask"><c>[T, H, W]</c>; T follows from the length. Values from 128 on are inside.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="radius">Half the ramp's width in pixels, 0 (hard) … <see cref="WidestRamp"/>.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns>A new mask <c>[T, H, W]</c>.</returns>
    /// <exception cref="ArgumentException">The mask is not made of whole frames, or the radius is out of range.</exception>
    public static unsafe byte[] SoftEdge(ReadOnlySpan<byte> mask, int width, int height, int radius, int threads = 0)
    {
        int frames = MaskFrames.Count(mask.Length, width, height);
        byte[] ramp = Ramp(radius);
        int band = Math.Max(LeastBand, 4 * radius), bands = (height + band - 1) / band;
        var result = GC.AllocateUninitializedArray<byte>(mask.Length);
        fixed (byte* maskAt = mask, resultAt = result)
        {
            byte* source = maskAt, target = resultAt;
            Cores.For(checked(frames * bands), 2L * mask.Length, threads, i =>
            {
                nint offset = (nint)(i / bands) * width * height;
                int from = i % bands * band;
                new DistanceBand(source + offset, target + offset, width, height, radius, ramp).Run(from, Math.Min(height, from + band));
            });
        }

        return result;
    }

    /// <summary>
    /// The value of an inside pixel by its squared distance d² to the nearest outside pixel's centre, for d² up to (radius + 1)²; an outside
    /// pixel has 255 minus that. The outline runs half way between two pixels.
    /// </summary>
    internal static byte[] Ramp(int radius)
    {
        if (radius is < 0 or > WidestRamp)
            throw new ArgumentOutOfRangeException(nameof(radius), radius, $"a soft edge has 0 … {WidestRamp} pixels to each side");
        var ramp = new byte[(radius + 1) * (radius + 1) + 1];
        for (int i = 0; i < ramp.Length; i++)
            ramp[i] = radius == 0 ? (byte)255 : (byte)Math.Round(255 * Math.Clamp(0.5 + (Math.Sqrt(i) - 0.5) / (2 * radius), 0, 1));
        ramp[^1] = 255;
        return ramp;
    }

    // The distance transform in two passes (Felzenszwalb and Huttenlocher 2012, section 3), bounded: along columns by counting, along rows as
    // the minimum of dx² + column distance² over |dx| ≤ radius, with 16-bit numbers.
    private readonly unsafe struct DistanceBand(byte* mask, byte* result, int width, int height, int radius, byte[] ramp)
    {
        private readonly int _stride = (width + Vector<ushort>.Count - 1) / Vector<ushort>.Count * Vector<ushort>.Count;

        public void Run(int from, int to)
        {
            int line = _stride + 2 * radius;
            byte[] below = ArrayPool<byte>.Shared.Rent((to - from) * width), distance = ArrayPool<byte>.Shared.Rent(width);
            ushort[] within = ArrayPool<ushort>.Shared.Rent(line), without = ArrayPool<ushort>.Shared.Rent(line);
            ushort far = (ushort)((radius + 1) * (radius + 1));
            within.AsSpan(0, line).Fill(far);
            without.AsSpan(0, line).Fill(far);

            distance.AsSpan().Fill((byte)(radius + 1));
            for (int y = Math.Min(height - 1, to + radius); y >= from; y--)
            {
                if (y + 1 < height)
                    Step(y, y + 1, distance);
                if (y < to)
                    distance.AsSpan(0, width).CopyTo(below.AsSpan((y - from) * width));
            }

            distance.AsSpan().Fill((byte)(radius + 1));
            for (int y = Math.Max(0, from - 1 - radius); y < to; y++)
            {
                if (y > 0)
                    Step(y, y - 1, distance);
                if (y >= from)
                    Row(y, distance, below.AsSpan((y - from) * width, width), within, without);
            }

            ArrayPool<byte>.Shared.Return(below);
            ArrayPool<byte>.Shared.Return(distance);
            ArrayPool<ushort>.Shared.Return(within);
            ArrayPool<ushort>.Shared.Return(without);
        }

        /// <summary>From a neighbouring row's distances to the other side, counted away from it, to those of row <paramref name="y"/>.</summary>
        private void Step(int y, int neighbour, Span<byte> distance)
        {
            ReadOnlySpan<byte> here = new(mask + (nint)y * width, width), there = new(mask + (nint)neighbour * width, width);
            int x = 0, most = radius + 1;
            var inside = new Vector<byte>(InsideFrom);
            for (; x <= width - Vector<byte>.Count; x += Vector<byte>.Count)
            {
                var same = Vector.Equals(
                    Vector.GreaterThanOrEqual(new Vector<byte>(here[x..]), inside), Vector.GreaterThanOrEqual(new Vector<byte>(there[x..]), inside));
                var further = Vector.Min(new Vector<byte>(distance[x..]) + Vector<byte>.One, new Vector<byte>((byte)most));
                Vector.ConditionalSelect(same, further, Vector<byte>.One).CopyTo(distance[x..]);
            }

            for (; x < width; x++)
                distance[x] = here[x] >= InsideFrom == there[x] >= InsideFrom ? (byte)Math.Min(distance[x] + 1, most) : (byte)1;
        }

        private void Row(int y, ReadOnlySpan<byte> above, ReadOnlySpan<byte> below, ushort[] within, ushort[] without)
        {
            byte* line = mask + (nint)y * width;
            byte* to = result + (nint)y * width;
            for (int x = 0; x < width; x++)
            {
                int d = Math.Min(above[x], below[x]);
                (within[radius + x], without[radius + x]) = line[x] >= InsideFrom ? ((ushort)(d * d), (ushort)0) : ((ushort)0, (ushort)(d * d));
            }

            Span<ushort> nearest = stackalloc ushort[2 * Vector<ushort>.Count];
            for (int x = 0; x < width; x += Vector<ushort>.Count)
            {
                Nearest(within, x).CopyTo(nearest);
                Nearest(without, x).CopyTo(nearest[Vector<ushort>.Count..]);
                for (int i = x; i < Math.Min(width, x + Vector<ushort>.Count); i++)
                {
                    to[i] = line[i] >= InsideFrom
                        ? ramp[nearest[i - x]]
                        : (byte)(255 - ramp[nearest[Vector<ushort>.Count + i - x]]);
                }
            }
        }

        private Vector<ushort> Nearest(ushort[] squared, int x)
        {
            var nearest = new Vector<ushort>(squared, radius + x);
            for (int dx = 1; dx <= radius; dx++)
            {
                var either = Vector.Min(new Vector<ushort>(squared, radius + x - dx), new Vector<ushort>(squared, radius + x + dx));
                nearest = Vector.Min(nearest, either + new Vector<ushort>((ushort)(dx * dx)));
            }

            return nearest;
        }
    }
}
