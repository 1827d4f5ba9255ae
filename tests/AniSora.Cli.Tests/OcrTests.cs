using System.Globalization;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora data ocr</c>.</summary>
public sealed class OcrTests
{
    private static string Title => Path.Combine(AppContext.BaseDirectory, "fixtures", "level.png");

    [Fact]
    public async Task Text_and_its_cover_are_printed_as_a_table()
    {
        var result = await CliRunner.RunAsync("data", "ocr", Title);
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal(Title, lines[0].Split('\t')[0]);
        Assert.InRange(double.Parse(lines[0].Split('\t')[1], CultureInfo.InvariantCulture), 10, 30);
        Assert.Contains("HELLO", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_picture_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["no picture.png"], "text");
        (await CliRunner.RunAsync("data", "ocr", folder["no picture.png"])).AssertBadInput("no picture.png", "not a picture");
        (await CliRunner.RunAsync("data", "ocr", folder["missing.png"])).AssertBadInput("missing.png", "no such file");
    }
}
