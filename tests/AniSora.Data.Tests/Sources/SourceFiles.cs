using System.Text.Json;
using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

/// <summary>Sources over files of a test.</summary>
internal static class SourceFiles
{
    public static SourceRow Source(string kind, string path, string frames = "", double fps = 0) =>
        new("test/source", 0, "test", kind, path, frames, 0, "unknown", "", "test/source", "", "", "", "", "", fps, false, false);

    public static SourceRow Pictures(string folder, IEnumerable<string> names, double fps = 12) => Source(SourceKind.Pictures, folder, JsonSerializer.Serialize(names), fps);

    /// <summary>Reads until the end or the damage.</summary>
    public static (List<byte[]> Frames, string? Problem) ReadAll(SourceRow source, ProbeRow probe, FrameRequest request)
    {
        var frames = new List<byte[]>();
        using var reader = FrameReaders.Open(source, probe, request);
        Assert.Equal((request.Width, request.Height), (reader.Width, reader.Height));
        var frame = new byte[4 * request.Width * request.Height];
        try
        {
            while (reader.Read(frame))
                frames.Add([.. frame]);
            Assert.False(reader.Read(frame));
        }
        catch (InputException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return (frames, e.Message);
        }
        return (frames, null);
    }

    /// <summary>Every third frame, those between passed over; then none are left.</summary>
    public static List<byte[]> ReadThirds(SourceRow source, ProbeRow probe, FrameRequest request)
    {
        var frames = new List<byte[]>();
        using var reader = FrameReaders.Open(source, probe, request);
        for (var frame = new byte[4 * request.Width * request.Height]; reader.Read(frame); reader.Skip(2))
            frames.Add([.. frame]);
        return frames;
    }

    /// <summary>A picture of one colour.</summary>
    public static void WritePng(string path, int width, int height, byte r, byte g, byte b, byte a = 255)
    {
        var pixels = new byte[4 * width * height];
        for (int p = 0; p < pixels.Length; p += 4)
            (pixels[p], pixels[p + 1], pixels[p + 2], pixels[p + 3]) = (r, g, b, a);
        Media.WritePng(path, pixels, height, width, 4);
    }
}
