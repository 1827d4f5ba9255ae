using System.Reflection;
using System.Runtime.InteropServices;
using AniSora.Training.Distributed;

namespace AniSora.Cli.Hosting;

/// <summary>Turns an exception that reached the top into one line and an exit code.</summary>
internal static class ErrorReport
{
    /// <summary>Prints the line.</summary>
    /// <param name="error">What a command threw.</param>
    /// <param name="cancelled">Whether the user asked to stop; a cancellation nobody asked for is an error like any other.</param>
    /// <param name="trace">Whether to print the stack as well.</param>
    /// <param name="output">Standard error.</param>
    /// <returns>The exit code.</returns>
    public static int Print(Exception error, bool cancelled, bool trace, TextWriter output)
    {
        var cause = Unwrap(error);
        if (trace)
            output.WriteLine(error);

        switch (cause)
        {
            case OperationCanceledException when cancelled:
                output.WriteLine("stopped");
                return ExitCode.Cancelled;

            case InputException:
                output.WriteLine($"error: {OneLine(cause.Message)}");
                return ExitCode.BadInput;

            case RankLostException:
                output.WriteLine($"error: {OneLine(cause.Message)}");
                output.WriteLine("checkpoints are intact: start the job again with --resume");
                return ExitCode.Failed;

            case DllNotFoundException or EntryPointNotFoundException or BadImageFormatException:
                output.WriteLine($"error: a native library is missing or does not fit: {OneLine(cause.Message)}");
                output.WriteLine("run `anisora doctor`: it names what is missing and the command that mends it");
                return ExitCode.Failed;

            // libtorch's errors carry the frames of its C++ behind the message.
            case ExternalException:
                output.WriteLine($"error: libtorch: {OneLine(cause.Message.Split("\nException raised from")[0])}");
                if (!trace)
                    output.WriteLine("this is not expected: run with --trace for the stack");
                return ExitCode.Failed;

            default:
                output.WriteLine($"error: {cause.GetType().Name}: {OneLine(cause.Message)}");
                if (!trace)
                    output.WriteLine("this is not expected: run with --trace for the stack");
                return ExitCode.Failed;
        }
    }

    /// <summary>The exception that says something: wrappers that reflection, tasks and type initialisers put around it are taken off.</summary>
    private static Exception Unwrap(Exception error)
    {
        while (error is AggregateException or TargetInvocationException or TypeInitializationException && error.InnerException is { } inner)
            error = inner;
        return error;
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
