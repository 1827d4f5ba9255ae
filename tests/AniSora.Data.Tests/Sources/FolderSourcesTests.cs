using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

public class FolderSourcesTests
{
    [Fact]
    public void ATreeIsListedInOrderWithEverythingThatMovesOrClaimsTo()
    {
        using var folder = new TemporaryFolder();
        string square = Path.Combine(AppContext.BaseDirectory, "fixtures/webp/square.webp");
        Put(folder, "z.MP4", "whatever");
        Put(folder, "音楽 と 映画/ф и л ь м.mkv", "whatever");
        Put(folder, "line\nbreak.mov", "whatever");
        Put(folder, "empty.avi", "");
        Put(folder, "song.mp3", "sound");
        Put(folder, "list.m3u8", "#EXTM3U\nhttp://127.0.0.1:9/x.ts\n");
        Put(folder, "list.pls", "[playlist]\n");
        Put(folder, "script", "ffconcat version 1.0\nfile x.mp4\n");
        Put(folder, "readme.txt", "text");
        Put(folder, "unknown.xyz", "text");
        Put(folder, ".hidden.mp4", "whatever");
        Put(folder, ".git/x.mp4", "whatever");
        File.Copy(square, folder["moving.webp"]);
        File.Copy(square, folder["no extension"]);
        foreach (int i in new[] { 1, 2, 9, 10, 12 })
            Put(folder, $"walk/step_{i}.png", "x");
        Put(folder, "walk/title.png", "x");

        var notes = new List<string>();
        var sources = FolderSources.List(folder.Path, notes.Add).ToList();
        Assert.Equal(
            [
                ("empty.avi", "film"), ("line\nbreak.mov", "film"), ("list.m3u8", "film"), ("list.pls", "film"), ("moving.webp", "animation"), ("no extension", "animation"), ("script", "film"),
                ("song.mp3", "film"), ("z.MP4", "film"), ("walk/step_*.png", "pictures"), ("walk/title.png", "pictures"), ("音楽 と 映画/ф и л ь м.mkv", "film"),
            ],
            sources.Select(s => (s.SourceId, s.Kind)));
        var walk = sources.Single(s => s.SourceId == "walk/step_*.png");
        Assert.Equal("""["step_1.png","step_2.png","step_9.png","step_10.png","step_12.png"]""", walk.Frames);
        Assert.Equal((folder["walk"], 5L, FolderSources.PicturesFps), (walk.Path, walk.Bytes, walk.Fps));
        Assert.Contains(notes, n => n.Contains("7 numbers are missing in step_*.png", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("readme.txt: not used", StringComparison.Ordinal));
        Assert.All(sources, s => Assert.Equal(("folder", "unknown", s.SourceId), (s.Collection, s.Licence, s.Identity)));
        Assert.Equal(sources, FolderSources.List(folder.Path + "/"));
    }

    [Fact]
    public void LinksAreNotFollowed()
    {
        using var folder = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        Put(folder, "in/a.mp4", "x");
        Put(elsewhere, "secret.mp4", "x");
        Directory.CreateSymbolicLink(folder["in/loop"], folder.Path);
        Directory.CreateSymbolicLink(folder["out"], elsewhere.Path);
        File.CreateSymbolicLink(folder["b.mp4"], elsewhere["secret.mp4"]);
        File.CreateSymbolicLink(folder["self.mp4"], folder["self.mp4"]);
        File.CreateSymbolicLink(folder["gone.mp4"], folder["nowhere"]);
        var notes = new List<string>();
        Assert.Equal("in/a.mp4", Assert.Single(FolderSources.List(folder.Path, notes.Add)).SourceId);
        Assert.Contains("5 links", Assert.Single(notes));
        // The folder given may be a link itself.
        Directory.CreateSymbolicLink(elsewhere["footage"], folder.Path);
        Assert.Single(FolderSources.List(elsewhere["footage"]));
    }

    [Fact]
    public void WhatIsNoPlainFileHangsNothing()
    {
        using var folder = new TemporaryFolder();
        // A pipe that nobody writes to, and a name that is no valid UTF-8.
        Shell($"mkfifo '{folder["pipe.webp"]}' '{folder["pipe1.png"]}' '{folder["pipe2.png"]}' '{folder["pipe"]}'; printf x > \"$(printf '{folder.Path}/\\377.png')\"");
        try
        {
            var sources = FolderSources.List(folder.Path).ToList();
            Assert.Equal(["pipe*.png", "pipe.webp", "\uFFFD.png"], sources.Select(s => s.SourceId));
            Assert.Contains("0 bytes", PicturesProbe.Probe(sources[0]).Reason);
            Assert.Contains("0 bytes", PicturesProbe.Probe(sources[1]).Reason);
            Assert.Contains("no valid UTF-8", PicturesProbe.Probe(sources[2]).Reason);
        }
        finally
        {
            // .NET cannot name that file to delete it.
            Shell($"rm '{folder.Path}'/*.png");
        }

        static void Shell(string script)
        {
            using var shell = System.Diagnostics.Process.Start("sh", ["-c", script]);
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
        }
    }

    [Fact]
    public void AnimatedPngsAreFilmsAndStillOnesPictures()
    {
        using var folder = new TemporaryFolder();
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=16x16:r=5", "-frames:v", "3", "-f", "apng", folder["moving.png"]], null, null);
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=16x16:r=5", "-frames:v", "1", folder["still.png"]], null, null);
        Assert.Equal([("moving.png", "film"), ("still.png", "pictures")], FolderSources.List(folder.Path).Select(s => (s.SourceId, s.Kind)));
        Assert.Contains("still picture", PicturesProbe.Probe(FolderSources.List(folder.Path).Last()).Reason);
    }

    [Fact]
    public void StillsOfEveryFormatAreFramesAndWhatMovesIsAnAnimation()
    {
        using var folder = new TemporaryFolder();
        string still = "testsrc=s=16x16:r=5";
        void Make(string name, int frames, params string[] options) => Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", still, "-frames:v", $"{frames}", .. options, folder[name]], null, null);
        foreach (int i in new[] { 1, 2 })
        {
            Make($"a{i}.bmp", 1);
            Make($"a{i}.tif", 1);
            Make($"a{i}.webp", 1, "-c:v", "libwebp");
            Make($"a{i}.avif", 1, "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8");
        }
        Make("moving.avif", 3, "-c:v", "libaom-av1", "-cpu-used", "8");
        Make("moving.gif", 3);
        Make("named.webp", 3, "-f", "gif");
        var sources = FolderSources.List(folder.Path).ToList();
        Assert.Equal(
            [("moving.avif", "film"), ("moving.gif", "animation"), ("named.webp", "animation"), ("a*.avif", "pictures"), ("a*.bmp", "pictures"), ("a*.tif", "pictures"), ("a*.webp", "pictures")],
            sources.Select(s => (s.SourceId, s.Kind)));
        foreach (var source in sources)
        {
            var probe = SourceProbes.Probe(source);
            Assert.True(probe.Readable, probe.Reason);
            Assert.Equal((16, 16, source.Kind == SourceKind.Pictures ? 2 : 3), (probe.Width, probe.Height, probe.Frames));
            Assert.Equal(probe.Frames, SourceFiles.ReadAll(source, probe, new FrameRequest(16, 16)).Frames.Count);
        }
    }

    [Theory]
    [InlineData("walk ({0}).png", "walk (*).png")]
    [InlineData("walk[{0}].png", "walk[*].png")]
    [InlineData("walk {{{0}}}.png", "walk {*}.png")]
    [InlineData("walk{0}.png", "walk*.png")]
    public void NumbersMayStandInBrackets(string name, string source)
    {
        using var folder = new TemporaryFolder();
        foreach (int i in new[] { 1, 2, 10 })
            SourceFiles.WritePng(folder[string.Format(System.Globalization.CultureInfo.InvariantCulture, name, i)], 4, 4, (byte)i, 0, 0);
        Put(folder, "walk.json", """{ "label": "walking" }""");
        var run = Assert.Single(FolderSources.List(folder.Path));
        Assert.Equal((source, "walking"), (run.SourceId, run.Label));
        Assert.Equal([1, 2, 10], SourceFiles.ReadAll(run, SourceProbes.Probe(run), new FrameRequest(4, 4)).Frames.Select(f => (int)f[0]));
    }

    [Fact]
    public void ArchivesAndForeignPicturesAreSourcesWithTheirReasons()
    {
        using var folder = new TemporaryFolder();
        Put(folder, "inside.txt", "x");
        System.IO.Compression.ZipFile.CreateFromDirectory(folder.Path, Path.Combine(Path.GetTempPath(), Path.GetFileName(folder.Path) + ".zip"));
        File.Move(Path.Combine(Path.GetTempPath(), Path.GetFileName(folder.Path) + ".zip"), folder["clips.zip"]);
        File.Copy(folder["clips.zip"], folder["renamed.mp4"]);
        File.WriteAllBytes(folder["clips.tar.gz"], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]);
        File.WriteAllBytes(folder["clips.tar"], [.. new byte[257], .. "ustar\0"u8, .. new byte[300]]);
        File.WriteAllBytes(folder["photo.heic"], [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8]);
        var reasons = FolderSources.List(folder.Path).ToDictionary(s => s.SourceId, s => SourceProbes.Probe(s).Reason);
        Assert.Equal(["clips.tar", "clips.tar.gz", "clips.zip", "photo.heic", "renamed.mp4"], reasons.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("archive (zip); unpack it", reasons["clips.zip"]);
        Assert.Contains("archive (zip); unpack it", reasons["renamed.mp4"]);
        Assert.Contains("archive (gzip)", reasons["clips.tar.gz"]);
        Assert.Contains("archive (tar)", reasons["clips.tar"]);
        Assert.Contains("is a HEIC picture", reasons["photo.heic"]);
        Assert.Contains("heif-convert photo.heic photo.png", reasons["photo.heic"]);
    }

    [Fact]
    public void TablesAndCompanionsDescribeSources()
    {
        using var folder = new TemporaryFolder();
        Put(folder, "a.mp4", "x");
        Put(folder, "deep/[b].mp4", "x");
        Put(folder, "deep/run/1.png", "x");
        Put(folder, "deep/run/2.png", "x");
        Put(folder, "c.mp4", "x");
        Put(folder, "c.mp4.json", """{ "title": "see", "fps": 8, "loops": true }""");
        Put(folder, "metadata.csv", "path,title,licence,identity\na.mp4,\"An \"\"A\"\", I think\",CC0-1.0,letter\nmissing.mp4,x,,\n");
        Put(folder, "deep/sources.csv", "path,label,mirrorable,fps\n[b].mp4,buzzing,True,\nrun,running,,24\n");
        var notes = new List<string>();
        var sources = FolderSources.List(folder.Path, notes.Add).ToDictionary(s => s.SourceId);
        Assert.Equal(("An \"A\", I think", "CC0-1.0", "letter"), (sources["a.mp4"].Title, sources["a.mp4"].Licence, sources["a.mp4"].Identity));
        Assert.Equal(("see", 8.0, true, "unknown"), (sources["c.mp4"].Title, sources["c.mp4"].Fps, sources["c.mp4"].Loops, sources["c.mp4"].Licence));
        Assert.Equal(("buzzing", true), (sources["deep/[b].mp4"].Label, sources["deep/[b].mp4"].Mirrorable));
        Assert.Equal(("running", 24.0), (sources["deep/run/*.png"].Label, sources["deep/run/*.png"].Fps));
        Assert.Contains("\"missing.mp4\"", Assert.Single(notes));
    }

    [Theory]
    [InlineData("metadata.csv", "path,lable\na.mp4,x\n", "did you mean label")]
    [InlineData("metadata.csv", "file,label\na.mp4,x\n", "no column \"path\" or \"file_name\"")]
    [InlineData("metadata.csv", "path,fps\na.mp4,fast\n", "fps is \"fast\"")]
    [InlineData("metadata.csv", "path,loops\na.mp4,maybe\n", "loops is \"maybe\"")]
    [InlineData("metadata.csv", "path,direction\na.mp4,up\n", "direction is \"up\"")]
    [InlineData("a.mp4.json", "{ \"lable\": \"x\" }", "did you mean label")]
    [InlineData("a.mp4.json", "{ \"label\": [1] }", "should be a text")]
    [InlineData("a.mp4.json", "{ \"label\": ", "no JSON object")]
    [InlineData("a.mp4.json", "[]", "no JSON object")]
    [InlineData("metadata.csv", "path,title\na.mp4,x\na.mp4,y\n", "two rows")]
    [InlineData("metadata.jsonl", "{\"file_name\": \"a.mp4\", \"text\": \"x\"}\n{\"file_name\": ", "line 2 is no JSON object")]
    [InlineData("metadata.jsonl", "{\"text\": \"x\"}", "no column")]
    public void AWrongDescriptionIsRefusedWithItsFile(string name, string text, string reason)
    {
        using var folder = new TemporaryFolder();
        Put(folder, "a.mp4", "x");
        Put(folder, name, text);
        string message = Assert.Throws<InputException>(() => FolderSources.List(folder.Path).ToList()).Message;
        Assert.StartsWith(folder[name], message);
        Assert.Contains(reason, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void CaptionsLieBesideClipsOrInTheTablesOfOtherPrograms()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4" })
            Put(folder, name, "x");
        Put(folder, "run/walk_1.png", "x");
        Put(folder, "run/walk_2.png", "x");
        Put(folder, "a.txt", "A cat\n  runs. 🐱\n");
        Put(folder, "b.mp4.txt", "猫が走る");
        Put(folder, "run/walk.txt", "someone walks");
        Put(folder, "notes.txt", "buy milk");
        Put(folder, "e.txt", " ");
        Put(folder, "metadata.csv", $"file_name,text,width\n./a.mp4,not this,640\n{folder["c.mp4"]},\"A dog, or so\",640\n");
        Put(folder, "metadata.jsonl", """
            {"file_name": "d.mp4", "caption": "Über Stock und Stein", "license": "CC0-1.0"}
            """);
        var notes = new List<string>();
        var sources = FolderSources.List(folder.Path, notes.Add).ToDictionary(s => s.SourceId);
        Assert.Equal("A cat runs. 🐱", sources["a.mp4"].Caption);
        Assert.Equal("猫が走る", sources["b.mp4"].Caption);
        Assert.Equal("A dog, or so", sources["c.mp4"].Caption);
        Assert.Equal(("Über Stock und Stein", "CC0-1.0"), (sources["d.mp4"].Caption, sources["d.mp4"].Licence));
        Assert.Equal("", sources["e.mp4"].Caption);
        Assert.Equal("someone walks", sources["run/walk_*.png"].Caption);
        // All that is not used is told.
        Assert.Equal(4, notes.Count);
        Assert.Contains(notes, n => n.Contains("not used: width", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("a.txt: caption of a.mp4 is taken from here and not from", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("e.txt: is empty", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("notes.txt: not used", StringComparison.Ordinal));
    }

    [Fact]
    public void TextInAnotherEncodingIsReadWhenItIsNamed()
    {
        using var folder = new TemporaryFolder();
        Put(folder, "a.mp4", "x");
        File.WriteAllBytes(folder["a.txt"], [.. "M"u8, 0xE4, .. "dchen"u8]);
        string message = Assert.Throws<InputException>(() => FolderSources.List(folder.Path).ToList()).Message;
        Assert.StartsWith(folder["a.txt"], message);
        Assert.Contains("--encoding", message);
        Assert.Equal("Mädchen", Assert.Single(FolderSources.List(folder.Path, encoding: "windows-1252")).Caption);
        Assert.Contains("no such encoding", Assert.Throws<InputException>(() => FolderSources.List(folder.Path, encoding: "klingon").ToList()).Message);
        File.WriteAllBytes(folder["a.txt"], [0xFF, 0xFE, (byte)'M', 0, 0xE4, 0]);
        Assert.Equal("Mä", Assert.Single(FolderSources.List(folder.Path)).Caption);
    }

    [Fact]
    public void AFolderThatIsNoneIsRefused()
    {
        using var folder = new TemporaryFolder();
        Put(folder, "a.mp4", "x");
        Assert.Contains("is a file", Assert.Throws<InputException>(() => FolderSources.List(folder["a.mp4"])).Message);
        Assert.Contains("no such folder", Assert.Throws<InputException>(() => FolderSources.List(folder["absent"])).Message);
        Assert.Empty(FolderSources.List(Directory.CreateDirectory(folder["empty"]).FullName));
    }

    [Fact]
    public void NumbersSortAsNumbersAndTellRunsApart()
    {
        var runs = NumberedPictures.Runs(["b10.png", "b9.png", "a1.png", "b9.jpg", "x.png", "007.png", "8.png", "b123456789012345678901.png"]).ToList();
        Assert.Equal(
            ["*.png:007.png,8.png:0", "a*.png:a1.png:0", "b*.jpg:b9.jpg:0", "b*.png:b9.png,b10.png:0"],
            runs.Select(r => $"{r.Prefix}*{r.Extension}:{string.Join(',', r.Files)}:{r.Missing}"));
    }

    private static void Put(TemporaryFolder folder, string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        File.WriteAllText(folder[name], text);
    }
}
