using System.Diagnostics;
using System.Globalization;
using AniSora.Kernels;
using AniSora.Kernels.Gpu;

namespace AniSora.Benchmarks.Kernels;

/// <summary>
/// Kernels beside the machine's own copying. A kernel's bandwidth is what it must read and write, once each, by its best time; copying is memcpy
/// of two arrays of the same size as the pictures, half by each of two threads or its share by each of more. Rounds take all in turn, so that
/// what else runs on the machine meets all alike.
/// </summary>
/// <param name="rounds">How often all rows run.</param>
/// <param name="wanted">Beginnings of rows' names; none = all rows.</param>
internal sealed class KernelTable(int rounds, IReadOnlyList<string> wanted)
{
    private const int Width = 1280, Height = 720, Frames = 33, Channels = 3;
    private const int Pixels = Width * Height * Frames;

    private readonly byte[] _mask = Bytes(1, Pixels), _a = Bytes(2, Pixels * Channels), _b = Bytes(3, Pixels * Channels), _result = new byte[Pixels * Channels];
    private readonly float[] _weights = Floats(4, Pixels / 2), _x = Floats(5, Pixels / 2 * Channels), _y = Floats(6, Pixels / 2 * Channels), _z = new float[Pixels / 2 * Channels];

    /// <summary>A row: what runs, and the bytes that it must read and write.</summary>
    private sealed record Row(string Name, long Bytes, Func<KernelBackend, Array> Run);

    /// <summary>Measures and writes the table.</summary>
    public void Write(TextWriter output)
    {
        using var simd = new SimdKernels();
        using KernelBackend? gpu = KernelChoice.Auto.Open() as GpuKernels;
        output.WriteLine($"{simd.Describe()}\n{gpu?.Describe() ?? "no GPU"}");
        Row[] rows = [.. Rows().Where(row => wanted.Count == 0 || wanted.Any(name => row.Name.StartsWith(name, StringComparison.Ordinal)))];
        foreach (var row in rows)
        {
            Array expected = (Array)row.Run(simd).Clone();
            if (gpu is not null && !Same(expected, (Array)row.Run(gpu)))
                throw new InvalidOperationException($"{row.Name}: the backends' results differ");
        }

        double copy = double.MaxValue;
        var best = rows.Select(_ => (Simd: double.MaxValue, Gpu: double.MaxValue)).ToArray();
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                copy = Math.Min(copy, Seconds(Copy));
                best[i].Simd = Math.Min(best[i].Simd, Seconds(() => rows[i].Run(simd)));
                if (gpu is not null)
                    best[i].Gpu = Math.Min(best[i].Gpu, Seconds(() => rows[i].Run(gpu)));
            }
        }

        double copyRate = 2.0 * _a.Length / copy;
        output.WriteLine("kernel                                    MB    SIMD ms     GB/s  of copying       GPU ms     GB/s  of copying");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"memcpy, all cores",-36}{2 * _a.Length / 1e6,8:0}{1000 * copy,11:0.0}{copyRate / 1e9,9:0.0}{1,12:0%}"));
        foreach (var (row, time) in rows.Zip(best))
            output.WriteLine($"{row.Name,-36}{(row.Bytes / 1e6).ToString("0", CultureInfo.InvariantCulture),8}{Columns(row, time.Simd, copyRate)}  {(gpu is null ? "" : Columns(row, time.Gpu, copyRate))}");
    }

    private IEnumerable<Row> Rows()
    {
        long bytes = _mask.Length + 3L * _a.Length, floats = 4 * (_weights.Length + 3L * _x.Length), twice = 2L * _mask.Length;
        yield return new("blend bytes, [N, 3]", bytes, kernels => Bytes(kernels, PixelLayout.Interleaved));
        yield return new("blend bytes, [3, N]", bytes, kernels => Bytes(kernels, PixelLayout.Planar));
        yield return new("blend floats, [N, 3]", floats, kernels => Floats(kernels, PixelLayout.Interleaved));
        yield return new("blend floats, [3, N]", floats, kernels => Floats(kernels, PixelLayout.Planar));
        yield return new("dilate by 8 pixels", twice, kernels => kernels.Dilate(_mask, Width, Height, 8));
        yield return new("Gaussian feather, sigma 4", twice, kernels => kernels.Feather(_mask, Width, Height, 4));
        yield return new("union over time", _mask.Length, kernels => kernels.Union(_mask, Frames));
        yield return new("pool by 8 x 8 and fold", _mask.Length, kernels => kernels.Fold(_mask, Width, Height, Width / 8, Height / 8));
    }

    private byte[] Bytes(KernelBackend kernels, PixelLayout layout)
    {
        kernels.Blend(_mask, _a, _b, _result, Channels, layout);
        return _result;
    }

    private float[] Floats(KernelBackend kernels, PixelLayout layout)
    {
        kernels.Blend(_weights, _x, _y, _z, Channels, layout);
        return _z;
    }

    private void Copy()
    {
        int pieces = Math.Max(2, Environment.ProcessorCount);
        Parallel.For(0, pieces, i =>
        {
            int from = (int)((long)_a.Length * i / pieces), to = (int)((long)_a.Length * (i + 1) / pieces);
            _a.AsSpan(from, to - from).CopyTo(_result.AsSpan(from));
        });
    }

    private static string Columns(Row row, double seconds, double copyRate) =>
        string.Create(CultureInfo.InvariantCulture, $"{1000 * seconds,11:0.0}{row.Bytes / seconds / 1e9,9:0.0}{row.Bytes / seconds / copyRate,12:0%}");

    private static bool Same(Array a, Array b) =>
        a is byte[] bytes ? bytes.AsSpan().SequenceEqual((byte[])b) : ((float[])a).AsSpan().SequenceEqual((float[])b);

    private static double Seconds(Action run)
    {
        var watch = Stopwatch.StartNew();
        run();
        return watch.Elapsed.TotalSeconds;
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static float[] Floats(int seed, int length)
    {
        var random = new Random(seed);
        var floats = new float[length];
        for (int i = 0; i < floats.Length; i++)
            floats[i] = random.NextSingle();
        return floats;
    }
}
