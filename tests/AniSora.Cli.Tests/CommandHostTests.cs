using System.CommandLine;
using AniSora.Cli.Hosting;

namespace AniSora.Cli.Tests;

/// <summary>Exit codes and messages for what a command may throw.</summary>
public sealed class CommandHostTests
{
    private static async Task<(int Code, string Error)> RunAsync(Action action, params string[] args)
    {
        var command = new Command("go");
        command.SetAction(_ => action());
        using var error = new StringWriter();
        var code = await CommandHost.RunAsync(new RootCommand { command }, ["go", .. args], error);
        return (code, error.ToString());
    }

    [Fact]
    public async Task Success_is_silent() => Assert.Equal((0, ""), await RunAsync(() => { }));

    [Fact]
    public async Task Bad_input_is_one_line_and_exit_code_2() =>
        Assert.Equal((2, "error: clip.png: no image: give a PNG\n"), await RunAsync(() => throw new InputException("clip.png:\n  no image: give a PNG")));

    [Fact]
    public async Task Bad_input_is_found_inside_wrappers()
    {
        var (code, error) = await RunAsync(() => throw new AggregateException(new TypeInitializationException("X", new InputException("mend this"))));
        Assert.Equal((2, "error: mend this\n"), (code, error));
    }

    [Fact]
    public async Task Unexpected_error_says_how_to_see_the_stack()
    {
        var (code, error) = await RunAsync(() => throw new InvalidOperationException("broken"));
        Assert.Equal(1, code);
        Assert.Equal("error: InvalidOperationException: broken\nthis is not expected: run with --trace for the stack\n", error);
    }

    [Fact]
    public async Task Trace_shows_the_stack()
    {
        var (code, error) = await RunAsync(() => throw new InvalidOperationException("broken"), "--trace");
        Assert.Equal(1, code);
        Assert.Contains("   at ", error, StringComparison.Ordinal);
        Assert.EndsWith("error: InvalidOperationException: broken\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_native_library_points_to_the_doctor()
    {
        var (code, error) = await RunAsync(() => throw new TypeInitializationException("X", new DllNotFoundException("libx.so")));
        Assert.Equal(1, code);
        Assert.Contains("libx.so", error, StringComparison.Ordinal);
        Assert.Contains("anisora doctor", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Libtorchs_errors_come_without_its_frames()
    {
        var (code, error) = await RunAsync(() => throw new System.Runtime.InteropServices.ExternalException("shapes do not fit\nException raised from f at a.cpp:1\nframe #0: g()"));
        Assert.Equal((1, "error: libtorch: shapes do not fit\nthis is not expected: run with --trace for the stack\n"), (code, error));
    }

    [Fact]
    public async Task Cancellation_nobody_asked_for_is_an_error()
    {
        var (code, error) = await RunAsync(() => throw new OperationCanceledException());
        Assert.Equal(1, code);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docter", "doctor")]
    [InlineData("trian", "train")]
    [InlineData("--jsn", "--json")]
    [InlineData("banana", null)]
    public void Nearest_name_is_offered_only_when_it_is_near(string typed, string? expected) =>
        Assert.Equal(expected, UsageError.Guess(typed, ["doctor", "train", "sample", "--json"]));
}
