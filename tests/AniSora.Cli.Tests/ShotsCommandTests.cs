using System.Diagnostics;
using System.Text.Json;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora data shots</c> as a user runs it.</summary>
public sealed class ShotsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ACutIsPrintedAndDrawn()
    {
        string film = Film("two scenes.mkv", "testsrc=s=160x120:r=25:d=2", "mandelbrot=s=160x120:r=25:end_pts=50:maxiter=200");
        var result = await RealData.Succeed("data", "shots", film, "--json", "--strip", _folder["strip.png"]);
        using var json = JsonDocument.Parse(result.Output);
        var root = json.RootElement;
        Assert.Equal((film, 25.0, 100), (root.GetProperty("file").GetString(), root.GetProperty("fps").GetDouble(), root.GetProperty("frames").GetInt32()));
        var cut = Assert.Single(root.GetProperty("transitions").EnumerateArray());
        Assert.Equal(("cut", 50, 49), (cut.GetProperty("kind").GetString(), cut.GetProperty("first_frame").GetInt32(), cut.GetProperty("last_frame").GetInt32()));
        Assert.InRange(cut.GetProperty("confidence").GetDouble(), 0.5, 1);
        Assert.Equal([(0, 50), (50, 50)], root.GetProperty("shots").EnumerateArray().Select(s => (s.GetProperty("first_frame").GetInt32(), s.GetProperty("frames").GetInt32())));
        var strip = AniSora.Data.Media.ReadPicture(_folder["strip.png"]);
        Assert.Equal((8 * 128, 100), (strip.Width, strip.Height));

        var table = await RealData.Succeed("data", "shots", film);
        Assert.Contains("50–99", table.Output, StringComparison.Ordinal);
        Assert.Contains("cut", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesThatAreNoFilmsAreRefused()
    {
        File.WriteAllBytes(_folder["empty.mp4"], []);
        File.WriteAllText(_folder["list.m3u8"], "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n");
        (await CliRunner.RunAsync("data", "shots", _folder["none.mp4"])).AssertBadInput(_folder["none.mp4"], "no such file");
        (await CliRunner.RunAsync("data", "shots", _folder["empty.mp4"])).AssertBadInput(_folder["empty.mp4"], "empty");
        (await CliRunner.RunAsync("data", "shots", _folder["list.m3u8"], "--json")).AssertBadInput(_folder["list.m3u8"], "playlist");
    }

    private string Film(string name, string first, string second)
    {
        string path = _folder[name];
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", first, "-f", "lavfi", "-i", second,
            "-filter_complex", "[0]trim=end_frame=50,format=yuv420p[a];[1]trim=end_frame=50,format=yuv420p[b];[a][b]concat=n=2", "-r", "25", "-c:v", "ffv1", "file:" + path])
        { RedirectStandardInput = true })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return path;
    }
}
