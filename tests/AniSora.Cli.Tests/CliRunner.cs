using System.Diagnostics;

namespace AniSora.Cli.Tests;

/// <summary>What a run of the command line left behind.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">Everything on standard output.</param>
/// <param name="Error">Everything on standard error.</param>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>
    /// Asserts what every command owes a user whose input is wrong: exit code 2, nothing on standard output, and one line
    /// on standard error that begins with "error:" and names everything in <paramref name="named"/>.
    /// </summary>
    /// <param name="named">The file, the field and the fix, as far as they can be foretold.</param>
    public void AssertBadInput(params string[] named)
    {
        Assert.True(ExitCode == 2, $"exit code {ExitCode} instead of 2; standard error: {Error}");
        Assert.Equal("", Output);
        var line = Assert.Single(Error.TrimEnd('\n').Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.All(named, text => Assert.Contains(text, line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
    }
}

/// <summary>Runs the built <c>anisora</c> as a process of its own, as a user does.</summary>
internal static class CliRunner
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>The built program, which the build puts beside the tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "anisora.dll");

    /// <summary>Runs to the end.</summary>
    /// <param name="args">The command line.</param>
    public static Task<CliResult> RunAsync(params string[] args) => RunAsync(args, folder: null);

    /// <summary>Runs to the end.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="folder">The current folder of the process; the test's own unless told.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="started">Called once the process runs, for instance to send it a signal.</param>
    /// <param name="program">Another copy of the program than <see cref="Program"/>.</param>
    public static async Task<CliResult> RunAsync(
        string[] args, string? folder, IReadOnlyDictionary<string, string>? environment = null,
        Func<Process, Task>? started = null, string? program = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        start.ArgumentList.Add(program ?? Program);
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            if (started is not null)
                await started(process);
            await process.WaitForExitAsync(limit.Token);
            return new CliResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Sends a signal the way a shell does.</summary>
    /// <param name="process">To whom.</param>
    /// <param name="signal">Such as "TERM" or "INT".</param>
    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
