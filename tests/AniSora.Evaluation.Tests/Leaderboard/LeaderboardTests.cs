using System.Text.Json.Nodes;

namespace AniSora.Evaluation.Tests.Boards;

public sealed class LeaderboardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Published_rows_stand_as_published_with_their_source()
    {
        Assert.All(PublishedTable.All, table =>
        {
            Assert.Contains("README.md of bilibili/Index-anisora", table.Source);
            Assert.All(table.Rows, row => Assert.Equal(table.Columns.Count, row.Values.Count));
            Assert.All(table.Columns.Where(c => c.Metric is not null), column => Assert.Contains(Leaderboard.Metrics, m => m.Key == column.Metric && m.Published is not null));
        });
        var board = Leaderboard.Of(MeasuredSet.Read([Summary("a", Metric("psnr", "", false, 30))])).Boards[0];
        Assert.Equal(["AniSora", "AniSora-I", "MiniMax"], board.Rows.Take(3).Select(r => r.Name));
        Assert.Equal(45.59, board.Rows[0].Cells[1]!.Value);
        Assert.All(board.Rows, r => Assert.Equal(PublishedTable.All[0].Source, r.Source));
    }

    [Fact]
    public void A_stand_in_has_a_column_of_its_own_and_the_published_network_the_published_one()
    {
        string file = Summary("ours", Metric("subject_consistency", "ResNet-18", true, 0.91), Metric("visual_motion", "learned from 240 ratings", true, 3.4), Metric("psnr", "", false, 27.5));
        string other = Summary("theirs", Metric("subject_consistency", "DINO ViT-B/16", false, 0.95), Metric("psnr", "", false, 29));
        var board = Leaderboard.Of(MeasuredSet.Read([file, other]));
        var published = board.Boards[0];
        var row = Assert.Single(published.Rows, r => r.Source.Length == 0);
        Assert.Equal(("theirs", 95.0), (row.Name, Math.Round(row.Cells[7]!.Value, 9)));
        Assert.All(row.Cells.Take(7), Assert.Null);
        Assert.DoesNotContain(board.Boards[1].Rows, r => r.Source.Length == 0);
        var standIns = board.Boards.Single(b => b.Title.StartsWith("Stand-ins", StringComparison.Ordinal));
        Assert.Equal(["subject consistency (ResNet-18 stand-in)"], standIns.Columns.Select(c => c.Title));
        Assert.Equal(["ours"], standIns.Rows.Select(r => r.Name));
        Assert.Equal(["visual motion (learned from 240 ratings)"], board.Boards.Single(b => b.Title.Contains("learned", StringComparison.Ordinal)).Columns.Select(c => c.Title));
        Assert.Equal(["theirs", "ours"], board.Boards.Single(b => b.Columns[0].Title == "PSNR").Rows.Select(r => r.Name));

        string text = board.ToMarkdown();
        Assert.Contains("| ours | first | 0.9100 (0.8100 … 1.0100) |", text);
        Assert.Contains("| theirs | first | – | – | – | – | – | – | – | 95.00 (85.00 … 105.00) |", text);
    }

    [Theory]
    [InlineData("ResNet-18", false)]
    [InlineData("DINO ViT-B/16", true)]
    public void A_summary_that_lies_about_its_networks_is_refused(string network, bool standIn) =>
        Refused([Summary("a", Metric("subject_consistency", network, standIn, 0.9))], "subject_consistency", "a stand-in has no place in a published column");

    [Fact]
    public void Measured_rows_are_sorted_within_their_task_and_say_how_they_were_made()
    {
        JsonObject Made(string method, string task) => new() { ["method"] = method, ["model"] = method == "model" ? "anisora-demo" : "", ["task"] = task, ["seed"] = 1, ["steps"] = 16, ["guidance"] = 1.5, ["seconds_per_clip"] = 0.51234, ["program"] = "0.1.0+abc", ["model_checksum"] = "0123456789abcdef" };
        var sets = MeasuredSet.Read([
            MadeSummary("hold", Made("hold", "first"), Metric("perceptual_distance", "ResNet-18", true, 0.5), Metric("colour_drift", "", false, 4)),
            MadeSummary("fill", Made("flow", "first-last"), Metric("colour_drift", "", false, 3)),
            MadeSummary("demo", Made("model", "first"), Metric("colour_drift", "", false, 2))]);
        var slower = Made("model", "first");
        slower["steps"] = 50;
        Assert.Equal(["anisora-demo (videos/demo)", "anisora-demo (videos/slow)"], MeasuredSet.Read([MadeSummary("demo", Made("model", "first")), MadeSummary("slow", slower)]).Select(s => s.Row));
        var board = Leaderboard.Of(sets);
        Assert.Equal([("anisora-demo", "first"), ("hold", "first"), ("flow", "first-last")], board.Boards[^1].Rows.Select(r => (r.Name, r.Task)));
        Assert.Equal(["anisora-demo", "hold", "flow"], board.Origins.Select(o => o.Name));
        var origin = board.Origins[0];
        Assert.Equal(("1", "0.512", "0.1.0+abc", 12), (origin.Seed, origin.Seconds, origin.Program, origin.Clips));
        Assert.Equal("anisora bench run models/anisora-demo --bench bench --task first --seed 1 --steps 16 --guidance 1.5 --out videos/demo && anisora evaluate videos/demo --bench bench", origin.Command);
        Assert.StartsWith("anisora bench run hold --bench bench --task first --seed 1 --out", board.Origins[1].Command);
    }

    [Fact]
    public void What_does_not_belong_together_is_named()
    {
        var psnr = Metric("psnr", "", false, 30);
        string a = Summary("a", psnr), twice = Summary("a", psnr), other = Summary("b", psnr), none = Summary("c", psnr), unknown = Summary("d", Metric("pnsr", "", false, 3));
        File.WriteAllText(other, File.ReadAllText(other).Replace("c0ffee", "decade"));
        Refused([a, other], other, "decade", "c0ffee");
        Refused([a, twice], twice, "a is measured 2 times");
        Refused([a, unknown], unknown, "\"pnsr\" is unknown", "psnr");
        var json = JsonNode.Parse(File.ReadAllText(none))!;
        json["benchmark"] = null;
        File.WriteAllText(none, json.ToJsonString());
        Refused([none], none, "without benchmark");
        File.WriteAllText(none, "{}");
        Refused([none], none, "no summary");
        Refused([_folder["nowhere"]], "nowhere", "no such file");
    }

    private static void Refused(string[] files, params string[] parts)
    {
        string said = Assert.Throws<InputException>(() => MeasuredSet.Read(files)).Message;
        Assert.All(parts, part => Assert.Contains(part, said));
    }

    private string Summary(string name, params JsonObject[] metrics) => MadeSummary(name, null, metrics);

    private string MadeSummary(string name, JsonObject? made, params JsonObject[] metrics)
    {
        string file = _folder[$"{Guid.NewGuid():N}.json"];
        File.WriteAllText(file, new JsonObject
        {
            ["benchmark"] = new JsonObject { ["folder"] = "bench", ["clips"] = 12, ["checksum"] = "c0ffee" },
            ["sets"] = new JsonArray(new JsonObject
            {
                ["videos"] = $"videos/{name}", ["name"] = name, ["made"] = made, ["clips"] = 12, ["metrics"] = new JsonArray([.. metrics.Select(m => m.DeepClone())]), ["frechet_distance"] = null, ["problems"] = new JsonArray(),
            }),
            ["comparisons"] = new JsonArray(),
        }.ToJsonString());
        return file;
    }

    private static JsonObject Metric(string key, string network, bool standIn, double mean) => new()
    {
        ["metric"] = key, ["title"] = key, ["network"] = network, ["stand_in"] = standIn, ["unit"] = "", ["higher_is_better"] = true,
        ["all"] = new JsonObject { ["mean"] = mean, ["low"] = mean - 0.1, ["high"] = mean + 0.1, ["clips"] = 12, ["identities"] = 9 }, ["labels"] = new JsonObject(),
    };
}
