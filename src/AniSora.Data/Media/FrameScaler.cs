using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>
/// Scales pictures of one size to another and keeps the aspect ratio; what is missing becomes transparent. Shrinking averages with a triangle
/// over the covered area, enlarging is bilinear, both with premultiplied colours so that transparent pixels do not bleed into edges. Not
/// thread-safe: it holds a line of scratch.
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
    /// <param name="cover">True: fill the whole size and cut off what overhangs. False: show everything, centred.</param>
    public FrameScaler(int sourceWidth, int sourceHeight, CropBox? crop, int width, int height, bool cover)
    {
        (_sourceWidth, _sourceHeight, _width, _height) = (sourceWidth, sourceHeight, width, height);
        _crop = crop ?? new CropBox(0, 0, sourceWidth, sourceHeight);
        if (_crop.X < 0 || _crop.Y < 0 || _crop.Width < 1 || _crop.Height < 1 || _crop.X > sourceWidth - _crop.Width || _crop.Y > sourceHeight - _crop.Height)
            throw new ArgumentOutOfRangeException(nameof(crop), crop, $"is not inside {sourceWidth}×{sourceHeight}");
        double sx = (double)width / _crop.Width, sy = (double)height / _crop.Height, scale = cover ? Math.Max(sx, sy) : Math.Min(sx, sy);
        _columns = new Taps(_crop.Width, width, scale);
        _rows = new Taps(_crop.Height, height, scale);
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
            _line.AsSpan().Clear();
            for (int tap = first; tap < end; tap++)
                AddLine(CropLine(source, _rows.Source[tap]), _rows.Weight[tap], _line);
            for (int x = 0; x < _width; x++)
                Mix(_columns.First[x], _columns.First[x + 1], target.Slice(4 * (y * _width + x), 4));
        }
    }

    private ReadOnlySpan<byte> CropLine(ReadOnlySpan<byte> source, int y) => source.Slice(4 * ((_crop.Y + y) * _sourceWidth + _crop.X), 4 * _crop.Width);

    /// <summary>Adds a line of bytes to a line of sums: colours weighted by alpha, and alpha itself.</summary>
    private static void AddLine(ReadOnlySpan<byte> source, float weight, Span<float> line)
    {
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(line);
        nuint i = 0, end = (nuint)source.Length;
        if (Vector256.IsHardwareAccelerated)
        {
            var weights = Vector256.Create(weight);
            var spread = Vector256.Create(3, 3, 3, 3, 7, 7, 7, 7);
            var isAlpha = Vector256.Create(0, 0, 0, -1, 0, 0, 0, -1).AsSingle();
            for (; i + 8 <= end; i += 8)
            {
                var shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, i))).AsByte());
                var pixels = Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts)).AsInt32());
                var alpha = weights * Vector256.Shuffle(pixels, spread);
                var sum = Vector256.LoadUnsafe(ref to, i) + alpha * Vector256.ConditionalSelect(isAlpha, Vector256<float>.One, pixels);
                sum.StoreUnsafe(ref to, i);
            }
        }
        for (; i < end; i += 4)
        {
            float alpha = weight * Unsafe.Add(ref from, i + 3);
            for (nuint channel = 0; channel < 3; channel++)
                Unsafe.Add(ref to, i + channel) += alpha * Unsafe.Add(ref from, i + channel);
            Unsafe.Add(ref to, i + 3) += alpha;
        }
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
        var bytes = Vector128.ConvertToInt32(Vector128.Clamp(Vector128.Round(sum / Vector128.Create(alpha)), Vector128<float>.Zero, Vector128.Create(255f)));
        (pixel[0], pixel[1], pixel[2]) = ((byte)bytes[0], (byte)bytes[1], (byte)bytes[2]);
        pixel[3] = (byte)Math.Clamp(MathF.Round(alpha), 0, 255);
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
