using AniSora.Kernels.OpenCl;

namespace AniSora.Kernels.Tests;

/// <summary>OpenCL kernels give the bytes that managed ones do, on whatever device there is (PoCL on the CPU), in shared memory and by copies.</summary>
public sealed class KernelBackendTests : IClassFixture<KernelBackendTests.Backends>
{
    private static readonly SimdKernels _simd = new();
    private readonly Backends _backends;

    public KernelBackendTests(Backends backends) => _backends = backends;

    [Theory]
    [MemberData(nameof(Samples.Sizes), MemberType = typeof(Samples))]
    public void MasksAreEqual(int frames, int width, int height)
    {
        int length = frames * width * height;
        byte[] hard = Samples.Mask(width, frames, width, height), noise = Samples.Bytes(height, length), rgb = Samples.Bytes(1, 3 * length), rgba = Samples.Bytes(2, 4 * length);
        foreach (byte[] mask in new[] { hard, noise })
        {
            foreach (int radius in new[] { 0, 1, 6, 33 })
            {
                Agree(kernels => kernels.Dilate(mask, width, height, radius));
                Agree(kernels => kernels.Erode(mask, width, height, radius));
                Agree(kernels => kernels.SoftEdge(mask, width, height, radius));
                Agree(kernels => kernels.Feather(mask, width, height, radius / 3.0));
                Agree(kernels => kernels.Overlay(rgb, mask, width, height, new OverlayStyle(200, 30, 77, 0.3, radius)));
            }

            Agree(kernels => kernels.Overlay(rgba, mask, width, height, new OverlayStyle(1, 2, 3, 1, 2)));
            Agree(kernels => kernels.Union(mask, frames, 100));
            Agree(kernels => kernels.Moving(mask, frames, 100));
            foreach (byte? threshold in new byte?[] { null, 128 })
                Agree(kernels => kernels.Pool(mask, width, height, (width + 7) / 8, (height + 4) / 5, threshold));
            if (frames % 4 == 1)
                Agree(kernels => kernels.Fold(mask, width, height, (width + 7) / 8, (height + 7) / 8));
        }
    }

    [Theory]
    [InlineData(1, PixelLayout.Interleaved)]
    [InlineData(3, PixelLayout.Interleaved)]
    [InlineData(4, PixelLayout.Interleaved)]
    [InlineData(3, PixelLayout.Planar)]
    [InlineData(16, PixelLayout.Planar)]
    public void BlendsAreEqual(int channels, PixelLayout layout)
    {
        foreach (int pixels in new[] { 1, 5, 16, 67, 5003 })
        {
            byte[] m = Samples.Bytes(1, pixels), a = Samples.Bytes(2, pixels * channels), b = Samples.Bytes(3, pixels * channels);
            float[] fm = Samples.Floats(1, pixels), fa = Samples.Floats(2, pixels * channels), fb = Samples.Floats(3, pixels * channels);
            Agree(kernels =>
            {
                var result = new byte[a.Length];
                kernels.Blend(m, a, b, result, channels, layout);
                return result;
            });
            Agree(kernels =>
            {
                var result = new float[a.Length];
                kernels.Blend(fm, fa, fb, result, channels, layout);
                return result;
            });
            Agree(kernels =>
            {
                byte[] inPlace = [.. a];
                kernels.Blend(m, inPlace, b, inPlace, channels, layout);
                return inPlace;
            });
        }
    }

    [Theory]
    [MemberData(nameof(Samples.Sizes), MemberType = typeof(Samples))]
    public void FrameFeaturesAreEqual(int frames, int width, int height)
    {
        foreach (int channels in new[] { 3, 4 })
        {
            // Smooth colours with noise: every hue, and edges strong and weak.
            byte[] a = [.. Samples.Bytes(frames, channels * width * height).Select((v, i) => (byte)(v / 4 + 150 * (i / channels % width) / width + i % channels * 20))];
            byte[] b = Samples.Bytes(width, a.Length);
            Agree(kernels => new[] { kernels.FrameDifference(a, b), kernels.HsvDifference(a, b, channels).Hue, kernels.HsvDifference(a, b, channels).Value });
            Agree(kernels => kernels.ToHsv(a, channels));
            Agree(kernels => kernels.ToHsv(b, channels));
            Agree(kernels =>
            {
                var histogram = new float[FrameFeatures.HistogramBins];
                kernels.HsvHistogram(a, channels, histogram);
                return histogram;
            });
            Agree(kernels => kernels.EdgeMap(a, channels, width, height));
            byte[] first = _simd.EdgeMap(a, channels, width, height), second = _simd.EdgeMap(b, channels, width, height, 600);
            foreach (int radius in new[] { 0, 1, 4 })
                Agree(kernels => new[] { kernels.EdgeChange(first, second, width, height, radius) });
        }
    }

