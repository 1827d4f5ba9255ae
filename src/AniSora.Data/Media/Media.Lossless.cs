using AniSora.Data.Pipeline;

namespace AniSora.Data;

public static partial class Media
{
    /// <summary>Writes a video from which the same pixels are read again: H.264 of RGB without loss. Browsers do not play it; ffmpeg's players do.</summary>
    /// <param name="path">The .mp4 file.</param>
    /// <param name="video">The frames; their rate is kept.</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void WriteLossless(string path, Video video)
    {
        RequireSize(video.Rgb.Length, video.Frames, video.Height, video.Width);
        EncodeMp4(path, video.Rgb, video.Height, video.Width, video.Fps, ["-c:v", "libx264rgb", "-preset", "veryfast", "-qp", "0", "-pix_fmt", "rgb24"]);
    }

    /// <summary>Reads what <see cref="WriteLossless"/> wrote: in one process where a video that nothing is known of takes three.</summary>
    /// <param name="path">The .mp4 file.</param>
    /// <param name="frames">T, as it is known to be.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns><c>[T, H, W, 3]</c>.</returns>
    /// <exception cref="InputException">The file is missing or damaged, or does not have that size.</exception>
    public static byte[] ReadLossless(string path, int frames, int height, int width, CancellationToken cancellation = default)
    {
        RequireFile(path, MediaLimits.VideoBytes);
        var rgb = new byte[3 * frames * height * width];
        int read = 0;
        bool more = false;
        try
        {
            // Of another size it comes scaled, and has other pixels; the frame after the last tells of a longer one.
            Ffmpeg.Run("ffmpeg",
                ["-v", "error", "-nostdin", .. FilmLimits.InputOptions, "-i", FilmLimits.Literal(path), "-frames:v", $"{frames + 1}", "-s", $"{width}x{height}", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                null, output =>
                {
                    read = output.ReadAtLeast(rgb, rgb.Length, throwOnEndOfStream: false);
                    more = output.ReadByte() >= 0;
                    output.CopyTo(Stream.Null);
                }, cancellation);
        }
        catch (Ffmpeg.FailedException e)
        {
            throw new InputException($"{path}: cannot be decoded ({e.Message})", e);
        }
        return read == rgb.Length && !more ? rgb : throw new InputException($"{path}: has {(more ? "more" : "fewer")} frames than the {frames} of {width}×{height} that it should");
    }
}
