using AniSora.Kernels.Flow;
using ILGPU;

namespace AniSora.Kernels.Gpu;

public sealed unsafe partial class GpuKernels
{
    /// <inheritdoc/>
    public override double FrameDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        FrameFeatures.CheckPair(a.Length, b.Length);
        long sum = 0;
        fixed (byte* aAt = a, bAt = b)
        {
            byte* first = aAt, second = bAt;
            Pieces("comparing frames", a.Length, 3, (call, from, count) =>
            {
                var (x, y) = (call.Upload<uint>(new ReadOnlySpan<byte>(first + from, count)), call.Upload<uint>(new ReadOnlySpan<byte>(second + from, count)));
                var sums = call.Scratch<int>((x.Length + FrameKernels.Part - 1) / FrameKernels.Part);
                call.Run(FrameKernels.Difference, sums.IntLength, x, y, sums);
                var parts = new int[sums.Length];
                call.Download(sums, parts.AsSpan());
                sum += parts.Sum(part => (long)part);
            });
        }

        return (double)sum / a.Length;
    }

    /// <inheritdoc/>
    public override FlowField Flow(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height, FlowQuality quality = FlowQuality.Accurate) =>
        Flow(first, second, 0, width, height, quality);

    /// <inheritdoc/>
    public override FlowField Flow(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int channels, int width, int height, FlowQuality quality = FlowQuality.Accurate)
    {
        _ = PixelLanes.Pixels(first, channels);
        return Flow<byte>(first, second, channels, width, height, quality);
    }

    /// <inheritdoc/>
    public override double MeanMotion(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height)
    {
        float[] parts = [];
        OnMotion(first, second, 0, width, height, FlowQuality.Accurate, (call, motion) =>
        {
            ArrayView<float> u = motion.SubView(0, width * height), v = motion.SubView(width * height, width * height);
            var sums = call.Scratch<float>((u.Length + FrameKernels.Part - 1) / FrameKernels.Part);
            call.Run(FrameKernels.Magnitude, sums.IntLength, u, v, sums);
            call.Download(sums, (parts = new float[sums.Length]).AsSpan());
        });
        return parts.Sum(part => (double)part) / (width * height);
    }

    private FlowField Flow<T>(ReadOnlySpan<T> first, ReadOnlySpan<T> second, int channels, int width, int height, FlowQuality quality)
        where T : unmanaged
    {
        float[] u = [], v = [];
        OnMotion(first, second, channels, width, height, quality, (call, motion) =>
        {
            (u, v) = (new float[width * height], new float[width * height]);
            call.Download(motion, u.AsSpan());
            call.Download(motion.SubView(width * height), v.AsSpan());
        });
        return new FlowField(width, height, u, v);
    }

    /// <summary>Estimates flow and takes what is wanted of it.</summary>
    /// <param name="first">Colours <c>[H, W, channels]</c>, or brightness <c>[H, W]</c>.</param>
    /// <param name="second">Of the following frame.</param>
    /// <param name="channels">3 or 4; 0 = brightness.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="quality">How much care to take.</param>
    /// <param name="take">Gets the motion on the device, <c>[2, H, W]</c>.</param>
    private void OnMotion<T>(
        ReadOnlySpan<T> first, ReadOnlySpan<T> second, int channels, int width, int height, FlowQuality quality, Action<GpuCall, ArrayView<float>> take)
        where T : unmanaged
    {
        int each = Math.Max(1, channels), length = first.Length;
        OpticalFlow.Check(first.Length / each, second.Length / each, width, height);
        fixed (T* firstAt = first, secondAt = second)
        {
            T* a = firstAt, b = secondAt;
            Call("optical flow", call => take(call, new GpuFlow(call, width, height, FlowSettings.For(quality)).Estimate(Luma(call, a), Luma(call, b))));
        }

        ArrayView<float> Luma(GpuCall call, T* picture)
        {
            var bytes = new ReadOnlySpan<byte>(picture, length * sizeof(T));
            if (channels == 0)
                return call.Upload<float>(bytes);
            var luma = call.Scratch<float>(width * height);
            call.Run(FrameKernels.Luma, width * height, call.Upload<uint>(bytes), luma, channels);
            return luma;
        }
    }
}
