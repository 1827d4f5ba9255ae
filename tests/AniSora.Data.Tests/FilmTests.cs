using System.Diagnostics;
using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

/// <summary>Probing and reading of films that ffmpeg makes here: odd shapes, odd times, odd names, and files that are no films.</summary>
public sealed class FilmTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FramesAreCountedAndNumberedAlike()
    {
        string film = Make("a b%03d ünï 電影.mkv", "-f", "lavfi", "-i", Ramp(40));
        var probe = Probe(film);
        Assert.Equal((true, 40, 160, 120, 25.0, false, "ffv1"), (probe.Readable, probe.Frames, probe.Width, probe.Height, probe.Fps, probe.VariableFps, probe.Codec));
        Assert.Equal(Enumerable.Range(0, 40), Levels(film, probe, new FrameRequest(16, 12)));
        Assert.Equal(Enumerable.Range(7, 5), Levels(film, probe, new FrameRequest(16, 12, FirstFrame: 7, Frames: 5)));
        Assert.Equal(Enumerable.Range(38, 2), Levels(film, probe, new FrameRequest(16, 12, FirstFrame: 38, Frames: 5)));
        Assert.Empty(Levels(film, probe, new FrameRequest(16, 12, FirstFrame: 50)));
    }

    [Fact]
    public void AVariableRateBecomesSteady()
    {
        // Frames 0…19 at 25 a second, then every fifth: 8 more, 0.2 s apart.
        string film = Make("vfr.mkv", "-f", "lavfi", "-i", Ramp(60), "-vf", "select='lt(n,20)+not(mod(n,5))'", "-fps_mode", "vfr");
        var probe = Probe(film);
        Assert.True(probe.VariableFps);
        Assert.InRange(probe.Fps, 11, 13);
        var levels = Levels(film, probe, new FrameRequest(16, 12));
        Assert.Equal(probe.Frames, levels.Count);
        Assert.Equal(levels.Order(), levels);
        Assert.Equal(levels[10..14], Levels(film, probe, new FrameRequest(16, 12, FirstFrame: 10, Frames: 4)));
        // The level is the number among the 60; the file's own frames are 0 … 19, 20, 25, … 55.
        var clock = FilmClock.Read(film, probe, TestContext.Current.CancellationToken);
        int[] stored = [.. Enumerable.Range(0, 20), 20, 25, 30, 35, 40, 45, 50, 55];
        Assert.Equal(levels, Enumerable.Range(0, levels.Count).Select(n => stored[clock.OwnFrame(n)]));
        Assert.All(levels.Index(), l => Assert.Equal(l.Item / 25.0, clock.Seconds(l.Index), 6));
    }

    [Fact]
    public void ASteadyFilmsFramesAreItsOwn()
    {
        string film = Make("steady.mkv", "-f", "lavfi", "-i", Ramp(10));
        var clock = FilmClock.Read(film, Probe(film), TestContext.Current.CancellationToken);
        Assert.Equal((7, 0.28), (clock.OwnFrame(7), clock.Seconds(7)));
    }

    [Fact]
    public void PixelsBecomeSquareAndPicturesUpright()
    {
        var wide = Probe(Make("wide.mkv", "-f", "lavfi", "-i", Ramp(4), "-vf", "setsar=2"));
        Assert.Equal((320, 120), (wide.Width, wide.Height));
        string flat = Make("flat.mp4", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=0.4"), turned = _folder["turned.mp4"];
        Run("ffmpeg", "-v", "error", "-i", flat, "-c", "copy", "-metadata:s:v", "rotate=90", turned);
        var upright = Probe(turned);
        Assert.Equal((120, 160), (upright.Width, upright.Height));
    }

    [Fact]
    public void CropCoverAndContain()
    {
        // Left half black, right half white.
        string film = Make("half.mkv", "-f", "lavfi", "-i", "color=black:s=160x120:r=25:d=0.2", "-vf", "drawbox=x=80:y=0:w=80:h=120:color=white:t=fill");
        var probe = Probe(film);
        Assert.All(First(film, probe, new FrameRequest(8, 8, new CropBox(80, 0, 80, 120))), v => Assert.InRange(v, 250, 255));
        byte[] cover = First(film, probe, new FrameRequest(8, 8)), contain = First(film, probe, new FrameRequest(8, 8, Fit: Fit.Contain));
        Assert.Equal((0, 255), (cover[4 * 8 * 4 + 3 * 4] / 5, (int)cover[4 * 8 * 4 + 7 * 4]));
        // 160×120 in 8×8 is 8×6: one transparent line above and below.
        Assert.Equal((0, 255, 255, 0), (contain[3], contain[8 * 4 + 3], contain[6 * 8 * 4 + 3], contain[7 * 8 * 4 + 3]));
    }

    [Fact]
    public void ATruncatedFilmGivesItsWholeFrames()
    {
        string film = Make("whole.avi", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=2", "-c:v", "mjpeg");
        byte[] bytes = File.ReadAllBytes(film);
        string cut = _folder["cut.avi"];
        File.WriteAllBytes(cut, bytes[..(bytes.Length / 2)]);
        var probe = Probe(cut);
        Assert.True(probe.Readable, probe.Reason);
        Assert.InRange(probe.Frames, 15, 30);
        int read = 0;
        using var reader = FfmpegReader.Open(cut, probe, new FrameRequest(16, 12), TestContext.Current.CancellationToken);
        byte[] frame = new byte[16 * 12 * 4];
        var problem = Record.Exception(() =>
        {
            while (reader.Read(frame))
                read++;
        });
        Assert.InRange(read, 15, 30);
        Assert.True(problem is null || (problem is InputException && problem.Message.StartsWith(cut, StringComparison.Ordinal)), problem?.ToString());
    }

    [Fact]
    public void WhatIsNoFilmHasItsReason()
    {
        File.WriteAllBytes(_folder["empty.mp4"], []);
        File.WriteAllText(_folder["text.mp4"], "no film, just words");
        File.WriteAllText(_folder["net.mp4"], "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n");
        File.WriteAllText(_folder["concat.mkv"], "ffconcat version 1.0\nfile '/etc/hostname'\n");
        File.WriteAllText(_folder["talk.sdp"], "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n");
        Directory.CreateDirectory(_folder["folder.mp4"]);
        string whole = Make("whole.mp4", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=1");
        File.WriteAllBytes(_folder["headless.mp4"], File.ReadAllBytes(whole)[..2000]);
        (string File, string Reason)[] bad =
        [
            ("absent.mp4", "no such file"), ("empty.mp4", "empty"), ("text.mp4", "not a film"), ("net.mp4", "playlist"), ("concat.mkv", "concat script"), ("talk.sdp", "session description"),
            ("folder.mp4", "folder"), ("headless.mp4", "not a film"),
            (Path.GetFileName(Make("one.mkv", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25", "-frames:v", "1")), "one picture"),
            (Path.GetFileName(Make("sound.mkv", "-f", "lavfi", "-i", "sine=d=1")), "no video"),
        ];
        foreach (var (file, reason) in bad)
        {
            var probe = Probe(_folder[file]);
            Assert.False(probe.Readable, file);
            Assert.Contains(reason, probe.Reason, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', probe.Reason);
        }
    }

    [Fact]
    public void StagesRecordWhatIsWrongAndGoOn()
    {
        string good = Make("good.mkv", "-f", "lavfi", "-i", "testsrc=s=160x80:r=25:d=2", "-vf", "pad=160:120:0:20");
        File.WriteAllBytes(_folder["empty.mp4"], []);
        SourceRow Row(string id, string path) => new(id, 0, "folder", SourceKind.Film, path, "", 0, "unknown", "", id, "", "", "", "", "", 0, false, true);
        var shard = new WorkShard(new DatasetFolder(_folder["set"]), 0, [Row("bad", _folder["empty.mp4"]), Row("good", good)]);
        Directory.CreateDirectory(shard.Folder.Work);
        var probe = new Data.Pipeline.Stages.ProbeStage();
        var shots = new Data.Pipeline.Stages.ShotStage(new ShotConfig(), probe);
        Assert.True(probe.Complete(shard, null, TestContext.Current.CancellationToken));
        Assert.True(shots.Complete(shard, null, TestContext.Current.CancellationToken));
        Assert.Equal([("bad", false), ("good", true)], probe.Rows(shard).Select(p => (p.SourceId, p.Readable)));
        var shot = Assert.Single(shots.Rows(shard));
        Assert.Equal(("good", 0, 0, 50, "start", 0, 1.0), (shot.SourceId, shot.Shot, shot.FirstFrame, shot.Frames, shot.Transition, shot.TransitionFirstFrame, shot.Confidence));
        Assert.Equal((0, 20, 160, 80), (shot.CropX, shot.CropY, shot.CropWidth, shot.CropHeight));
        Assert.Equal(1 / 3.0, shot.BorderShare, 6);
    }

    [Fact]
    public void HugePicturesAreRefusedBeforeDecoding()
    {
        // A header that claims 20,000×20,000: an AVI of 160×120 with its size patched in.
        byte[] film = File.ReadAllBytes(Make("small.avi", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=0.2", "-c:v", "rawvideo", "-pix_fmt", "bgr24"));
        int format = film.AsSpan().IndexOf("strf"u8) + 12;
        BitConverter.TryWriteBytes(film.AsSpan(format), 20_000);
        BitConverter.TryWriteBytes(film.AsSpan(format + 4), 20_000);
        File.WriteAllBytes(_folder["huge.avi"], film);
        var probe = Probe(_folder["huge.avi"]);
        Assert.False(probe.Readable);
        Assert.Contains("megapixels", probe.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ASilentProcessIsStopped()
    {
        using var sleeper = FfmpegProcess.Start("sleep", ["60"], TimeSpan.FromMilliseconds(50), CancellationToken.None);
        Assert.Equal(0, sleeper.Read(new byte[16]));
        Assert.Contains("did nothing", sleeper.Complaint(), StringComparison.Ordinal);
    }

    [Fact]
    public void CancellingStopsAReader()
    {
        string film = Make("a.mkv", "-f", "lavfi", "-i", Ramp(40));
        using var stop = new CancellationTokenSource();
        using var reader = FfmpegReader.Open(film, Probe(film), new FrameRequest(64, 48), stop.Token);
        byte[] frame = new byte[64 * 48 * 4];
        Assert.True(reader.Read(frame));
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => reader.Read(frame));
    }

    [Theory]
    [InlineData(new[] { 0.0, 0.04, 0.08, 0.12 }, 25.0, 25.0, false)]
    // Matroska rounds to milliseconds.
    [InlineData(new[] { 0.0, 0.033, 0.067, 0.1, 0.133 }, 30.0, 30.0, false)]
    [InlineData(new[] { 0.0, 0.1, 0.2, 0.8, 1.0 }, 10.0, 4.0, true)]
    public void TimesSayWhetherARateIsSteady(double[] times, double stated, double fps, bool variable)
    {
        var judged = FilmTimes.Of([.. times.Select(t => new FilmTimes.Packet(double.NaN, t))], stated);
        Assert.Equal((times.Length, variable), (judged.Frames, judged.Variable));
        Assert.Equal(fps, judged.Fps, 6);
    }

    [Fact]
    public void ClocksThatStartAgainOrJumpAreJoined()
    {
        // Two seconds appended to themselves.
        string twice = Case("tsreset.ts");
        var probe = Probe(twice);
        Assert.Equal((96, 24.0, false, 4.0), (probe.Frames, probe.Fps, probe.VariableFps, probe.Seconds));
        Assert.Equal(96, Levels(twice, probe, new FrameRequest(16, 12)).Count);

        // A recording that goes on an hour later, in a container whose clock ffmpeg believes; the rate varies within its parts.
        string jumped = Make("jump.mkv", "-f", "lavfi", "-i", Ramp(60), "-vf", "select='lt(n,20)+not(mod(n,5))',setpts='PTS+gte(N,15)*3600/TB'", "-fps_mode", "passthrough");
        var variable = Probe(jumped);
        Assert.True(variable.VariableFps);
        Assert.InRange(variable.Seconds, 2, 3);
        var levels = Levels(jumped, variable, new FrameRequest(16, 12));
        Assert.InRange(levels.Count, variable.Frames - 1, variable.Frames);
        Assert.Equal(levels.Order(), levels);
        Assert.InRange(levels.Distinct().Count(), 15, 28);
    }

    [Theory]
    // Decoding goes back: a restart. It waits for a minute: a splice. It waits for three seconds: a held frame.
    [InlineData(new[] { 0, 0.04, 0.08, 0.12, 0, 0.04 }, 0.2, false)]
    [InlineData(new[] { 5, 5.04, 5.08, 65, 65.04, 65.08 }, 0.2, false)]
    [InlineData(new[] { 0, 0.04, 0.08, 3, 3.04, 3.08 }, 3.08, true)]
    // A picture a minute, steadily.
    [InlineData(new[] { 0.0, 60, 120, 180 }, 180, false)]
    public void ASpliceIsNoPause(double[] clock, double last, bool variable)
    {
        var times = FilmTimes.Of([.. clock.Select(t => new FilmTimes.Packet(t, t + 0.08))], 0, 0);
        Assert.Equal((0.0, variable), (times.Shown[0], times.Variable));
        Assert.Equal(last, times.Shown[^1], 9);
    }

    [Fact]
    public void TheStreamIsShownThatAPlayerShows()
    {
        Assert.Equal((1, 160, 120), Probe(Case("twostreams.mkv")) is var marked ? (marked.Stream, marked.Width, marked.Height) : default);
        // None is marked: the larger. Both are: the larger. A single picture, even the default and larger: never. A cover: never.
        string small = "color=red:s=80x60:r=25:d=0.4", large = "color=lime:s=160x120:r=25:d=0.4";
        Assert.Equal(1, Probe(Make("none.mkv", "-f", "lavfi", "-i", small, "-f", "lavfi", "-i", large, "-map", "0", "-map", "1", "-disposition", "0")).Stream);
        Assert.Equal(1, Probe(Make("both.mkv", "-f", "lavfi", "-i", small, "-f", "lavfi", "-i", large, "-map", "0", "-map", "1", "-disposition", "default")).Stream);
        string title = Make("title.mkv", "-f", "lavfi", "-i", "color=white:s=320x240:r=25:d=0.04", "-f", "lavfi", "-i", small, "-map", "0", "-map", "1", "-disposition:0", "default", "-disposition:1", "0");
        Assert.Equal((1, 80, 10), Probe(title) is var moving ? (moving.Stream, moving.Width, moving.Frames) : default);
        Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=white:s=320x240", "-frames:v", "1", _folder["cover.jpg"]);
        string covered = Make("covered.mp4", "-i", _folder["cover.jpg"], "-f", "lavfi", "-i", small, "-map", "0", "-map", "1", "-c:v:0", "copy", "-disposition:0", "attached_pic");
        var probe = Probe(covered);
        Assert.Equal((80, 60), (probe.Width, probe.Height));
        byte[] first = First(covered, probe, new FrameRequest(4, 4));
        Assert.True(first[0] > 200 && first[1] < 60, "red, not the white cover");
    }

    [Theory]
    // Untagged pictures of television's size are BT.601, larger ones BT.709; a tag counts more than the size.
    [InlineData("320x240", "smpte170m", "", "")]
    [InlineData("1280x720", "bt709", "", "bt709")]
    [InlineData("1440x576", "bt709", "", "bt709")]
    [InlineData("720x576", "smpte170m", "", "")]
    [InlineData("1280x720", "smpte170m", "smpte170m", "")]
    [InlineData("320x240", "bt709", "bt709", "")]
    public void ColoursAreThoseThatWereMade(string size, string matrix, string tag, string colours)
    {
        // Encoded by one matrix; the tag says so, says nothing, or is all that is known.
        string film = Make("film.mkv", "-f", "lavfi", "-i", $"color=0xC02060:s={size}:r=5:d=0.4", "-vf", $"format=gbrp,scale=out_color_matrix={matrix},format=yuv444p,setparams=colorspace={(tag.Length > 0 ? tag : "unknown")}:color_trc=unknown:color_primaries=unknown");
        var probe = Probe(film);
        Assert.Equal(colours, probe.Colours);
        byte[] first = First(film, probe, new FrameRequest(64, 48));
        Assert.InRange(first[0], 0xC0 - 3, 0xC0 + 3);
        Assert.InRange(first[1], 0x20 - 3, 0x20 + 3);
        Assert.InRange(first[2], 0x60 - 3, 0x60 + 3);
    }

    [Theory]
    [InlineData("smpte2084", "pq")]
    [InlineData("arib-std-b67", "hlg")]
    public void HighDynamicRangeIsToneMapped(string transfer, string colours)
    {
        // Red, green, blue, white and mid-grey of a screen whose white is 203 cd/m², as high dynamic range.
        string columns = "color=black:s=100x20:r=5:d=0.4,drawbox=x=0:w=20:color=0xFF0000:t=fill,drawbox=x=20:w=20:color=0x00FF00:t=fill,drawbox=x=40:w=20:color=0x0000FF:t=fill,drawbox=x=60:w=20:color=0xFFFFFF:t=fill,drawbox=x=80:w=20:color=0x808080:t=fill";
        string film = Make("hdr.mkv", "-f", "lavfi", "-i", columns, "-vf", $"format=gbrp,setparams=colorspace=gbr:color_trc=bt709:color_primaries=bt709,zscale=t=linear:npl=203,format=gbrpf32,zscale=p=2020:t={transfer}:m=2020_ncl:npl=203,format=yuv444p10", "-c:v", "ffv1", "-level", "3");
        var probe = Probe(film);
        Assert.Equal(colours, probe.Colours);
        byte[] frame = First(film, probe, new FrameRequest(5, 1));
        (byte R, byte G, byte B) At(int x) => (frame[4 * x], frame[4 * x + 1], frame[4 * x + 2]);
        Assert.True(At(0) is { R: > 170, G: < 60, B: < 60 }, $"red is {At(0)}");
        Assert.True(At(1) is { R: < 90, G: > 170, B: < 60 }, $"green is {At(1)}");
        Assert.True(At(2) is { R: < 60, G: < 60, B: > 170 }, $"blue is {At(2)}");
        var (white, grey) = (At(3), At(4));
        Assert.InRange(white.R, 190, 235);
        Assert.InRange(grey.R, 110, 145);
        Assert.True(Math.Abs(white.R - white.B) <= 4 && Math.Abs(grey.R - grey.G) <= 4, $"white is {white}, grey {grey}");
    }

    // A grey that is the frame's number.
    private static string Ramp(int frames) => $"color=black:s=160x120:r=25:d={frames / 25.0},format=gray,geq=lum=N";

    private static string Case(string name) => Path.Combine(AppContext.BaseDirectory, "fixtures", "cases", name);

    private static ProbeRow Probe(string path) => FilmProbe.Probe("film", path, TestContext.Current.CancellationToken);

    private static byte[] First(string film, ProbeRow probe, FrameRequest request)
    {
        using var reader = FfmpegReader.Open(film, probe, request, TestContext.Current.CancellationToken);
        byte[] frame = new byte[4 * request.Width * request.Height];
        Assert.True(reader.Read(frame));
        return frame;
    }

    private static List<int> Levels(string film, ProbeRow probe, FrameRequest request)
    {
        using var reader = FfmpegReader.Open(film, probe, request, TestContext.Current.CancellationToken);
        byte[] frame = new byte[4 * request.Width * request.Height];
        var levels = new List<int>();
        while (reader.Read(frame))
            levels.Add(frame[0]);
        return levels;
    }

    private string Make(string name, params string[] arguments)
    {
        string path = _folder[name];
        string[] codec = name.EndsWith(".mkv", StringComparison.Ordinal) && !arguments.Contains("-c:v") ? ["-c:v", "ffv1"] : [];
        Run("ffmpeg", ["-v", "error", .. arguments, .. codec, "file:" + path]);
        return path;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardInput = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }
}
