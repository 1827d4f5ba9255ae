using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Evaluation.Tests.Benchmark;

public class BenchmarkPlanTests
{
    private static readonly BenchmarkFormat _format = new();

    [Theory]
    [InlineData(16, 16, 1, 1)]
    [InlineData(23.81, 11.905, 2, 1)]
    [InlineData(10, 20, 1, 2)]
    [InlineData(7.5, 15, 1, 2)]
    [InlineData(5, 15, 1, 3)]
    [InlineData(30, 15, 2, 1)]
    [InlineData(13, 13, 1, 1)]
    public void A_clip_has_the_even_rate_nearest_to_the_one_asked_for(double source, double rate, int step, int hold)
    {
        var timing = ClipTiming.Of(source, 16);
        Assert.Equal((step, hold), (timing.Step, timing.Hold));
        Assert.Equal(rate, timing.Rate, 1e-9);
        // In real time: so many source frames a second, however they are shown.
        Assert.Equal(source, timing.Rate * step / hold, 1e-9);
        Assert.Equal([4, 4 + step * (1 / hold), 4 + step * (2 / hold), 4 + step * (3 / hold)], timing.Frames(4, 4));
    }

    [Fact]
    public void Clips_of_a_label_are_spread_over_what_there_is()
    {
        // A dozen of one family and three of another, as sources come: all of the rare one, the rest of the common one.
        SourceRow[] sources = [.. Enumerable.Range(0, 40).Select(i => Monster($"bat{i % 5}", "run", i, i < 37 ? "bat" : "cow"))];
        var plan = BenchmarkPlan.Of(sources, _format);
        Assert.Equal(30, plan.Count);
        Assert.Equal(3, plan.Count(c => c.Source.Identity == "cow"));
        Assert.Equal(5, plan.Where(c => c.Source.Identity == "bat").Select(c => c.Source.SourceId.Split('/')[1]).Distinct().Count());
        Assert.Equal(plan.Select(Facts), BenchmarkPlan.Of([.. sources.Reverse()], _format).Select(Facts));
        Assert.Equal(plan.Count, plan.Select(c => c.Id).Distinct().Count());
        Assert.Equal("flare-game_monster-running_1", plan[0].Id);
        Assert.StartsWith("a bat", plan[0].Prompt);

        static string Facts(PlannedClip clip) => $"{clip.Id} {clip.Source.SourceId} {clip.Prompt} {string.Join(',', clip.Shown)} {clip.Rate}";
    }

    [Fact]
    public void A_short_action_is_followed_by_the_figures_stance_and_death_by_nothing()
    {
        var stance = Monster("bat", "stance", 0, "bat", fps: 5);
        PlannedClip Of(string action) => BenchmarkPlan.Of([stance, Monster("bat", action, 0, "bat", loops: false)], _format).Single(c => c.Source.SourceId.Contains(action, StringComparison.Ordinal));

        var strike = Of("swing");
        Assert.Equal(20, strike.Rate);
        // Four frames of the action, each twice, then four of the stance in its own time, each four times.
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6], strike.Shown);
        Assert.Equal(8, JsonSerializer.Deserialize<int[][]>(strike.Source.Frames)!.Length);
        var death = Of("die");
        Assert.Equal(4, JsonSerializer.Deserialize<int[][]>(death.Source.Frames)!.Length);
    }

    [Fact]
    public void Of_the_footballers_only_those_that_the_demo_holds_out_are_shown()
    {
        string[] directions = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
        var sources = from play in new[] { ("running", 40, true), ("walking", 40, true), ("tackling", 25, false), ("header", 20, false) }
                      from direction in directions
                      from kit in new[] { "blue", "red" }
                      select new SourceRow($"tuxfootball/{kit}/{play.Item1}/{direction}", 0, "tuxfootball", SourceKind.Pictures, "", JsonSerializer.Serialize(Enumerable.Range(0, play.Item2).Select(i => $"{i}.png")), 0, "", "",
                          $"tuxfootball/{play.Item1}/{direction}", "", play.Item1, "footballer", kit, direction, 16, play.Item3, false);
        var plan = BenchmarkPlan.Of(sources, _format);
        Assert.Equal(DemoDataset.HeldOut.Order(), plan.Select(c => c.Source.Identity).Distinct().Order());
        Assert.Equal([0, 13, 26], Starts("running"));
        Assert.Equal([0, 4, 8], Starts("tackling"));
        Assert.Equal([0, 2, 3], Starts("header"));
        Assert.All(plan.Where(c => !c.Source.Loops), clip => Assert.True(clip.Shown[^1] < (clip.Source.Label == "header" ? 20 : 25)));
        // A clip as long as the play begins at its beginning, once.
        Assert.Equal(2, BenchmarkPlan.Of(sources, _format with { Frames = 25 }).Count(c => c.Source.Label == "header"));

        IEnumerable<int> Starts(string play) => plan.Where(c => c.Source.Label == play).Select(c => c.Shown[0]).Distinct().Order();
    }

    [Fact]
    public void The_project_knows_what_the_benchmark_shows()
    {
        Assert.Equal(50, BenchmarkIdentities.Known.Count);
        Assert.All(DemoDataset.HeldOut, identity => Assert.Contains(BenchmarkIdentities.HashOf(identity), BenchmarkIdentities.Known));
        Assert.All(new[] { "fluent-emoji/1f3c3", "fluent-emoji/1f9d1-200d-1f3a8", "flare-game/skeleton" }, identity => Assert.Contains(BenchmarkIdentities.HashOf(identity), BenchmarkIdentities.Known));
        Assert.All(new[] { "tuxfootball/running/n", "fluent-emoji/1f600", "frozen-bubble/win" }, identity => Assert.DoesNotContain(BenchmarkIdentities.HashOf(identity), BenchmarkIdentities.Known));
    }

    private static SourceRow Monster(string unit, string action, int number, string identity, double fps = 10, bool loops = true) => new(
        $"flare-game/{unit}/{action}/{number}", 0, "flare-game", SourceKind.Sheet, "sheet.png", "[[0,0,4,4,0,0],[1,0,4,4,0,0],[2,0,4,4,0,0],[3,0,4,4,0,0]]", 0, "CC-BY-SA-3.0", "", identity, "", action, unit, "", "w", fps, loops, false);
}
