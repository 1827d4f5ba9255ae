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
}
