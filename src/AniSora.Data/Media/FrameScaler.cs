using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>
/// Scales pictures of one size to another; what is missing becomes transparent. Shrinking averages with a triangle over the covered area,
/// enlarging is bilinear, both with premultiplied colours so that transparent pixels do not bleed into edges. Not thread-safe: it holds a line
/// of scratch.
/// </summary>
/// <remarks>
/// Vectors hold whole pixels, so each channel's sums are made in the order of the taps whatever the vectors' length: results do not depend
/// on the processor.
/// </remarks>
internal sealed class FrameScaler
{
    private readonly int _sourceWidth, _sourceHeight, _width, _height;
    private readonly CropBox _crop;
    private readonly Taps _rows, _columns;
    private readonly float[] _line;

    /// <summary>Plans the scaling.</summary>
    /// <param name="sourceWidth">W of the pictures given.</param>
    /// <param name="sourceHeight">H of the pictures given.</param>
    /// <param name="crop">The part of them to show; null for all.</param>
    /// <param name="width">W of the result.</param>
    /// <param name="height">H of the result.</param>
    /// <param name="fit">What becomes of another aspect.</param>
    public FrameScaler(int sourceWidth, int sourceHeight, CropBox? crop, int width, int height, Fit fit)
    {
        (_sourceWidth, _sourceHeight, _width, _height) = (sourceWidth, sourceHeight, width, height);
        _crop = crop ?? new CropBox(0, 0, sourceWidth, sourceHeight);
        if (_crop.X < 0 || _crop.Y < 0 || _crop.Width < 1 || _crop.Height < 1 || _crop.X > sourceWidth - _crop.Width || _crop.Y > sourceHeight - _crop.Height)
            throw new ArgumentOutOfRangeException(nameof(crop), crop, $"is not inside {sourceWidth}×{sourceHeight}");
        double sx = (double)width / _crop.Width, sy = (double)height / _crop.Height;
        (sx, sy) = fit switch { Fit.Cover => (Math.Max(sx, sy), Math.Max(sx, sy)), Fit.Contain => (Math.Min(sx, sy), Math.Min(sx, sy)), _ => (sx, sy) };
        _columns = new Taps(_crop.Width, width, sx);
        _rows = new Taps(_crop.Height, height, sy);
        _line = new float[4 * _crop.Width];
    }

