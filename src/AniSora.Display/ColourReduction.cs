using AniSora.Pictures;

namespace AniSora.Display;

/// <summary>Few colours for many, by median cut (Heckbert 1982): boxes of colours are halved until there are enough, each becomes its mean.</summary>
internal static class ColourReduction
{
    private readonly record struct Colour(byte R, byte G, byte B, int Count)
    {
        public byte this[int axis] => axis == 0 ? R : axis == 1 ? G : B;
    }

    /// <summary>A picture's file as a PNG with fewer colours, where that is smaller; any other is given back as it is.</summary>
    /// <param name="file">A picture; it may be damaged.</param>
    /// <param name="colours">How many at most: 2 … 256.</param>
    public static byte[] Lighter(byte[] file, int colours)
    {
        using var picture = PictureFile.TryOpen(file);
        try
        {
            byte[] lighter = picture is null ? file : Png.Encode(Reduce(picture.Decode(), 4, colours), picture.Width, picture.Height, 4);
            return lighter.Length < file.Length ? lighter : file;
        }
        catch (InvalidDataException)
        {
            return file;
        }
    }

    /// <summary>Pixels with at most so many colours.</summary>
    /// <param name="pixels">uint8 <c>[N, channels]</c>; a fourth channel is kept as it is.</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="colours">2 … 256.</param>
    public static byte[] Reduce(ReadOnlySpan<byte> pixels, int channels, int colours)
    {
        var counts = new Dictionary<int, int>();
        for (int i = 0; i < pixels.Length; i += channels)
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, Key(pixels, i), out _)++;
        if (counts.Count <= colours)
            return pixels.ToArray();
        // Sorted first: the order of a dictionary must not decide between equal boxes.
        var all = counts.OrderBy(c => c.Key).Select(c => new Colour((byte)(c.Key >> 16), (byte)(c.Key >> 8), (byte)c.Key, c.Value)).ToArray();
        var boxes = new List<ArraySegment<Colour>> { all };
        while (boxes.Count < colours && boxes.Where(b => b.Count > 1).MaxBy(Weight) is { Count: > 1 } widest)
        {
            boxes.Remove(widest);
            boxes.AddRange(Halves(widest));
        }
        var means = new Dictionary<int, (byte R, byte G, byte B)>();
        foreach (var box in boxes)
        {
            double n = box.Sum(c => (double)c.Count);
            var mean = (Mean(box, 0, n), Mean(box, 1, n), Mean(box, 2, n));
            foreach (var colour in box)
                means[colour.R << 16 | colour.G << 8 | colour.B] = mean;
        }
        var reduced = pixels.ToArray();
        for (int i = 0; i < pixels.Length; i += channels)
            (reduced[i], reduced[i + 1], reduced[i + 2]) = means[Key(pixels, i)];
        return reduced;
    }

    private static int Key(ReadOnlySpan<byte> pixels, int at) => pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2];

    private static byte Mean(ArraySegment<Colour> box, int axis, double count) => (byte)Math.Round(box.Sum(c => (double)c[axis] * c.Count) / count);

    private static int WidestAxis(ArraySegment<Colour> box) => Enumerable.Range(0, 3).MaxBy(axis => Range(box, axis));

    private static int Range(ArraySegment<Colour> box, int axis) => box.Max(c => c[axis]) - box.Min(c => c[axis]);

    // Where many pixels lie far apart, another colour helps most.
    private static double Weight(ArraySegment<Colour> box) => Math.Pow(Range(box, WidestAxis(box)), 2) * Math.Sqrt(box.Sum(c => (double)c.Count));

    private static ArraySegment<Colour>[] Halves(ArraySegment<Colour> box)
    {
        int axis = WidestAxis(box);
        box.AsSpan().Sort((a, b) => a[axis] - b[axis]);
        double half = box.Sum(c => (double)c.Count) / 2, sum = 0;
        int cut = 0;
        while (cut < box.Count - 1 && (sum += box[cut].Count) < half)
            cut++;
        cut = Math.Clamp(cut, 1, box.Count - 1);
        return [box[..cut], box[cut..]];
    }
}
