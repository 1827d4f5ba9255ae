namespace AniSora.Kernels;

/// <summary>The order of a picture's values in memory.</summary>
public enum PixelLayout
{
    /// <summary>All channels of a pixel side by side, <c>[N, C]</c>: frames <c>[T, H, W, C]</c>.</summary>
    Interleaved,

    /// <summary>One plane after the other, <c>[C, N]</c>: videos <c>[C, T, H, W]</c> and latents <c>[C, T', h, w]</c>.</summary>
    Planar,
}
