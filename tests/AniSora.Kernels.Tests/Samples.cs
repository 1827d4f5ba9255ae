namespace AniSora.Kernels.Tests;

/// <summary>Seeded data for the tests.</summary>
internal static class Samples
{
    /// <summary>Sizes around vectors, tiles and bands, most of them multiples of nothing.</summary>
    public static TheoryData<int, int, int> Sizes => new() { { 1, 1, 1 }, { 1, 7, 3 }, { 2, 33, 17 }, { 5, 64, 48 }, { 1, 301, 259 }, { 3, 530, 70 } };

    public static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static float[] Floats(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())];
    }

    /// <summary>A hard mask of blobs and specks, some at the edge, others in each frame.</summary>
    public static byte[] Mask(int seed, int frames, int width, int height)
    {
        var random = new SplitMix((ulong)seed);
        var mask = new byte[frames * width * height];
        for (int i = 0; i < 6 * frames; i++)
        {
            new BlobShape(random.NextDouble(0, width), random.NextDouble(0, height), random.NextDouble(0.5, 1 + Math.Min(width, height) / 5.0), 0.8, random.NextUInt64())
                .Paint(mask.AsSpan(i / 6 * width * height, width * height), width, height);
        }

        return mask;
    }
}
