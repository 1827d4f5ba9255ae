using System.Text.Json;
using AniSora.Cli.Demo;
using AniSora.Display;

namespace AniSora.Browser.Tests;

/// <summary>What goes into the page, and the report beside it.</summary>
public sealed class DemoResultsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-demo-").FullName;

    [Fact]
    public void The_report_holds_the_pages_numbers_clip_by_clip()
    {
        var results = SampleDemo.Make(4);
        DemoPage.Write(results, _folder);
        using var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "report.json")));
        var tasks = report.RootElement.GetProperty("tasks");
        Assert.Equal(["first-frame", "first-last", "first-middle-last", "motion-mask"], tasks.EnumerateArray().Select(t => t.GetProperty("task").GetString()));
        var clip = tasks[2].GetProperty("clips")[3];
        Assert.Equal(results.Controls[2].Scores.Clips[3].Model.Psnr, clip.GetProperty("model").GetProperty("psnr").GetDouble(), 6);
        double seconds = results.Run.Stages.Sum(s => s.Wall.TotalSeconds);
        Assert.Equal(seconds, report.RootElement.GetProperty("run").GetProperty("seconds").GetDouble(), 3);
        Assert.Equal(2, Directory.GetFiles(_folder).Length); // no temporary is left
    }

    [Fact]
    public void Examples_show_every_action_in_turn_whatever_their_scores()
    {
        var video = SampleDemo.Walker(0);
        ControlSample Sample(int i, string label) => new($"c{i}", $"s{i / 2}", label, "x", video, new byte[17 * 64 * 64], video);
        var control = ControlResult.Of(DemoControl.FirstFrame, [Sample(0, "run"), Sample(1, "run"), Sample(2, "run"), Sample(4, "walk"), Sample(6, "jump")], examples: 4);
        Assert.Equal(["c0", "c4", "c6", "c2"], control.Examples.Select(e => e.Clip)); // c1 is of the same sequence as c0
        Assert.Equal(5, control.Scores.Clips.Count);
    }

    [Fact]
    public void Samples_that_do_not_fit_together_are_named()
    {
        var video = SampleDemo.Walker(0);
        var sample = new ControlSample("clip-9", "s", "run", "x", video, new byte[5], video);
        Assert.Contains("clip-9", Assert.Throws<InputException>(() => ControlResult.Of(DemoControl.FirstLast, [sample])).Message);
        Assert.Contains("first-last", Assert.Throws<InputException>(() => ControlResult.Of(DemoControl.FirstLast, [])).Message);
    }

    [Fact]
    public void Training_logs_are_read_with_gaps_and_unfinished_ends_and_refused_when_something_else()
    {
        string log = Path.Combine(_folder, "metrics.jsonl");
        File.WriteAllText(log, "{\"step\":1,\"trained\":0.5,\"loss\":0.9,\"psnr\":12.5}\n{\"step\":2,\"trained\":1,\"loss\":\"NaN\",\"heldout_psnr\":13}\n{\"step\":3,\"tra");
        var points = LearningCurve.Read(log);
        Assert.Equal(2, points.Count);
        Assert.Equal((1, 0.5, 0.9, 12.5), (points[0].Step, points[0].Seconds, points[0].Loss, points[0].Psnr));
        Assert.True(double.IsNaN(points[1].Loss) && double.IsNaN(points[1].Psnr));
        Assert.Equal(13, points[1].HeldOutPsnr);

        File.WriteAllText(log, "{\"step\":1}\n");
        Assert.Contains("'loss'", Assert.Throws<InputException>(() => LearningCurve.Read(log)).Message);
        Assert.Contains("nothing.jsonl", Assert.Throws<InputException>(() => LearningCurve.Read(Path.Combine(_folder, "nothing.jsonl"))).Message);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_one_clear_line()
    {
        string file = Path.Combine(_folder, "taken");
        File.WriteAllText(file, "");
        var error = Assert.Throws<InputException>(() => DemoPage.Write(SampleDemo.Make(2), file));
        Assert.Contains("taken", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
