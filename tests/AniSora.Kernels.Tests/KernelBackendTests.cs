using System.Reflection;
using AniSora.Kernels.Gpu;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace AniSora.Kernels.Tests;

/// <summary>The GPU's kernels give the bytes that managed ones do: on PoCL at all sizes, on ILGPU's emulator at small ones.</summary>
public sealed class KernelBackendTests(Backends backends) : IClassFixture<Backends>
{
    private const int SlowFrom = 6000;
    private static readonly SimdKernels _simd = new();

    public static TheoryData<string> Kernels => [.. KernelMethods.Select(method => $"{method.DeclaringType!.Name}.{method.Name}")];

    private static IEnumerable<MethodInfo> KernelMethods => typeof(GpuKernels).Assembly.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(method => method.GetParameters() is [{ } first, ..] && first.ParameterType == typeof(Index1D));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_kernel_compiles_to_PTX(string name)
    {
        using var context = GpuDevice.NewContext(builder => builder.CPU());
        using var ptx = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null!);
        var method = KernelMethods.Single(m => $"{m.DeclaringType!.Name}.{m.Name}" == name);
        string code = ((PTXCompiledKernel)ptx.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(method), default)).PTXAssembly;
        Assert.Contains($".entry Kernel_{method.Name}(", code, StringComparison.Ordinal);
        Assert.Contains("st.", code, StringComparison.Ordinal);
        // Not every device has double precision at speed, and none of the kernels need it.
        Assert.DoesNotContain(".f64", code, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samples.Sizes), MemberType = typeof(Samples))]
    public void Masks_are_equal(int frames, int width, int height)
    {
        int length = frames * width * height;
        byte[] hard = Samples.Mask(width, frames, width, height), noise = Samples.Bytes(height, length);
        foreach (byte[] mask in new[] { hard, noise })
        {
            foreach (int radius in new[] { 0, 1, 2, 6, 33 })
            {
                Agree(length, kernels => kernels.Dilate(mask, width, height, radius));
                Agree(length, kernels => kernels.Erode(mask, width, height, radius));
                Agree(length, kernels => kernels.Feather(mask, width, height, radius / 3.0));
            }

            Agree(length, kernels => kernels.Union(mask, frames, 100));
            Agree(length, kernels => kernels.Moving(mask, frames, 100));
            foreach (byte? threshold in new byte?[] { null, 128 })
                Agree(length, kernels => kernels.Pool(mask, width, height, (width + 7) / 8, (height + 4) / 5, threshold));
            if (frames % 4 == 1)
                Agree(length, kernels => kernels.Fold(mask, width, height, (width + 7) / 8, (height + 7) / 8));
        }
    }

    [Theory]
    [InlineData(1, PixelLayout.Interleaved)]
    [InlineData(3, PixelLayout.Interleaved)]
    [InlineData(4, PixelLayout.Interleaved)]
    [InlineData(3, PixelLayout.Planar)]
    [InlineData(16, PixelLayout.Planar)]
    public void Blends_are_equal(int channels, PixelLayout layout)
    {
        foreach (int pixels in new[] { 1, 5, 16, 67, 5003 })
        {
            byte[] m = Samples.Bytes(1, pixels), a = Samples.Bytes(2, pixels * channels), b = Samples.Bytes(3, pixels * channels);
            float[] fm = Samples.Floats(1, pixels), fa = Samples.Floats(2, pixels * channels), fb = Samples.Floats(3, pixels * channels);
            Agree(pixels, kernels =>
            {
                var result = new byte[a.Length];
                kernels.Blend(m, a, b, result, channels, layout);
                return result;
            });
            Agree(pixels, kernels =>
            {
                var result = new float[a.Length];
                kernels.Blend(fm, fa, fb, result, channels, layout);
                return result;
            });
            Agree(pixels, kernels =>
            {
                byte[] inPlace = [.. a];
                kernels.Blend(m, inPlace, b, inPlace, channels, layout);
                return inPlace;
            });
        }
    }

    [Fact]
    public void Differences_of_frames_are_equal()
    {
        foreach (int length in new[] { 1, 3, 1023, 1024, 1025, 70_001 })
        {
            byte[] a = Samples.Bytes(1, length), b = Samples.Bytes(2, length);
            Agree(length, kernels => new[] { kernels.FrameDifference(a, b) });
        }
    }

    [Theory]
    [InlineData(4, 5)]
    [InlineData(37, 18)]
    [InlineData(150, 91)]
    public void Flow_agrees_but_for_rounding(int width, int height)
    {
        // A textured ground that pans, and a figure that moves the other way.
        float[] texture = Samples.Floats(1, 400 * 400);
        byte[] first = Scene(0, 0), second = Scene(3, 5);
        foreach (var kernels in On(width * height))
        {
            foreach (var quality in Enum.GetValues<FlowQuality>())
            {
                FlowField expected = _simd.Flow(first, second, 3, width, height, quality), field = kernels.Flow(first, second, 3, width, height, quality);
                double[] apart = [.. expected.U.Select((u, i) => Math.Abs(field.U[i] - u) + Math.Abs(field.V[i] - expected.V[i])).Order()];
                Assert.InRange(apart[(int)(0.99 * apart.Length)], 0, 1e-3);
                Assert.InRange(apart.Average(), 0, 0.01);
            }

            float[] before = new float[width * height], after = new float[width * height];
            OpticalFlow.Luma(first, 3, before);
            OpticalFlow.Luma(second, 3, after);
            Assert.Equal(_simd.MeanMotion(before, after, width, height), kernels.MeanMotion(before, after, width, height), 0.01);
        }

        byte[] Scene(int pan, int step) => [.. Enumerable.Range(0, 3 * width * height).Select(k =>
        {
            int x = k / 3 % width, y = k / 3 / width;
            bool figure = Math.Abs(x - width / 2 + step) < width / 6 && Math.Abs(y - height / 2) < height / 5;
            return (byte)(figure ? 200 + (k % 3 + 10) * Smooth(x + step, y) : 255 * Smooth(x + 100 + pan, y + 50));
        })];

        float Smooth(int x, int y)
        {
            float sum = 0;
            for (int k = 0; k < 25; k++)
                sum += texture[(y + k / 5 + 20) * 400 + x + k % 5 + 20];
            return sum / 25;
        }
    }

    [Fact]
    public void What_does_not_fit_goes_through_in_pieces_and_memory_is_given_back()
    {
        const int width = 120, height = 80, frames = 9, limit = 400_000;
        byte[] mask = Samples.Mask(3, frames, width, height), a = Samples.Bytes(1, 3 * mask.Length), b = Samples.Bytes(2, a.Length), expected = new byte[a.Length], blended = new byte[a.Length];
        using var kernels = new GpuKernels(backends.Pocl, limit);
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            _simd.Blend(mask, a, b, expected, 3, layout);
            kernels.Blend(mask, a, b, blended, 3, layout);
            Assert.Equal(expected, blended);
        }

        Assert.Equal(_simd.Feather(mask, width, height, 2), kernels.Feather(mask, width, height, 2));
        Assert.Equal(_simd.Union(mask, frames), kernels.Union(mask, frames));
        Assert.Equal(_simd.FrameDifference(a, b), kernels.FrameDifference(a, b));
        Assert.Equal(_simd.Pool(mask, width, height, 15, 10), kernels.Pool(mask, width, height, 15, 10));
        Assert.InRange(kernels.HeldBytes, 1, limit);
        var error = Assert.Throws<GpuException>(() => kernels.Flow(a.AsSpan(0, 3 * width * height), b.AsSpan(0, 3 * width * height), 3, width, height));
        Assert.Contains("give smaller pictures, or use --kernels simd", error.Message, StringComparison.Ordinal);
        // A refusal leaves it usable.
        Assert.Equal(_simd.Dilate(mask, width, height, 3), kernels.Dilate(mask, width, height, 3));
        kernels.Dispose();
        Assert.Equal(0, kernels.HeldBytes);
    }

    [Fact]
    public void A_large_call_does_not_keep_its_memory_for_small_ones()
    {
        using var kernels = new GpuKernels(backends.Pocl);
        kernels.Dilate(new byte[1 << 24], 4096, 4096, 1);
        Assert.InRange(kernels.HeldBytes, 1 << 25, 1 << 26);
        kernels.Dilate(new byte[100], 10, 10, 1);
        Assert.Equal(0, kernels.HeldBytes);
    }

    [Fact]
    public void Empty_masks_stay_empty() => Agree<byte>(0, kernels =>
    {
        kernels.Blend(default(ReadOnlySpan<byte>), default, default, default);
        return [.. kernels.Dilate([], 4, 4, 1), .. kernels.Feather([], 4, 4, 1), .. kernels.Union([], 3)];
    });

    [Fact]
    public void Many_threads_may_call_one_device()
    {
        byte[][] masks = [.. Enumerable.Range(0, 8).Select(i => Samples.Mask(i, 1, 90, 70))];
        var results = new byte[masks.Length][];
        Parallel.For(0, masks.Length, i => results[i] = backends.Gpus[0].Feather(backends.Gpus[0].Dilate(masks[i], 90, 70, i), 90, 70, 5));
        for (int i = 0; i < masks.Length; i++)
            Assert.Equal(_simd.Feather(_simd.Dilate(masks[i], 90, 70, i), 90, 70, 5), results[i]);
    }

    [Fact]
    public void Backends_refuse_the_same_mistakes()
    {
        foreach (var kernels in backends.Gpus.Prepend<KernelBackend>(_simd))
        {
            Assert.Throws<ArgumentException>(() => kernels.Dilate(new byte[7], 2, 2, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => kernels.Dilate(new byte[4], 2, 2, -1));
            Assert.Throws<ArgumentException>(() => kernels.Blend(new byte[3], new byte[3], new byte[2], new byte[3]));
            Assert.Throws<ArgumentException>(() => kernels.Fold(new byte[8], 2, 2, 1, 1));
            Assert.Throws<ArgumentException>(() => kernels.Union(new byte[7], 2));
            Assert.Throws<ArgumentException>(() => kernels.FrameDifference(new byte[7], new byte[6]));
            Assert.Throws<ArgumentException>(() => kernels.Flow(new byte[60], new byte[60], 3, 5, 5));
        }
    }

    [Fact]
    public void A_device_that_lacks_something_says_what()
    {
        var error = Assert.Throws<GpuException>(() => new GpuKernels(backends.Refused));
        Assert.Contains(backends.Refused.Name, error.Message, StringComparison.Ordinal);
        Assert.Contains("lacks a generic address space (OpenCL 2.0)", error.Message, StringComparison.Ordinal);
    }

    private IEnumerable<GpuKernels> On(int values) => backends.Gpus.Take(values < SlowFrom ? 2 : 1);

    private void Agree<T>(int values, Func<KernelBackend, T[]> run)
    {
        T[] expected = run(_simd);
        foreach (var kernels in On(values))
            Assert.Equal(expected, run(kernels));
    }
}
