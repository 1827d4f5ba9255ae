using System.Runtime.InteropServices;

namespace AniSora.Cli.Doctor;

/// <summary>What reads and writes media: ffmpeg, the WebP library, and the browser of the tests.</summary>
internal static class ToolChecks
{
    private const string Area = "programs";

    /// <summary>Runs the checks.</summary>
    /// <param name="cancel">Stops the programs that are being asked.</param>
    public static async Task<Check[]> RunAsync(CancellationToken cancel) =>
        [.. await Task.WhenAll(Ffmpeg(cancel), Chromium(cancel)).ConfigureAwait(false), WebP()];

    private static Check WebP()
    {
        const string library = "libwebpdemux.so.2";
        if (!NativeLibrary.TryLoad(library, out var handle))
            return new Check(Area, "webp", CheckState.Note, $"no {library}: animated WebP pictures cannot be read", "make setup   (or: sudo apt-get install --no-install-recommends libwebpdemux2)");
        NativeLibrary.Free(handle);
        return new Check(Area, "webp", CheckState.Ok, $"{library} reads animated WebP pictures");
    }

    private static async Task<Check> Ffmpeg(CancellationToken cancel)
    {
        const string fix = "make setup   (or: sudo apt-get install --no-install-recommends ffmpeg)";
        var version = await ToolProbe.RunAsync("ffmpeg", ["-hide_banner", "-version"], cancel).ConfigureAwait(false);
        if (version is null)
            return new Check(Area, "ffmpeg", CheckState.Missing, "not on the PATH", fix);
        var name = string.Join(' ', version.Split('\n')[0].Split(' ').Take(3));
        var encoders = await ToolProbe.RunAsync("ffmpeg", ["-hide_banner", "-encoders"], cancel).ConfigureAwait(false) ?? "";
        return encoders.Contains(" libx264 ", StringComparison.Ordinal)
            ? new Check(Area, "ffmpeg", CheckState.Ok, $"{name}, writes H.264 (libx264)")
            : new Check(Area, "ffmpeg", CheckState.Missing, $"{name}, built without the libx264 encoder: MP4 files cannot be written", fix);
    }

    private static async Task<Check> Chromium(CancellationToken cancel)
    {
        var version = await ToolProbe.RunAsync("chromium", ["--version"], cancel).ConfigureAwait(false);
        return version is null
            ? new Check(Area, "chromium", CheckState.Note, "not on the PATH: only the browser tests of the demo page need it", "make setup")
            : new Check(Area, "chromium", CheckState.Ok, version.Split('\n')[0].Trim());
    }
}
