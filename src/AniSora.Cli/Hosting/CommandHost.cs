using System.CommandLine;
using System.CommandLine.Invocation;

namespace AniSora.Cli.Hosting;

/// <summary>Runs a parsed command line: usage errors, cancellation, exceptions and exit codes, the same for every command.</summary>
internal static class CommandHost
{
    /// <summary>Parses and runs.</summary>
    /// <param name="root">The command tree.</param>
    /// <param name="args">As the shell gave them.</param>
    /// <param name="error">Where errors go; standard error unless told.</param>
    /// <param name="interruption">What listens to signals, when it is to do so longer than the command takes.</param>
    /// <returns>One of <see cref="ExitCode"/>, or what the command itself returned.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args, TextWriter? error = null, Interruption? interruption = null)
    {
        error ??= Console.Error;
        var trace = new Option<bool>("--trace")
        {
            Description = "Show the stack trace of an unexpected error.",
            Recursive = true,
        };
        root.Add(trace);

        // A prompt may begin with '@': it is text, not the name of a response file.
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
            return UsageError.Print(parsed, error);

        using var own = interruption is null ? new Interruption(error) : null;
        interruption ??= own!;
        try
        {
            // Signals and exceptions are handled here, because a command needs as long as a checkpoint takes to be saved
            // and the library's own handling kills it after a fixed time.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            int code = await parsed.InvokeAsync(configuration, interruption.Token).ConfigureAwait(false);
            return code == ExitCode.Cancelled && interruption.ToBeRequeued ? ExitCode.Requeue : code;
        }
        catch (Exception thrown)
        {
            return ErrorReport.Print(thrown, interruption.Token.IsCancellationRequested, parsed.GetValue(trace), error);
        }
        finally
        {
            interruption.Finish();
        }
    }
}
