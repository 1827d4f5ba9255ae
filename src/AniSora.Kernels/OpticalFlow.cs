using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AniSora.Kernels.Flow;

namespace AniSora.Kernels;

/// <summary>How much care an estimate takes.</summary>
public enum FlowQuality
{
    /// <summary>Down to the picture's own pixels: the default.</summary>
    Accurate,

    /// <summary>At half the picture's size: about a fifth of the time, about twice the error.</summary>
    Fast,
}

/// <summary>
/// Dense optical flow from coarse to fine on patches, for drawn pictures: flat areas take their motion from their outlines, figures may move far
/// (about a sixth of the picture's height), and the camera's motion is preferred wherever the pictures leave the choice. Uses all cores where
/// the picture is large enough; the result does not depend on how many there are.
/// </summary>
/// <remarks>The method is in <c>Flow/FlowEstimator.cs</c>; errors and times beside OpenCV's in benchmarks/README.md.</remarks>
public static class OpticalFlow
{
    /// <summary>The least width and height of a picture.</summary>
    public const int LeastSide = 4;

    /// <summary>Each thread keeps the memory of its last size: scores go through thousands of frames of one clip.</summary>
    [ThreadStatic]
    private static FlowEstimator? _last;

    /// <summary>Estimates the motion from one picture to the next.</summary>
    /// <param name="first">Brightness <c>[H, W]</c>, on the scale 0…255.</param>
    /// <param name="second">Brightness <c>[H, W]</c> of the following picture.</param>
    /// <param name="width">W, 4 or more.</param>
    /// <param name="height">H, 4 or more.</param>
    /// <param name="quality">How much care to take.</param>
    /// <exception cref="ArgumentException">The pictures are not of that size.</exception>
    public static FlowField Estimate(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height, FlowQuality quality = FlowQuality.Accurate)
    {
        Check(first.Length, second.Length, width, height);
        var settings = FlowSettings.For(quality);
        // Taken out while it works: what it calls may call this again on the same thread.
        var estimator = _last is { } last && last.Fits(width, height, settings) ? last : new FlowEstimator(width, height, settings);
        _last = null;
        var field = estimator.Estimate(first, second);
        _last = estimator;
        return field;
    }

    /// <summary>Estimates the motion from one frame to the next, by their brightness.</summary>
    /// <param name="first"><c>[H, W, channels]</c>.</param>
    /// <param name="second"><c>[H, W, channels]</c>, the following frame.</param>
    /// <param name="channels">3 or 4 (a fourth is ignored).</param>
    /// <param name="width">W, 4 or more.</param>
    /// <param name="height">H, 4 or more.</param>
    /// <param name="quality">How much care to take.</param>
    /// <exception cref="ArgumentException">The frames are not of that size.</exception>
    public static FlowField Estimate(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int channels, int width, int height, FlowQuality quality = FlowQuality.Accurate)
    {
        int n = checked(width * height);
        float[] luma = ArrayPool<float>.Shared.Rent(2 * n);
        try
        {
            Luma(first, channels, luma.AsSpan(0, n));
            Luma(second, channels, luma.AsSpan(n, n));
            return Estimate(luma.AsSpan(0, n), luma.AsSpan(n, n), width, height, quality);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(luma);
        }
    }

    /// <summary>Estimates the motion from every frame of a clip to the next.</summary>
    /// <param name="pixels">Frames <c>[T, H, W, channels]</c>.</param>
    /// <param name="channels">3 or 4 (a fourth is ignored).</param>
    /// <param name="frames">T, 2 or more.</param>
    /// <param name="height">H, 4 or more.</param>
    /// <param name="width">W, 4 or more.</param>
    /// <param name="quality">How much care to take.</param>
    /// <returns>T - 1 fields.</returns>
    /// <exception cref="ArgumentException">The clip is not of that size.</exception>
    public static FlowField[] OfClip(ReadOnlySpan<byte> pixels, int channels, int frames, int height, int width, FlowQuality quality = FlowQuality.Accurate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 2);
        int size = checked(height * width * channels);
        if (pixels.Length != (long)size * frames)
            throw new ArgumentException($"[{frames}, {height}, {width}, {channels}] has {(long)size * frames} bytes, got {pixels.Length}");
        var fields = new FlowField[frames - 1];
        for (int t = 0; t < fields.Length; t++)
            fields[t] = Estimate(pixels.Slice(t * size, size), pixels.Slice((t + 1) * size, size), channels, width, height, quality);
        return fields;
    }

    /// <summary>Refuses pictures that are not of that size.</summary>
    internal static void Check(int first, int second, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, LeastSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, LeastSide);
        if (first != (long)width * height || second != first)
            throw new ArgumentException($"pictures of {width}×{height} have {(long)width * height} values, got {first} and {second}");
    }

    /// <summary>Brightness of RGB bytes by Rec. 601: 0.299 R + 0.587 G + 0.114 B.</summary>
    /// <param name="pixels"><c>[N, channels]</c>, channels 3 or 4 (a fourth is ignored).</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="luma">Receives <c>[N]</c>, 0…255.</param>
    public static void Luma(ReadOnlySpan<byte> pixels, int channels, Span<float> luma)
    {
        if (channels is not (3 or 4) || pixels.Length != (long)luma.Length * channels)
            throw new ArgumentException($"{luma.Length} pixels of {channels} channels do not fill {pixels.Length} bytes");
        ref byte first = ref MemoryMarshal.GetReference(pixels);
        int i = 0;
        for (int whole = PixelLanes.Whole(luma.Length, channels); i < whole; i += PixelLanes.Count)
        {
            PixelLanes.Load(ref first, i, channels, out var r, out var g, out var b);
            (Vector256.ConvertToSingle(r) * 0.299f + Vector256.ConvertToSingle(g) * 0.587f + Vector256.ConvertToSingle(b) * 0.114f).CopyTo(luma[i..]);
        }

        for (int p = i * channels; i < luma.Length; i++, p += channels)
            luma[i] = 0.299f * pixels[p] + 0.587f * pixels[p + 1] + 0.114f * pixels[p + 2];
    }
}
