using AniSora.Models.Conditioning;

namespace AniSora.Models.Sampling;

/// <summary>What a user gives for one video: pixels, which of them count, and a caption.</summary>
/// <param name="Rgb">Frames <c>[T, H, W, 3]</c>; only given pixels are looked at.</param>
/// <param name="Mask">Space-time mask <c>[T, H, W]</c>, 1 = given, 0 = to generate.</param>
/// <param name="Caption">The caption, null for none.</param>
/// <param name="T">Frames, 4k+1.</param>
/// <param name="H">Height in pixels.</param>
/// <param name="W">Width in pixels.</param>
public sealed record Guide(byte[] Rgb, byte[] Mask, string? Caption, int T, int H, int W)
{
    /// <summary>Nothing given: text to video.</summary>
    public static Guide Nothing(string? caption, int frames, int height, int width) =>
        new(new byte[frames * height * width * 3], new byte[frames * height * width], caption, frames, height, width);

    /// <summary>Whole frames given at any time.</summary>
    /// <param name="keyFrames">Frame number to picture <c>[H, W, 3]</c>.</param>
    /// <param name="caption">The caption, null for none.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static Guide FromKeyFrames(IReadOnlyDictionary<int, byte[]> keyFrames, string? caption, int frames, int height, int width)
    {
        var rgb = new byte[frames * height * width * 3];
        foreach (var (frame, picture) in keyFrames)
            picture.CopyTo(rgb, frame * picture.Length);
        return new(rgb, GuideTasks.KeyFrameMask(keyFrames.Keys, frames, height, width), caption, frames, height, width);
    }

    /// <summary>A still picture of which only a region may move.</summary>
    /// <param name="picture">The first frame <c>[H, W, 3]</c>, which stands still outside the region.</param>
    /// <param name="region"><c>[H, W]</c>, not 0 where motion is allowed.</param>
    /// <param name="caption">The caption, null for none.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static Guide FromRegion(ReadOnlySpan<byte> picture, ReadOnlySpan<byte> region, string? caption, int frames, int height, int width)
    {
        var rgb = new byte[frames * picture.Length];
        for (int t = 0; t < frames; t++)
            picture.CopyTo(rgb.AsSpan(t * picture.Length));
        return new(rgb, GuideTasks.RegionMask(region, frames), caption, frames, height, width);
    }

    /// <summary>Peak signal-to-noise ratio in dB over the generated (not given) pixels only.</summary>
    /// <param name="video">Generated frames <c>[T, H, W, 3]</c>.</param>
    /// <param name="real">Real frames of the same size.</param>
    public double GeneratedPsnr(byte[] video, byte[] real)
    {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < Mask.Length; i++)
        {
            if (Mask[i] != 0)
                continue;
            for (int c = 3 * i; c < 3 * i + 3; c++)
                sum += (video[c] - real[c]) * (video[c] - real[c]);
            count += 3;
        }
        return count == 0 ? double.PositiveInfinity : 10 * Math.Log10(255.0 * 255 * count / Math.Max(sum, 1e-9));
    }
}
