using System.Diagnostics;
using AniSora.Data;
using AniSora.Evaluation.Study;

namespace AniSora.Evaluation.Tests.Study;

/// <summary>Studies from folders of videos: nothing tells where a video comes from, and what is wrong is named.</summary>
public sealed class StudyBuilderTests(SmallStudy small) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_say_nothing_of_the_models()
    {
        string study = small.Copy(_folder);
        string[] videos = Directory.GetFiles(StudyFolder.Media(study), "*.mp4"), images = Directory.GetFiles(StudyFolder.Media(study), "*.png");
        Assert.Equal(SmallStudy.Clips * SmallStudy.Models.Length, videos.Length);
        Assert.Equal(SmallStudy.Clips, images.Length);
        Assert.All(videos.Concat(images), file => Assert.Matches("^[0-9a-f]{32}$", Path.GetFileNameWithoutExtension(file)));
        // One clip's still version compresses better than its moving ones, and yet three files share each length.
        Assert.All(videos.GroupBy(f => new FileInfo(f).Length), g => Assert.Equal(0, g.Count() % SmallStudy.Models.Length));
        Assert.Single(videos.Select(Probe).Distinct());
        foreach (string file in videos)
        {
            string bytes = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
            Assert.All(SmallStudy.Models, model => Assert.DoesNotContain(model, bytes, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain("clip_", bytes);
            Assert.Equal(SmallStudy.Frames, Media.ReadVideo(file).Frames);
        }
    }

    [Fact]
    public void Dates_are_all_the_same()
    {
        StudyBuilder.Create(small.Sources, null, _folder["study"], new() { Raters = 1, Clips = 1 });
        Assert.Single(Directory.GetFiles(StudyFolder.Media(_folder["study"])).Select(File.GetLastWriteTimeUtc).Distinct());
    }

    [Fact]
    public void Other_sizes_and_lengths_are_made_alike()
    {
        Media.WriteMp4(_folder["a/video/x.mp4"], SmallStudy.Moving(0, 1, 16), 16, 32, 32, 16);
        Media.WriteMp4(_folder["b/video/x.mp4"], SmallStudy.Moving(0, 1, 12, 64), 12, 64, 64, 8);
        StudyBuilder.Create([new("a", _folder["a"]), new("b", _folder["b"])], null, _folder["study"], new() { Raters = 1 });
        var made = Directory.GetFiles(StudyFolder.Media(_folder["study"]), "*.mp4").Select(f => Media.ReadVideo(f)).ToArray();
        Assert.Equal(2, made.Length);
        Assert.All(made, v => Assert.Equal((512, 512, 1.0), (v.Height, v.Width, v.Frames / v.Fps)));
    }

    [Fact]
    public void Without_a_benchmark_nothing_is_asked_about_prompt_and_picture()
    {
        var made = StudyBuilder.Create(small.Sources, null, _folder["study"], new() { Raters = 1, Clips = 1 });
        Assert.Equal(["quality", "smoothness", "motion", "character"], made.Axes.Select(a => a.Key));
        Assert.Equal(6, StudyBuilder.Create(small.Sources, small.Bench, _folder["other"], new() { Raters = 1, Clips = 1 }).Axes.Count);
    }

    [Fact]
    public void What_cannot_be_shown_is_named_and_the_rest_is_made()
    {
        string[] ids = ["good", "broken", "still", "alone"];
        foreach (string id in ids)
            Media.WriteMp4(_folder[$"a/video/{id}.mp4"], SmallStudy.Moving(0, 1), 9, 32, 32, 16);
        Media.WriteMp4(_folder["b/good.mp4"], SmallStudy.Moving(0, 2), 9, 32, 32, 16);
        File.WriteAllText(_folder["b/broken.mp4"], "this is no video");
        Media.WriteMp4(_folder["b/still.mp4"], SmallStudy.Moving(0, 2, 1), 1, 32, 32, 16);
        var made = StudyBuilder.Create([new("a", _folder["a"]), new("b", _folder["b"])], null, _folder["study"], new() { Raters = 2 });
        Assert.Equal(1, made.Clips);
        Assert.Equal(3, made.Problems.Count);
        Assert.Contains(made.Problems, p => p.Contains("\"alone\"") && p.StartsWith(_folder["b"]));
        Assert.Contains(made.Problems, p => p.Contains("broken.mp4"));
        Assert.Contains(made.Problems, p => p.Contains("still.mp4") && p.Contains("one picture"));
        Assert.Equal(2, Directory.GetFiles(StudyFolder.Media(_folder["study"])).Length);
    }

    [Fact]
    public void Bad_input_is_refused_by_name_and_leaves_nothing()
    {
        string study = _folder["study"];
        var some = small.Sources;
        void Refused(string named, IReadOnlyList<StudyModel> models, StudyOptions options, string? bench = null)
        {
            Assert.Contains(named, Assert.Throws<InputException>(() => StudyBuilder.Create(models, bench, study, options)).Message);
            Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        }
        Refused("--raters 0", some, new() { Raters = 0 });
        Refused("--clips 0", some, new() { Clips = 0 });
        Refused("pairs need two", [some[0]], new() { Design = StudyDesign.Pairs });
        Refused(SmallStudy.Models[0], [some[0], some[0]], new());
        Refused("nowhere", [new("x", _folder["nowhere"])], new());
        Refused("nowhere", some, new(), _folder["nowhere"]);
        using var others = new TemporaryFolder();
        File.WriteAllText(others["other.mp4"], "");
        Refused("no clip can be shown", [some[0], new("x", others.Path)], new());
        Directory.CreateDirectory(study);
        Assert.Contains("exists", Assert.Throws<InputException>(() => StudyBuilder.Create(some, null, study, new())).Message);
    }

    [Fact]
    public void A_study_that_is_damaged_or_missing_is_named()
    {
        Assert.Contains("is no study", Assert.Throws<InputException>(() => StudyStatus.Read(_folder.Path)).Message);
        string study = small.Copy(_folder);
        File.WriteAllText(StudyFolder.Database(study), "this is no database, however long one looks at it");
        Assert.Contains("study.db", Assert.Throws<InputException>(() => StudyStatus.Read(study)).Message);
    }

    [Fact]
    public void Nothing_is_unblinded_before_the_end()
    {
        string study = small.Copy(_folder);
        Assert.Contains("still blind", Assert.Throws<InputException>(() => StudyReport.Write(study, _folder["page.html"])).Message);
        var status = StudyStatus.Read(study);
        Assert.Equal(["rater-1", "rater-2", "rater-3"], status.Raters.Select(r => r.Rater));
        Assert.All(status.Raters, r => Assert.Equal((0, 8, null), (r.Answered, r.Total, r.Last)));
        StudyStatus.Close(study);
        Assert.NotNull(StudyStatus.Read(study).Closed);
        Assert.Contains("closed already", Assert.Throws<InputException>(() => StudyStatus.Close(study)).Message);
        Assert.Contains("no answers", Assert.Throws<InputException>(() => StudyReport.Write(study, _folder["page.html"])).Message);
    }

    private static string Probe(string file)
    {
        using var probe = Process.Start(new ProcessStartInfo("ffprobe", ["-v", "error", "-show_entries", "stream=codec_name,profile,width,height,pix_fmt,r_frame_rate,nb_frames,time_base:format_tags:stream_tags", "-of", "compact", file]) { RedirectStandardOutput = true })!;
        return probe.StandardOutput.ReadToEnd();
    }
}
