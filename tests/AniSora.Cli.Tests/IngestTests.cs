using System.Diagnostics;
using System.Text.Json.Nodes;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Data.Tables;

namespace AniSora.Cli.Tests;

/// <summary>A folder of real footage: a film of two shots, sprites, and everything that is not footage.</summary>
public sealed class Footage : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Footage()
    {
        Directory.CreateDirectory(Folder);
        // Two shots of 60 frames with a cut between them, 12 frames a second.
        Ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=12:duration=5", "-f", "lavfi", "-i", "mandelbrot=size=160x120:rate=12", "-filter_complex", "[1]trim=duration=5,setpts=PTS-STARTPTS[b];[0][b]concat",
            "-c:v", "mpeg4", "-q:v", "3", Path.Combine(Folder, "two shots.mp4"));
        for (int i = 0; i < 6; i++)
            Ffmpeg("-f", "lavfi", "-i", $"testsrc2=size=96x96:rate=12:duration=4,hue=h={60 * i}", "-c:v", "mpeg4", Path.Combine(Folder, $"spielzeug-{i}-おもちゃ.avi"));
        Ffmpeg("-f", "lavfi", "-i", "sine=duration=2", Path.Combine(Folder, "only sound.wav"));
        Ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=12", "-frames:v", "1", "-c:v", "mpeg4", Path.Combine(Folder, "one frame.mp4"));
        File.WriteAllBytes(Path.Combine(Folder, "empty.mkv"), []);
        File.WriteAllText(Path.Combine(Folder, "playlist.m3u8"), "#EXTM3U\n#EXTINF:2,\nhttp://192.0.2.1/secret.ts\n");
        File.WriteAllText(Path.Combine(Folder, "notes.txt"), "not footage");
        File.WriteAllText(Path.Combine(Folder, "spielzeug-0-おもちゃ.txt"), Caption + "\n");
        Directory.CreateSymbolicLink(Path.Combine(Folder, "loop"), Folder);
    }

    /// <summary>What its owner says of one of the films: 24 words and signs.</summary>
    public const string Caption = "Ein buntes Spielzeug 🧸 dreht sich sehr langsam um sich selbst, おもちゃ, während im Hintergrund viele kleine Zahlen laufen";

    /// <summary>The footage.</summary>
    public string Folder => _folder["foot age"];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static void Ffmpeg(params string[] arguments)
    {
        using var process = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

/// <summary><c>anisora data ingest</c> from footage to a data set that trains.</summary>
public sealed class IngestTests(Footage footage) : IClassFixture<Footage>
{
    private static readonly Dictionary<string, string> _oneThread = new() { ["OMP_NUM_THREADS"] = "1" };

    // Small units of work and rules that synthetic pictures pass.
    private static string[] Ingest(string output, params string[] more) =>
        ["data", "ingest", "--out", output, "--set", "sources_per_shard=2", "--set", "filter.rules=[]", "--set", "filter.duplicate_bits=-1", "--set", "balance.test_share=0.3", .. more];

    private static async Task<CliResult> Run(params string[] args)
    {
        var result = await CliRunner.RunAsync(args, folder: null, _oneThread);
        Assert.True(result.ExitCode == 0, $"anisora {string.Join(' ', args)}: {result.Error}");
        return result;
    }

    [Fact]
    public async Task Footage_becomes_a_data_set_that_trains_and_what_is_none_is_recorded()
    {
        using var folder = new TemporaryFolder();
        string set = folder["set"];
        var result = await Run(Ingest(set, footage.Folder));
        Assert.EndsWith("clips.parquet\n", result.Output);

        using (var index = ClipIndex.Open(set))
        {
            var rows = index.Query();
            Assert.Equal(["spielzeug-0-おもちゃ.avi", "two shots.mp4"], new[] { rows.Select(r => r.BaseSequence.Split('/')[^1]).Min(StringComparer.Ordinal)!, rows.Select(r => r.BaseSequence.Split('/')[^1]).Max(StringComparer.Ordinal)! });
            Assert.All(rows, r => Assert.Equal((17, 64, 64, 1), (r.Frames, r.Height, r.Width, r.Frames % 4)));
            Assert.All(rows, r => Assert.True(r.MotionScore > 0));
            Assert.All(rows, r => Assert.Equal(r.BaseSequence.Contains("spielzeug-0", StringComparison.Ordinal) ? Footage.Caption : r.Caption, r.Caption));
            Assert.Contains(rows, r => r.Caption == Footage.Caption);
            Assert.All(rows, r => Assert.NotEmpty(r.Caption));
            using var store = new FrameStore(set);
            Assert.All(rows, r => Assert.Equal(17 * 64 * 64 * 3, store.ReadComposited(r).Rgb.Length));
            // No clip looks over the cut: its first 60 frames belong to one shot, the others to the next.
            Assert.Equal(2, rows.Where(r => r.BaseSequence.EndsWith("two shots.mp4", StringComparison.Ordinal)).Select(r => r.Sequence).Distinct().Count());
        }
        var funnel = JsonNode.Parse(File.ReadAllText(Path.Combine(set, "funnel.json")))!;
        var reasons = funnel["unreadable"]!.AsObject();
        Assert.Equal(4, reasons.Sum(r => (int)r.Value!));
        Assert.Equal(11, (int)funnel["sources"]!);
        Assert.True(File.Exists(Path.Combine(set, "report.html")));

        // A page about one of its clips.
        string clip = (await Run("data", "draw", set, "--count", "1")).Output.Trim();
        await Run("data", "show", clip, "--data", set, "--out", folder["clip.html"]);
        string page = await File.ReadAllTextAsync(folder["clip.html"]);
        Assert.All(new[] { "Optical flow", "Inside the mask", "motion_score" }, text => Assert.Contains(text, page));
        (await CliRunner.RunAsync("data", "show", "no such clip", "--data", set)).AssertBadInput("no such clip", "data draw");

        await Run("train", "vae", "--preset", "debug", "--data", set, "--out", folder["vae"], "--steps", "2");
        await Run("train", "dit", "--preset", "debug", "--data", set, "--vae", folder["vae"], "--out", folder["dit"], "--steps", "2");

        // Once more: nothing to do, and the same index.
        byte[] before = await File.ReadAllBytesAsync(Path.Combine(set, "clips.parquet"));
        var again = await Run("data", "ingest", footage.Folder, "--out", set);
        Assert.Contains("0 of them new or changed", again.Error);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(set, "clips.parquet")));
    }

    [Fact]
    public async Task A_folder_is_checked_without_doing_work()
    {
        var result = await Run("data", "check", footage.Folder);
        Assert.Contains("7 of 11 sources can be used", result.Output);
        Assert.Contains("1 a person's own", result.Output);
        Assert.Contains("🧸", result.Output);
        Assert.Contains("playlist.m3u8: ", result.Output);
        Assert.Contains("notes.txt", result.Error);
        (await CliRunner.RunAsync("data", "check", footage.Folder, "--set", "clips.min_seconds=60", "--set", "clips.max_seconds=90")).AssertBadInput("lasts 2 s", "min_seconds 60");
        var none = await CliRunner.RunAsync("data", "check", footage.Folder, "--set", """clips.buckets=[{"frames":97,"height":64,"width":64,"fps":8}]""");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("0 of 11 sources", none.Output);
        Assert.Contains("too short: 48 frames at 12 a second", none.Output);
        using (var folder = new TemporaryFolder())
        {
            (await CliRunner.RunAsync(Ingest(folder["set"], footage.Folder, "--set", """clips.buckets=[{"frames":97,"height":64,"width":64,"fps":8}]""")))
                .AssertBadInput("none of 11 sources gives a clip", "empty.mkv: ", "only sound.wav: ", "spielzeug-0-おもちゃ.avi: too short: 48 frames at 12 a second", "clips.buckets", "and 6 more");
        }
        await File.WriteAllTextAsync(Path.Combine(footage.Folder, "two shots.txt"), string.Join(' ', Enumerable.Repeat("word", 300)));
        try
        {
            using var folder = new TemporaryFolder();
            (await CliRunner.RunAsync(Ingest(folder["set"], footage.Folder))).AssertBadInput("two shots.mp4", "300 words", "226");
        }
        finally
        {
            File.Delete(Path.Combine(footage.Folder, "two shots.txt"));
        }
    }

    [Fact]
    public async Task Workers_with_a_share_each_make_the_same_data_set_as_one()
    {
        using var folder = new TemporaryFolder();
        await Run(Ingest(folder["whole"], footage.Folder));
        await Run(Ingest(folder["parts"], footage.Folder, "--plan-only"));
        (await CliRunner.RunAsync("data", "merge", folder["parts"])).AssertBadInput("are not made yet");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Run("data", "ingest", "--out", folder["parts"], "--shard", $"{i}/3")));
        await Run("data", "merge", folder["parts"]);
        AssertSame(folder["whole"], folder["parts"]);
    }

    [Fact]
    public async Task Twenty_kills_at_random_moments_lose_and_double_no_clip()
    {
        using var folder = new TemporaryFolder();
        await Run(Ingest(folder["whole"], footage.Folder));
        string set = folder["set"];
        await Run(Ingest(set, footage.Folder, "--plan-only"));
        var random = new Random(11);
        for (int killed = 0; killed < 20;)
        {
            int before = Parts(set);
            var result = await CliRunner.RunAsync(["data", "ingest", "--out", set], folder: null, _oneThread, async process =>
            {
                // Where in a stage it falls differs from machine to machine; the end may not.
                int more = random.Next(3);
                while (!process.HasExited && Parts(set) < before + more)
                    await Task.Delay(2);
                await Task.Delay(random.Next(60));
                process.Kill();
            });
            if (result.ExitCode == 0)
            {
                // It was faster than we were, as on a busy machine: it has to be right, and the other kills fall into a new one.
                AssertWhole();
                Directory.Delete(set, recursive: true);
                await Run(Ingest(set, footage.Folder, "--plan-only"));
                continue;
            }
            Assert.True(result.ExitCode == 137, result.Error);
            killed++;
        }
        await Run("data", "ingest", "--out", set);
        AssertWhole();

        void AssertWhole()
        {
            AssertSame(folder["whole"], set);
            var hidden = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
            Assert.Empty(Directory.GetFiles(set, "*.tmp", hidden));
        }
    }

    [Fact]
    public async Task A_changed_rule_decodes_nothing_again()
    {
        using var folder = new TemporaryFolder();
        string set = folder["set"];
        await Run(Ingest(set, footage.Folder));
        var written = Directory.GetFiles(Path.Combine(set, "work"), "*.parquet", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        await File.WriteAllTextAsync(folder["rules.yaml"], "filter:\n  rules:\n    - {name: slow, keep: motion_score > 1e9, why: to see it work}\n");
        (await CliRunner.RunAsync("data", "merge", set, "--config", folder["rules.yaml"])).AssertBadInput("no clip is left");
        await Run("data", "merge", set, "--set", "filter.rules=[{\"name\":\"film\",\"keep\":\"NOT contains(source_id, 'spielzeug')\",\"why\":\"\"}]", "--clean");
        using (var index = ClipIndex.Open(set))
            Assert.All(index.Query(), r => Assert.Contains("two shots", r.Sequence));
        Assert.Equal(written, Directory.GetFiles(Path.Combine(set, "work"), "*.parquet", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc));
    }

    [Fact]
    public async Task Wrong_input_is_one_line()
    {
        using var folder = new TemporaryFolder();
        (await CliRunner.RunAsync("data", "ingest", "--out", folder["set"])).AssertBadInput("give a folder with footage");
        (await CliRunner.RunAsync("data", "ingest", folder["none"], "--out", folder["set"])).AssertBadInput(folder["none"]);
        (await CliRunner.RunAsync("data", "ingest", "--collection", "fluent-emojo", "--out", folder["set"])).AssertBadInput("fluent-emoji");
        (await CliRunner.RunAsync("data", "ingest", footage.Folder, "--out", folder["set"], "--set", "balans.label=1")).AssertBadInput("balans");
        (await CliRunner.RunAsync("data", "ingest", footage.Folder, "--out", footage.Folder)).AssertBadInput("holds other files");
        (await CliRunner.RunAsync("data", "report", folder["set"])).AssertBadInput("candidates.parquet");
        (await CliRunner.RunAsync("data", "ingest", footage.Folder, "--out", folder["set2"], "--stage", "shotz")).AssertBadInput("shots");
        (await CliRunner.RunAsync("data", "ingest", footage.Folder, "--out", folder["set3"], "--kernels", "cuda")).AssertBadInput("--kernels", "simd");
    }

    private static int Parts(string set)
    {
        string work = Path.Combine(set, "work");
        return Directory.Exists(work) ? Directory.GetFiles(work, "*.parquet", SearchOption.AllDirectories).Count(f => !Path.GetFileName(f).StartsWith('.')) : 0;
    }

    private static void AssertSame(string expected, string actual)
    {
        using var one = ClipIndex.Open(expected);
        using var other = ClipIndex.Open(actual);
        var (rows, others) = (one.Query(), other.Query());
        Assert.NotEmpty(rows);
        Assert.Equal(rows.Count, others.Select(r => r.ClipId).Distinct().Count());
        Assert.Equal(rows.Select(Comparable), others.Select(Comparable));
        var (verdicts, otherVerdicts) = (Table<SelectionRow>.Read(new DatasetFolder(expected).Selection), Table<SelectionRow>.Read(new DatasetFolder(actual).Selection));
        Assert.Equal(verdicts, otherVerdicts);
    }

    // All but where the frames lie: that follows the units of work, which the plan's folder decides.
    private static ClipRow Comparable(ClipRow row) => row with { Shard = "", MaskShard = "" };
}
