namespace AniSora.Cli.Tests;

/// <summary>The command line as a process: help, wrong commands, exit codes.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_lists_every_command()
    {
        var result = await CliRunner.RunAsync("--help");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Error);
        Assert.All(Program.CreateRoot().Subcommands, command => Assert.Contains($"  {command.Name}", result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_arguments_show_the_help() =>
        Assert.Equal((await CliRunner.RunAsync("--help")).Output, (await CliRunner.RunAsync()).Output);

    [Fact]
    public async Task Help_of_every_command_is_answered()
    {
        foreach (var command in Program.CreateRoot().Subcommands)
        {
            var result = await CliRunner.RunAsync(command.Name, "--help");
            Assert.Equal(0, result.ExitCode);
            Assert.Contains(command.Description!, result.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Version_is_one_line()
    {
        var result = await CliRunner.RunAsync("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", result.Output);
    }

    /// <summary>Loading libtorch takes the better part of a second, so what needs no tensor must not load it.</summary>
    [Theory]
    [InlineData("--help")]
    [InlineData("doctor", "--help")]
    [InlineData("nonsense")]
    public async Task Answers_without_loading_native_libraries(params string[] args)
    {
        // The dynamic loader itself writes down every file it opens, one report per process.
        using var folder = new TemporaryFolder();
        await CliRunner.RunAsync(args, folder: null, new Dictionary<string, string> { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = folder["ld"] });
        var report = string.Concat(Directory.GetFiles(folder.Path).Select(File.ReadAllText));
        Assert.Contains("libcoreclr.so", report, StringComparison.Ordinal);
        Assert.DoesNotContain("libtorch", report, StringComparison.Ordinal);
        Assert.DoesNotContain("libduckdb", report, StringComparison.Ordinal);
        Assert.DoesNotContain("libanisora", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistyped_command_is_named_with_what_was_probably_meant()
    {
        var result = await CliRunner.RunAsync("docter");
        result.AssertBadInput("'docter'", "did you mean 'doctor'?");
        Assert.Contains("anisora --help", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistyped_option_is_named_with_what_was_probably_meant()
    {
        var result = await CliRunner.RunAsync("doctor", "--jsno");
        result.AssertBadInput("'--jsno'", "did you mean '--json'?");
        Assert.Contains("anisora doctor --help", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Argument_with_an_at_sign_is_not_a_response_file() =>
        (await CliRunner.RunAsync("@no-such-file")).AssertBadInput("'@no-such-file'");
}