    /// <summary>Scales a picture.</summary>
    /// <param name="source"><c>[H, W, 4]</c>, straight alpha.</param>
    /// <param name="target">Receives <c>[height, width, 4]</c>, straight alpha; zeros where it is transparent, unless the size does not change.</param>
    public void Scale(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.Length != 4 * _sourceWidth * _sourceHeight || target.Length != 4 * _width * _height)
            throw new ArgumentException($"{_sourceWidth}×{_sourceHeight} to {_width}×{_height} does not fit {source.Length} and {target.Length} bytes");
        if (_crop.Width == _width && _crop.Height == _height)
        {
            for (int y = 0; y < _height; y++)
                CropLine(source, y).CopyTo(target.Slice(4 * y * _width, 4 * _width));
            return;
        }
        target.Clear();
        for (int y = 0; y < _height; y++)
        {
            int first = _rows.First[y], end = _rows.First[y + 1];
            if (first == end)
                continue;
            // One line of the height wanted, then its columns.
            SumLines(source, first, end);
            for (int x = 0; x < _width; x++)
                Mix(_columns.First[x], _columns.First[x + 1], target.Slice(4 * (y * _width + x), 4));
        }
    }

    private ReadOnlySpan<byte> CropLine(ReadOnlySpan<byte> source, int y) => source.Slice(4 * ((_crop.Y + y) * _sourceWidth + _crop.X), 4 * _crop.Width);

    /// <summary>Sums lines of bytes by their weights: colours times alpha, and alpha itself.</summary>
    private void SumLines(ReadOnlySpan<byte> source, int first, int end)
    {
        ref byte from = ref MemoryMarshal.GetReference(CropLine(source, 0));
        ref float to = ref MemoryMarshal.GetArrayDataReference(_line);
        nuint i = 0, bytes = 4 * (nuint)_crop.Width, stride = 4 * (nuint)_sourceWidth;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 16 <= bytes; i += 16)
            {
                var (left, right) = (Vector256<float>.Zero, Vector256<float>.Zero);
                for (int tap = first; tap < end; tap++)
                {
                    ref byte four = ref Unsafe.Add(ref from, stride * (nuint)_rows.Source[tap] + i);
                    var weight = Vector256.Create(_rows.Weight[tap]);
                    left += TwoPixels(ref four, weight);
                    right += TwoPixels(ref Unsafe.Add(ref four, 8), weight);
                }
                left.StoreUnsafe(ref to, i);
                right.StoreUnsafe(ref to, i + 8);
            }
        }
        for (; i < bytes; i += 4)
        {
            Unsafe.Add(ref to, i) = Unsafe.Add(ref to, i + 1) = Unsafe.Add(ref to, i + 2) = Unsafe.Add(ref to, i + 3) = 0;
            for (int tap = first; tap < end; tap++)
            {
                ref byte pixel = ref Unsafe.Add(ref from, stride * (nuint)_rows.Source[tap] + i);
                float alpha = _rows.Weight[tap] * Unsafe.Add(ref pixel, 3);
                for (nuint channel = 0; channel < 3; channel++)
                    Unsafe.Add(ref to, i + channel) += alpha * Unsafe.Add(ref pixel, channel);
                Unsafe.Add(ref to, i + 3) += alpha;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TwoPixels(ref byte from, Vector256<float> weight)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref from)).AsByte();
        var shorts = Vector128.WidenLower(bytes);
        var numbers = Avx2.IsSupported ? Avx2.ConvertToVector256Int32(bytes) : Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts)).AsInt32();
        var pixels = Vector256.ConvertToSingle(numbers);
        var alpha = Vector256.Shuffle(pixels, Vector256.Create(3, 3, 3, 3, 7, 7, 7, 7));
        return weight * alpha * Vector256.ConditionalSelect(Vector256.Create(0, 0, 0, -1, 0, 0, 0, -1).AsSingle(), Vector256<float>.One, pixels);
    }

    private void Mix(int first, int end, Span<byte> pixel)
    {
        ref float line = ref MemoryMarshal.GetArrayDataReference(_line);
        var sum = Vector128<float>.Zero;
        for (int tap = first; tap < end; tap++)
            sum += Vector128.Create(_columns.Weight[tap]) * Vector128.LoadUnsafe(ref line, 4 * (nuint)_columns.Source[tap]);
        float alpha = sum[3];
        if (alpha < 0.5f)
            return;
        // Colours are divided by alpha, and alpha is not.
        var rounded = Vector128.Round((sum / Vector128.Create(alpha)).WithElement(3, alpha));
        var numbers = Vector128.ConvertToInt32(Vector128.Clamp(rounded, Vector128<float>.Zero, Vector128.Create(255f)));
        var shorts = Vector128.Narrow(numbers, numbers);
        BinaryPrimitives.WriteUInt32LittleEndian(pixel, Vector128.Narrow(shorts, shorts).AsUInt32().ToScalar());
    }

    /// <summary>For every target position the source positions under it and their weights: a triangle of at least one source pixel's half width.</summary>
    private sealed class Taps
    {
        public Taps(int source, int target, double scale)
        {
            double offset = 0.5 * (target - source * scale), support = Math.Max(1, 1 / scale);
            var (sources, weights, found) = (new List<int>(), new List<float>(), new List<(int Source, double Weight)>());
            First = new int[target + 1];
            for (int i = 0; i < target; i++)
            {
                double centre = (i + 0.5 - offset) / scale;
                found.Clear();
                if (centre >= 0 && centre <= source)
                {
                    for (int s = (int)Math.Floor(centre - support - 0.5); s <= Math.Ceiling(centre + support); s++)
                    {
                        double weight = 1 - Math.Abs(s + 0.5 - centre) / support;
                        if (weight > 0)
                            found.Add((Math.Clamp(s, 0, source - 1), weight));
                    }
                }
                double sum = found.Sum(t => t.Weight);
                sources.AddRange(found.Select(t => t.Source));
                weights.AddRange(found.Select(t => (float)(t.Weight / sum)));
                First[i + 1] = sources.Count;
            }
            (Source, Weight) = ([.. sources], [.. weights]);
        }

        /// <summary>Per target position the first of its taps; one more at the end.</summary>
        public int[] First { get; }
        /// <summary>Per tap the source position.</summary>
        public int[] Source { get; }
        /// <summary>Per tap the weight.</summary>
        public float[] Weight { get; }
    }
}
