using System.Text.Json;

namespace AniSora.Cli.Tests;

public class DataListTests
{
    [Fact]
    public async Task Collections_are_listed_with_licence_and_counts()
    {
        using var cache = new TemporaryFolder();
        var table = await CliRunner.RunAsync("data", "list", "--cache", cache["empty"]);
        Assert.Equal((0, ""), (table.ExitCode, table.Error));
        Assert.Matches(@"fluent-emoji .*2,109 animations.* no +MIT", table.Output);
        Assert.Matches(@"tuxfootball .*128 sequences.* no +GPL-2\.0-or-later", table.Output);

        var json = await CliRunner.RunAsync("data", "list", "--json", "--cache", cache["empty"]);
        var flare = JsonDocument.Parse(json.Output).RootElement.EnumerateArray().Single(c => c.GetProperty("name").GetString() == "flare-game");
        Assert.Equal(1240, flare.GetProperty("counts").GetProperty("sequences").GetInt32());
        Assert.Equal("flare-game 1.14-1", flare.GetProperty("packages")[0].GetString());
        Assert.False(flare.GetProperty("cached").GetBoolean());
        // Looking does not fetch.
        Assert.False(Directory.Exists(cache["empty"]));
    }
}
