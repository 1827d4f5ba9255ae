namespace AniSora.Training.Sampling;

/// <summary>
/// Gives back the fine detail that the VAE loses where the generated video follows the guide: a background that stands still then
/// keeps the given pixels and does not flicker between given and decoded frames.
/// </summary>
public static class GuideDetail
{
    // Mean squared difference, in [-1, 1], up to which the video counts as following the guide: the VAE's own error (about 30 dB).
    private const double FollowingError = 0.004;

    private const int Window = 5;

    /// <summary>
    /// video + w · (guide - D(E(guide))), with w = exp(-d²/e²): d² the difference between video and decoded guide, averaged over colours
    /// and 5 × 5 pixels, e² the VAE's own error. Where video and guide differ, w vanishes and the decoded video stays as it is.
    /// </summary>
    /// <param name="video">Decoded video <c>[B, 3, T, H, W]</c> in [-1, 1].</param>
    /// <param name="guide">Guide video, filled along time, of the same shape.</param>
    /// <param name="decodedGuide">The guide through the VAE and back.</param>
    /// <param name="mask">Mask <c>[B, 1, T, H, W]</c>, 1 = given; places that are given at no time keep the decoded video.</param>
    public static Tensor Restore(Tensor video, Tensor guide, Tensor decodedGuide, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var difference = (video - decodedGuide).square().mean([1], keepdim: true);
        var smooth = F.avg_pool3d(difference, [1, Window, Window], stride: [1, 1, 1], padding: [0, Window / 2, Window / 2], count_include_pad: false);
        var follows = (smooth * (-1 / FollowingError)).exp() * mask.amax([2], keepdim: true);
        return (video + (guide - decodedGuide) * follows).clamp(-1, 1).MoveToOuterDisposeScope();
    }
}
