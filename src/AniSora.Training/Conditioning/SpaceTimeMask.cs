using AniSora.Kernels;
using AniSora.Training.Train;

namespace AniSora.Training.Conditioning;

/// <summary>
/// The space-time mask that all guidance goes through (DESIGN §3): <c>M[T, H, W]</c> in {0, 1}, 1 where pixels are given and
/// 0 where they are to be generated. Key frames, image to video, localised motion and retakes are all just masks.
/// </summary>
public static class SpaceTimeMask
{
    /// <summary>Channels that the mask takes at the latent's size: one for each frame of a latent step.</summary>
    public const int FoldedChannels = MaskFold.Channels;

    /// <summary>The masks at the latent's size: area-pooled in space, folded in time (<see cref="MaskFold"/>).</summary>
    /// <param name="mask">The masks, <c>[B, T, H, W]</c> with T = 4k+1; 0 = to be generated, otherwise given.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <param name="height">The latent's height.</param>
    /// <param name="width">The latent's width.</param>
    /// <param name="device">Where to; null = the CPU, on which they are folded in any case.</param>
    /// <returns>The folded masks, <c>[B, 4, T', height, width]</c> float32 in [0, 1] with T' = (T-1)/4+1.</returns>
    public static Tensor Fold(ReadOnlySpan<byte> mask, (int B, int T, int H, int W) shape, long height, long width, Device? device = null)
    {
        int size = shape.T * shape.H * shape.W;
        var folded = new List<float>();
        for (int b = 0; b < shape.B; b++)
            folded.AddRange(MaskFold.Fold(mask.Slice(b * size, size), shape.W, shape.H, (int)width, (int)height));
        return Transfers.ToDevice<float>(folded.ToArray(), [shape.B, FoldedChannels, (shape.T - 1) / FoldedChannels + 1, height, width], device ?? CPU);
    }

    /// <summary>
    /// The guide video: given pixels keep their value, all others are filled from what is given before and after, along the motion
    /// between whole key frames (<see cref="MotionFill"/>), and are mid-grey where nothing ever is.
    /// </summary>
    /// <remarks>
    /// AniSora leaves all open pixels grey (facts §2.2). Filled, the guide's latent is already a rough answer at every
    /// time: the network need not first learn to carry pixels from one time to another, which takes a small model most of its training.
    /// </remarks>
    /// <param name="rgb">Frames <c>[B, T, H, W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask">Masks <c>[B, T, H, W]</c>, 1 = given.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <param name="device">Where to; null = the CPU, on which it is filled in any case.</param>
    /// <returns><c>[B, 3, T, H, W]</c> in [-1, 1].</returns>
    public static Tensor GuideVideo(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> mask, (int B, int T, int H, int W) shape, Device? device = null)
    {
        int size = shape.T * shape.H * shape.W;
        var filled = new byte[rgb.Length];
        for (int b = 0; b < shape.B; b++)
            MotionFill.Between(rgb.Slice(b * size * 3, size * 3), mask.Slice(b * size, size), shape.T, shape.H, shape.W).CopyTo(filled, b * size * 3);
        return Frames.ToVideo(filled, shape, device);
    }

    /// <summary>
    /// The DiT's extra channels: the folded mask, then the guide video's latent. The network's input is
    /// concat(noisy latent, these).
    /// </summary>
    /// <param name="latents">The latent space that the DiT works in.</param>
    /// <param name="guide">The guide video, <c>[B, 3, T, H, W]</c> in [-1, 1] (<see cref="GuideVideo"/>).</param>
    /// <param name="mask">The space-time masks, <c>[B, T, H, W]</c>, 0 or 1; 1 = given.</param>
    /// <returns><c>[B, 4 + C, T', H/8, W/8]</c>.</returns>
    public static Tensor GuideChannels(LatentSpace latents, Tensor guide, ReadOnlySpan<byte> mask)
    {
        using var scope = NewDisposeScope();
        var latent = latents.Encode(guide);
        var shape = ((int)guide.shape[0], (int)guide.shape[2], (int)guide.shape[3], (int)guide.shape[4]);
        return cat([Fold(mask, shape, latent.shape[3], latent.shape[4], latents.Device), latent], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Given pixels from the guide, all others from what was generated.</summary>
    /// <param name="generated">Generated video <c>[B, 3, T, H, W]</c>.</param>
    /// <param name="guide">Guide video of the same shape.</param>
    /// <param name="mask">Mask <c>[B, 1, T, H, W]</c>, 1 = given.</param>
    public static Tensor Respect(Tensor generated, Tensor guide, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return (generated + (guide - generated) * mask).MoveToOuterDisposeScope();
    }
}
