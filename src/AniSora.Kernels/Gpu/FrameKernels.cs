using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>What frames are compared by, and how much they move. Sums of parts are added up by the host.</summary>
internal static class FrameKernels
{
    /// <summary>Words, or motions, that one thread sums.</summary>
    public const int Part = 256;

    /// <summary>Σ|a − b| over a part of the bytes; those behind the end are 0 in both.</summary>
    public static void Difference(Index1D part, ArrayView<uint> a, ArrayView<uint> b, ArrayView<int> sums)
    {
        int sum = 0;
        for (int i = part * Part; i < IntrinsicMath.Min((part + 1) * Part, a.IntLength); i++)
        {
            for (int shift = 0; shift < 32; shift += 8)
                sum += IntrinsicMath.Abs((int)((a[i] >> shift) & 255) - (int)((b[i] >> shift) & 255));
        }

        sums[part] = sum;
    }

    /// <summary>Brightness of RGB or RGBA by Rec. 601, as <see cref="OpticalFlow.Luma"/>.</summary>
    public static void Luma(Index1D i, ArrayView<uint> pixels, ArrayView<float> luma, int channels)
    {
        int at = i * channels;
        luma[i] = (int)Words.At(pixels, at) * 0.299f + (int)Words.At(pixels, at + 1) * 0.587f + (int)Words.At(pixels, at + 2) * 0.114f;
    }

    /// <summary>Σ√(u² + v²) over a part of the motions.</summary>
    public static void Magnitude(Index1D part, ArrayView<float> u, ArrayView<float> v, ArrayView<float> sums)
    {
        float sum = 0;
        for (int i = part * Part; i < IntrinsicMath.Min((part + 1) * Part, u.IntLength); i++)
            sum += MathF.Sqrt(u[i] * u[i] + v[i] * v[i]);
        sums[part] = sum;
    }
}
