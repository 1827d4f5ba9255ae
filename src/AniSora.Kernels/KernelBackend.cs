namespace AniSora.Kernels;

/// <summary>
/// Where kernels run: all cores' vector units (<see cref="SimdKernels"/>) or an OpenCL device (<see cref="OpenCl.OpenClKernels"/>). Both give the
/// same bytes. Data go in and come out of the caller's memory with every call, so a device of its own memory pays for the way there and back.
/// All methods may be called from any thread; a device runs one call at a time. Made by <see cref="KernelChoice"/>.
/// </summary>
public abstract class KernelBackend : IDisposable
{
    /// <summary>What runs where, in a few words for people: such as "SIMD: 2 cores, AVX-512".</summary>
    public abstract string Describe();

    /// <inheritdoc cref="MaskBlend.Blend(ReadOnlySpan{float}, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float}, int, PixelLayout, int)"/>
    public abstract void Blend(
        ReadOnlySpan<float> mask, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved);

    /// <inheritdoc cref="MaskBlend.Blend(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte}, int, PixelLayout, int)"/>
    public abstract void Blend(
        ReadOnlySpan<byte> mask, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved);

    /// <inheritdoc cref="MaskMorphology.Dilate"/>
    public abstract byte[] Dilate(ReadOnlySpan<byte> mask, int width, int height, int radius);

    /// <inheritdoc cref="MaskMorphology.Erode"/>
    public abstract byte[] Erode(ReadOnlySpan<byte> mask, int width, int height, int radius);

    /// <inheritdoc cref="MaskFeather.Gaussian"/>
    public abstract byte[] Feather(ReadOnlySpan<byte> mask, int width, int height, double sigma);

    /// <inheritdoc cref="MaskFeather.SoftEdge"/>
    public abstract byte[] SoftEdge(ReadOnlySpan<byte> mask, int width, int height, int radius);

    /// <inheritdoc cref="MaskFrames.Union"/>
    public abstract byte[] Union(ReadOnlySpan<byte> masks, int frames, byte threshold = 1);

    /// <inheritdoc cref="MaskFrames.Moving"/>
    public abstract byte[] Moving(ReadOnlySpan<byte> alpha, int frames, byte threshold = 32);

    /// <inheritdoc cref="MaskFold.Pool"/>
    public abstract float[] Pool(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1);

    /// <inheritdoc cref="MaskFold.Fold"/>
    public abstract float[] Fold(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1);

    /// <inheritdoc cref="MaskOverlay.Paint"/>
    public abstract byte[] Overlay(ReadOnlySpan<byte> pictures, ReadOnlySpan<byte> mask, int width, int height, OverlayStyle style);

    /// <inheritdoc cref="FrameFeatures.MeanAbsDifference"/>
    public abstract double FrameDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b);

    /// <inheritdoc cref="FrameFeatures.MeanHsvDifference"/>
    public abstract (double Hue, double Saturation, double Value) HsvDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int channels);

    /// <inheritdoc cref="FrameFeatures.ToHsv" path="/summary"/>
    /// <inheritdoc cref="FrameFeatures.ToHsv" path="/param[@name != 'hsv']"/>
    /// <returns>Three planes <c>[3, N]</c>.</returns>
    public abstract byte[] ToHsv(ReadOnlySpan<byte> pixels, int channels);

    /// <inheritdoc cref="FrameFeatures.HsvHistogram"/>
    public abstract void HsvHistogram(ReadOnlySpan<byte> pixels, int channels, Span<float> histogram);

    /// <inheritdoc cref="FrameFeatures.EdgeMap" path="/summary"/>
    /// <inheritdoc cref="FrameFeatures.EdgeMap" path="/param[@name != 'edges']"/>
    /// <returns><c>[H, W]</c>: 255 on edges, otherwise 0.</returns>
    public abstract byte[] EdgeMap(ReadOnlySpan<byte> pixels, int channels, int width, int height, int threshold = FrameFeatures.EdgeThreshold);

    /// <inheritdoc cref="FrameFeatures.EdgeChangeRatio"/>
    public abstract double EdgeChange(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int width, int height, int radius = FrameFeatures.EdgeRadius);

    /// <inheritdoc cref="OpticalFlow.Estimate(ReadOnlySpan{float}, ReadOnlySpan{float}, int, int, FlowQuality)"/>
    /// <remarks>Backends agree but for rounding: to a thousandth of a pixel in nearly all pixels.</remarks>
    public abstract FlowField Flow(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height, FlowQuality quality = FlowQuality.Accurate);

    /// <inheritdoc cref="OpticalFlow.Estimate(ReadOnlySpan{byte}, ReadOnlySpan{byte}, int, int, int, FlowQuality)"/>
    public FlowField Flow(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int channels, int width, int height, FlowQuality quality = FlowQuality.Accurate)
    {
        float[] before = new float[checked(width * height)], after = new float[before.Length];
        OpticalFlow.Luma(first, channels, before);
        OpticalFlow.Luma(second, channels, after);
        return Flow(before, after, width, height, quality);
    }

    /// <summary>Gives the device back.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the device back, if there is one.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
