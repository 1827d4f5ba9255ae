namespace AniSora.Kernels;

/// <summary>
/// Where kernels run: all cores' vector units (<see cref="SimdKernels"/>) or a GPU (<see cref="Gpu.GpuKernels"/>). Both give the same bytes, and
/// floats but for rounding. Data go in and come out of the caller's memory with every call, so a device of its own memory pays for the way there and back.
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

    /// <inheritdoc cref="MaskFrames.Union"/>
    public abstract byte[] Union(ReadOnlySpan<byte> masks, int frames, byte threshold = 1);

    /// <inheritdoc cref="MaskFrames.Moving"/>
    public abstract byte[] Moving(ReadOnlySpan<byte> alpha, int frames, byte threshold = 32);

    /// <inheritdoc cref="MaskFold.Pool"/>
    public abstract float[] Pool(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1);

    /// <inheritdoc cref="MaskFold.Fold"/>
    public abstract float[] Fold(ReadOnlySpan<byte> mask, int width, int height, int cellsAcross, int cellsDown, byte? threshold = 1);

    /// <inheritdoc cref="FrameFeatures.MeanAbsDifference"/>
    public abstract double FrameDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b);

    /// <inheritdoc cref="OpticalFlow.Estimate(ReadOnlySpan{float}, ReadOnlySpan{float}, int, int, FlowQuality)"/>
    /// <remarks>Backends agree but for rounding: to a thousandth of a pixel in nearly all pixels.</remarks>
    public abstract FlowField Flow(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height, FlowQuality quality = FlowQuality.Accurate);

    /// <inheritdoc cref="OpticalFlow.Estimate(ReadOnlySpan{byte}, ReadOnlySpan{byte}, int, int, int, FlowQuality)"/>
    public virtual FlowField Flow(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int channels, int width, int height, FlowQuality quality = FlowQuality.Accurate)
    {
        float[] before = new float[checked(width * height)], after = new float[before.Length];
        OpticalFlow.Luma(first, channels, before);
        OpticalFlow.Luma(second, channels, after);
        return Flow(before, after, width, height, quality);
    }

    /// <summary>How far pixels move in the mean (<see cref="FlowField.MeanMagnitude"/>), without the field if it lies on a device.</summary>
    /// <inheritdoc cref="OpticalFlow.Estimate(ReadOnlySpan{float}, ReadOnlySpan{float}, int, int, FlowQuality)" path="/param[@name != 'quality']"/>
    /// <returns>Pixels.</returns>
    public virtual double MeanMotion(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height) => Flow(first, second, width, height).MeanMagnitude();

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