    [Theory]
    [InlineData(4, 5)]
    [InlineData(37, 18)]
    [InlineData(150, 91)]
    public void FlowAgreesButForRounding(int width, int height)
    {
        // A textured ground that pans, and a figure that moves the other way.
        float[] texture = Samples.Floats(1, 400 * 400);
        float[] first = Scene(0, 0), second = Scene(3, 5);
        foreach (var quality in Enum.GetValues<FlowQuality>())
        {
            var expected = _simd.Flow(first, second, width, height, quality);
            foreach (var kernels in _backends.OpenCl)
            {
                var field = kernels.Flow(first, second, width, height, quality);
                double[] apart = [.. Enumerable.Range(0, first.Length).Select(i => Math.Abs(field.U[i] - expected.U[i]) + Math.Abs(field.V[i] - expected.V[i])).Order()];
                Assert.InRange(apart[(int)(0.99 * apart.Length)], 0, 1e-3);
                Assert.InRange(apart.Average(), 0, 0.01);
            }
        }

        float[] Scene(int pan, int step) => [.. Enumerable.Range(0, width * height).Select(i =>
        {
            int x = i % width, y = i / width;
            bool figure = Math.Abs(x - width / 2 + step) < width / 6 && Math.Abs(y - height / 2) < height / 5;
            return figure ? 200 + 20 * Smooth(x + step, y) : 255 * Smooth(x + 100 + pan, y + 50);
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
    public void EmptyMasksStayEmpty() => Agree<byte>(kernels =>
    {
        kernels.Blend(default(ReadOnlySpan<byte>), default, default, default);
        return [.. kernels.Dilate([], 4, 4, 1), .. kernels.Feather([], 4, 4, 1), .. kernels.SoftEdge([], 4, 4, 1), .. kernels.Overlay([], [], 4, 4, default), .. kernels.Union([], 3)];
    });

    [Fact]
    public void ManyThreadsMayCallOneDevice()
    {
        byte[][] masks = [.. Enumerable.Range(0, 8).Select(i => Samples.Mask(i, 1, 90, 70))];
        foreach (var kernels in _backends.OpenCl)
        {
            var results = new byte[masks.Length][];
            Parallel.For(0, masks.Length, i => results[i] = kernels.SoftEdge(kernels.Dilate(masks[i], 90, 70, i), 90, 70, 5));
            for (int i = 0; i < masks.Length; i++)
                Assert.Equal(_simd.SoftEdge(_simd.Dilate(masks[i], 90, 70, i), 90, 70, 5), results[i]);
        }
    }

    [Fact]
    public void BackendsRefuseTheSameMistakes()
    {
        foreach (var kernels in _backends.OpenCl.Prepend<KernelBackend>(_simd))
        {
            Assert.Throws<ArgumentException>(() => kernels.Dilate(new byte[7], 2, 2, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => kernels.Dilate(new byte[4], 2, 2, -1));
            Assert.Throws<ArgumentException>(() => kernels.Blend(new byte[3], new byte[3], new byte[2], new byte[3]));
            Assert.Throws<ArgumentException>(() => kernels.Fold(new byte[8], 2, 2, 1, 1));
            Assert.Throws<ArgumentException>(() => kernels.Union(new byte[7], 2));
        }
    }

    [Fact]
    public void AMissingKernelIsNamedWithItsErrorAndDevice()
    {
        var device = Assert.IsAssignableFrom<IReadOnlyList<OpenClDevice>>(OpenClDevice.List())[0];
        using var session = new OpenClSession(device);
        var error = Assert.Throws<OpenClException>(() => session.Kernel("masks", "nothing"));
        Assert.Contains("kernel nothing of masks.cl", error.Message, StringComparison.Ordinal);
        Assert.Contains("CL_INVALID_KERNEL_NAME (-46)", error.Message, StringComparison.Ordinal);
        Assert.Contains(device.Name, error.Message, StringComparison.Ordinal);
    }

    private void Agree<T>(Func<KernelBackend, T[]> run)
    {
        T[] expected = run(_simd);
        foreach (var kernels in _backends.OpenCl)
            Assert.Equal(expected, run(kernels));
    }

    /// <summary>The first device, once working in the caller's memory and once by copies.</summary>
    public sealed class Backends : IDisposable
    {
        public Backends()
        {
            var device = OpenClDevice.List()?.FirstOrDefault() ?? throw new InvalidOperationException("no OpenCL device: apt-get install pocl-opencl-icd (make setup)");
            OpenCl = [.. new[] { true, false }.Where(share => device.SharesMemory || !share).Select(share => new OpenClKernels(device, share))];
        }

        public IReadOnlyList<OpenClKernels> OpenCl { get; }

        public void Dispose()
        {
            foreach (var kernels in OpenCl)
                kernels.Dispose();
        }
    }
}
