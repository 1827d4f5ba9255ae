namespace AniSora.Kernels.OpenCl;

public sealed unsafe partial class OpenClKernels
{
    /// <inheritdoc/>
    public override void Blend(
        ReadOnlySpan<float> mask, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved) =>
        Blend(mask, a, b, destination, channels, layout, "floats", valuesPerItem: 4);

    /// <inheritdoc/>
    public override void Blend(
        ReadOnlySpan<byte> mask, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> destination, int channels = 1,
        PixelLayout layout = PixelLayout.Interleaved) =>
        Blend(mask, a, b, destination, channels, layout, "bytes", valuesPerItem: 16);

    private void Blend<T>(
        ReadOnlySpan<T> mask, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> destination, int channels, PixelLayout layout, string numbers, int valuesPerItem)
        where T : unmanaged
    {
        MaskBlend.Check(mask.Length, a.Length, b.Length, destination.Length, channels, layout);
        if (mask.IsEmpty)
            return;
        ReadOnlySpan<T> written = destination;
        if (written.Overlaps(mask) || written.Overlaps(a) || written.Overlaps(b))
        {
            // Two buffers over the same memory are undefined in OpenCL.
            var result = new T[destination.Length];
            Blend(mask, a, b, result, channels, layout, numbers, valuesPerItem);
            result.CopyTo(destination);
            return;
        }

        fixed (T* maskAt = mask, aAt = a, bAt = b, to = destination)
        {
            using var call = Begin();
            var (m, x, y, result) = (call.Input(maskAt, mask.Length), call.Input(aAt, a.Length), call.Input(bAt, b.Length), call.Output(to, destination.Length));
            long items = (mask.Length + valuesPerItem - 1L) / valuesPerItem;
            if (layout == PixelLayout.Planar || channels == 1)
                call.Run("blend", $"planes_of_{numbers}", (items, channels, 1), m, x, y, result, mask.Length);
            else
                call.Run("blend", $"pixels_of_{numbers}", (items, 1, 1), m, x, y, result, mask.Length, channels);
            call.Finish();
        }
    }
}
