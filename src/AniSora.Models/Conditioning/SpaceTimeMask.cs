using AniSora.Kernels;
using AniSora.Models.Sampling;

namespace AniSora.Models.Conditioning;

/// <summary>
/// The space-time mask that all guidance goes through (docs/architecture.md): <c>M[T, H, W]</c> in {0, 1}, 1 where pixels are given and
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
    /// <returns>The folded masks, <c>[B, 4, T', height, width]</c> in [0, 1] with T' = (T-1)/4+1.</returns>
    public static DenseArray Fold(ReadOnlySpan<byte> mask, (int B, int T, int H, int W) shape, long height, long width)
    {
        int size = shape.T * shape.H * shape.W;
        var folded = new DenseArray[shape.B];
        for (int b = 0; b < shape.B; b++)
            folded[b] = new(MaskFold.Fold(mask.Slice(b * size, size), shape.W, shape.H, (int)width, (int)height), 1, FoldedChannels, (shape.T - 1) / FoldedChannels + 1, height, width);
        return DenseArray.Concat(folded, axis: 0);
    }

    /// <summary>
    /// The guide video: given pixels keep their value, all others are filled from what is given before and after, along the motion
    /// between whole key frames (<see cref="MotionFill"/>), and are mid-grey where nothing ever is.
    /// </summary>
    /// <remarks>
    /// AniSora's published code leaves all open pixels grey. Filled, the guide's latent is already a rough answer at every
    /// time: the network need not first learn to carry pixels from one time to another, which takes a small model most of its training.
    /// </remarks>
    /// <param name="rgb">Frames <c>[B, T, H, W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask">Masks <c>[B, T, H, W]</c>, 1 = given.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <returns><c>[B, T, H, W, 3]</c>.</returns>
    public static byte[] Fill(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> mask, (int B, int T, int H, int W) shape)
    {
        int size = shape.T * shape.H * shape.W;
        var filled = new byte[rgb.Length];
        for (int b = 0; b < shape.B; b++)
            MotionFill.Between(rgb.Slice(b * size * 3, size * 3), mask.Slice(b * size, size), shape.T, shape.H, shape.W).CopyTo(filled, b * size * 3);
        return filled;
    }

    /// <summary>The guide video (<see cref="Fill"/>) as a tensor, for training.</summary>
    /// <param name="rgb">Frames <c>[B, T, H, W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask">Masks <c>[B, T, H, W]</c>, 1 = given.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <param name="device">Where to; null = the CPU, on which it is filled in any case.</param>
    /// <returns><c>[B, 3, T, H, W]</c> in [-1, 1].</returns>
    public static Tensor GuideVideo(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> mask, (int B, int T, int H, int W) shape, Device? device = null) =>
        Frames.ToVideo(Fill(rgb, mask, shape), shape, device);

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
        return cat([Fold(mask, shape, latent.shape[3], latent.shape[4]).ToTensor(latents.Device), latent], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The same channels (<see cref="GuideChannels"/>) of a guide whose latent is known.</summary>
    /// <param name="latent">The guide video's latent <c>[B, C, T', h, w]</c>.</param>
    /// <param name="mask">The space-time masks, <c>[B, T, H, W]</c>, 0 or 1; 1 = given.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <returns><c>[B, 4 + C, T', h, w]</c>.</returns>
    public static DenseArray ChannelsOf(DenseArray latent, ReadOnlySpan<byte> mask, (int B, int T, int H, int W) shape) =>
        DenseArray.Concat([Fold(mask, shape, latent.Shape[3], latent.Shape[4]), latent], axis: 1);

    /// <summary>Fades what was generated into what is given beside it, so that no seam shows; frames of which nothing is given stay as they are.</summary>
    /// <param name="generated">Generated frames, <c>[T, H, W, 3]</c>; changed where the mask is 0.</param>
    /// <param name="given">Frames of the same size; at open pixels, what the given ones would go on with.</param>
    /// <param name="mask">Mask <c>[T, H, W]</c>, 1 = given.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="sigma">Width in pixels, a standard deviation.</param>
    public static void Fade(Span<byte> generated, ReadOnlySpan<byte> given, ReadOnlySpan<byte> mask, int width, int height, double sigma)
    {
        var weights = new byte[mask.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = mask[i] != 0 ? byte.MaxValue : (byte)0;
        weights = MaskFeather.Gaussian(weights, width, height, sigma);
        // A blurred edge is at a half where given begins.
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (byte)Math.Min(byte.MaxValue, 2 * weights[i]);
        MaskBlend.Blend(weights, given, generated, generated, 3);
    }

    /// <summary>Puts the given pixels, exactly, over what was generated.</summary>
    /// <param name="generated">Generated frames, <c>[T, H, W, 3]</c>; changed.</param>
    /// <param name="given">Frames of the same size; only given pixels are read.</param>
    /// <param name="mask">Mask <c>[T, H, W]</c>, 1 = given.</param>
    public static void Respect(Span<byte> generated, ReadOnlySpan<byte> given, ReadOnlySpan<byte> mask)
    {
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] != 0)
                given.Slice(3 * i, 3).CopyTo(generated[(3 * i)..]);
        }
    }
}
