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
        byte[] cover = First(film, probe, new FrameRequest(8, 8)), contain = First(film, probe, new FrameRequest(8, 8, Cover: false));
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
        using var reader = FfmpegReader.Open(cut, probe, new FrameRequest(16, 12), FilmFit.Cover, TestContext.Current.CancellationToken);
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
        using var reader = FfmpegReader.Open(film, Probe(film), new FrameRequest(64, 48), FilmFit.Cover, stop.Token);
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
        var judged = FilmTimes.Of(times, times.Length, stated);
        Assert.Equal((times.Length, variable), (judged.Frames, judged.Variable));
        Assert.Equal(fps, judged.Fps, 6);
    }

    // A grey that is the frame's number.
    private static string Ramp(int frames) => $"color=black:s=160x120:r=25:d={frames / 25.0},format=gray,geq=lum=N";

    private static ProbeRow Probe(string path) => FilmProbe.Probe("film", path, TestContext.Current.CancellationToken);

    private static byte[] First(string film, ProbeRow probe, FrameRequest request)
    {
        using var reader = FfmpegReader.Open(film, probe, request, request.Cover ? FilmFit.Cover : FilmFit.Contain, TestContext.Current.CancellationToken);
        byte[] frame = new byte[4 * request.Width * request.Height];
        Assert.True(reader.Read(frame));
        return frame;
    }

    private static List<int> Levels(string film, ProbeRow probe, FrameRequest request)
    {
        using var reader = FfmpegReader.Open(film, probe, request, FilmFit.Cover, TestContext.Current.CancellationToken);
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
