using System.Buffers.Binary;
using AniSora.Data;

namespace AniSora.Evaluation.Study;

/// <summary>The models' videos of one clip, made alike: nothing but what is in the picture may tell where one comes from.</summary>
internal static class StudyVideos
{
    /// <summary>Smaller pictures are enlarged to this, each pixel to a square: colours have half the pictures' resolution, and players blur.</summary>
    private const int ViewingSide = 512;

    /// <summary>
    /// Writes the versions of one clip with the same codec and settings, without metadata, at the size of the largest, as long as the shortest,
    /// and with the same number of bytes.
    /// </summary>
    /// <param name="sources">The models' files.</param>
    /// <param name="targets">The files to write, of names that say nothing.</param>
    /// <param name="made">The date that all files get.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A source cannot be read, or is a still.</exception>
    public static void Write(IReadOnlyList<string> sources, IReadOnlyList<string> targets, DateTimeOffset made, CancellationToken cancellation)
    {
        Video[] videos = [.. sources.Select(source => Media.ReadVideo(source, cancellation: cancellation))];
        for (int i = 0; i < videos.Length; i++)
        {
            if (videos[i].Frames < 2)
                throw new InputException($"{sources[i]}: has one frame; give a video");
        }
        var largest = videos.MaxBy(v => v.Height * v.Width)!;
        double seconds = videos.Min(v => v.Frames / v.Fps);
        OnEveryCore.Run(videos.Length, i =>
        {
            var video = videos[i];
            int frames = Math.Clamp((int)Math.Round(seconds * video.Fps), 2, video.Frames);
            if ((video.Height, video.Width) != (largest.Height, largest.Width))
                video = Media.ReadVideo(sources[i], largest.Width, largest.Height, frames, cancellation);
            int scale = Math.Max(1, (ViewingSide + Math.Min(video.Height, video.Width) - 1) / Math.Min(video.Height, video.Width));
            Media.WriteMp4(targets[i], video.Rgb.AsMemory(0, 3 * frames * video.Height * video.Width), frames, video.Height, video.Width, video.Fps, scale);
        }, cancellation);
        long length = targets.Max(target => new FileInfo(target).Length) + 8;
        foreach (string target in targets)
            Pad(target, length, made);
    }

    /// <summary>Fills a file up with an empty box, which players skip: how well a video compresses tells a still one from a lively one.</summary>
    private static void Pad(string file, long length, DateTimeOffset made)
    {
        using (var stream = new FileStream(file, FileMode.Append))
        {
            var box = new byte[length - stream.Length];
            BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
            "free"u8.CopyTo(box.AsSpan(4));
            stream.Write(box);
            stream.Flush(flushToDisk: true);
        }
        File.SetLastWriteTimeUtc(file, made.UtcDateTime);
    }
}
