namespace AniSora.Data.Pipeline;

/// <summary>Whether footage is long enough for clips, and what is in the way.</summary>
public static class ClipFit
{
    /// <summary>How many clips of the shortest kind a stretch without cuts gives, and why none where it gives none.</summary>
    /// <param name="config">Which clips are asked for.</param>
    /// <param name="fps">The stretch's frames per second.</param>
    /// <param name="frames">Its frames.</param>
    /// <param name="loops">Its last frame is followed by the first, so that a clip may begin anywhere.</param>
    /// <param name="trim">Frames that are left out at both ends.</param>
    /// <returns>A number above 0 and an empty reason, or 0 and the reason.</returns>
    public static (int Clips, string Reason) Of(ClipConfig config, double fps, int frames, bool loops = false, int trim = 0)
    {
        (int Frames, ClipBucket Bucket)? shortest = null;
        string reason = "";
        foreach (var bucket in config.Buckets)
        {
            var window = ClipWindow.Of(fps, bucket);
            if (!config.Allows(window.Seconds))
            {
                reason = FormattableString.Invariant($"at its {fps:0.##} frames a second a clip of {bucket} lasts {window.Seconds:0.##} s, outside of clips.min_seconds {config.MinSeconds} … clips.max_seconds {config.MaxSeconds}; change those");
                continue;
            }
            // A loop shows no frame twice.
            int needed = window.Span + 1 + (loops ? 0 : 2 * trim);
            if (shortest is null || needed < shortest.Value.Frames)
                shortest = (needed, bucket);
        }
        if (shortest is not { } clip)
            return (0, reason);
        return frames >= clip.Frames
            ? (Math.Min(config.MaxPerShot, Math.Max(1, frames / clip.Frames)), "")
            : (0, FormattableString.Invariant($"too short: {frames} frames at {fps:0.##} a second, and the shortest clip, {clip.Bucket}, needs {clip.Frames} of them; ask for fewer frames or a faster pace (clips.buckets, clips.min_seconds)"));
    }
}
