using System.Diagnostics;
using System.Runtime.InteropServices;

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
internal static partial class CliRunner
{
    // Only for what hangs: a busy machine may take many times as long as an idle one.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>The full path of <c>dotnet</c>, so that a test may take the PATH away.</summary>
    public static string Dotnet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
        ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, "dotnet")).FirstOrDefault(File.Exists)
        ?? "dotnet";

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
    /// <param name="signals">How <c>env</c> sets what signals do. As a terminal has it, unless told: whoever runs the tests in the background of a
    /// script hands an ignored SIGINT down to them.</param>
    public static async Task<CliResult> RunAsync(
        string[] args, string? folder, IReadOnlyDictionary<string, string>? environment = null,
        Func<Process, Task>? started = null, string? program = null, string signals = "--default-signal")
    {
        // env becomes dotnet: it is the same process.
        var start = new ProcessStartInfo("/usr/bin/env", [signals, Dotnet])
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
                await started(process).WaitAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CliResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"anisora {string.Join(' ', args)}: not at an end after {s_limit.TotalMinutes} minutes");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Sends a signal, at once: starting <c>kill</c> for it takes its time on a busy machine.</summary>
    /// <param name="process">To whom.</param>
    /// <param name="signal">"INT", "TERM" or "USR1".</param>
    public static void Signal(Process process, string signal)
    {
        int number = signal switch { "INT" => 2, "USR1" => 10, "TERM" => 15, _ => throw new ArgumentException($"signal {signal}") };
        Assert.True(Kill(process.Id, number) == 0, $"process {process.Id} is no longer there to get SIG{signal}");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
