using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AniSora.Kernels;

/// <summary>Kernels in managed code, on the vector units of all cores.</summary>
/// <param name="threads">Threads at most; 0 = one on every core.</param>
public sealed class SimdKernels(int threads = 0) : KernelBackend
{
    /// <inheritdoc/>
    public override string Describe()
    {
        int cores = threads == 0 ? Environment.ProcessorCount : threads;
        return $"SIMD: {cores} {(cores == 1 ? "thread" : "threads")}, {8 * Vector<byte>.Count}-bit vectors{(Avx2.IsSupported ? " (AVX2)" : Vector128.IsHardwareAccelerated ? "" : " in software")}";
    }

    /// <inheritdoc/>
    public override void Blend(
        ReadOnlySpan<float> mask, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved) =>
        MaskBlend.Blend(mask, a, b, destination, channels, layout, threads);

    /// <inheritdoc/>
    public override void Blend(
        ReadOnlySpan<byte> mask, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved) =>
        MaskBlend.Blend(mask, a, b, destination, channels, layout, threads);

    /// <inheritdoc/>
    public override byte[] Dilate(ReadOnlySpan<byte> mask, int width, int height, int radius) => MaskMorphology.Dilate(mask, width, height, radius, threads);

    /// <inheritdoc/>
    public override byte[] Erode(ReadOnlySpan<byte> mask, int width, int height, int radius) => MaskMorphology.Erode(mask, width, height, radius, threads);

    /// <inheritdoc/>
    public override byte[] Feather(ReadOnlySpan<byte> mask, int width, int height, double sigma) => MaskFeather.Gaussian(mask, width, height, sigma, threads);

    /// <inheritdoc/>
    public override byte[] Union(ReadOnlySpan<byte> masks, int frames, byte threshold = 1) => MaskFrames.Union(masks, frames, threshold, threads);

    /// <inheritdoc/>
    public override byte[] Moving(ReadOnlySpan<byte> alpha, int frames, byte threshold = 32) => MaskFrames.Moving(alpha, frames, threshold, threads);

    /// <inheritdoc/>
    public override float[] Pool(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1) =>
        MaskFold.Pool(mask, width, height, cellsAcross, cellsDown, threshold, threads);

    /// <inheritdoc/>
    public override float[] Fold(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1) =>
        MaskFold.Fold(mask, width, height, cellsAcross, cellsDown, threshold, threads);

    /// <inheritdoc/>
    public override double FrameDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => FrameFeatures.MeanAbsDifference(a, b);

    /// <inheritdoc/>
    public override FlowField Flow(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height, FlowQuality quality = FlowQuality.Accurate) =>
        OpticalFlow.Estimate(first, second, width, height, quality);
}
