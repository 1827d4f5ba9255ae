using System.ComponentModel;
using System.Diagnostics;

namespace AniSora.Data;

/// <summary>Runs ffmpeg or ffprobe as a process: bytes in, bytes out, with a time limit. Films from outside are never decoded inside this process.</summary>
internal static class Ffmpeg
{
    /// <summary>Long enough for any file within the size limits, short enough not to hang a run for ever.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>ffmpeg ended with an error; the message is its last line.</summary>
    internal sealed class FailedException(string message) : Exception(message);

    /// <summary>Runs a program.</summary>
    /// <param name="program"><c>ffmpeg</c> or <c>ffprobe</c>.</param>
    /// <param name="arguments">Its arguments, one each, never through a shell.</param>
    /// <param name="feed">Writes its standard input; null for none.</param>
    /// <param name="consume">Reads its standard output; null to drop it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What it wrote to standard error.</returns>
    /// <exception cref="InputException">The program is not installed.</exception>
    /// <exception cref="FailedException">It failed or took too long.</exception>
    public static string Run(string program, IEnumerable<string> arguments, Action<Stream>? feed, Action<Stream>? consume, CancellationToken cancellation = default)
    {
        using var process = Start(program, arguments);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(_limit);
        using var killer = timeout.Token.Register(() => Kill(process));
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var feeding = Task.Run(() => Feed(process, feed), CancellationToken.None);
        try
        {
            (consume ?? (s => s.CopyTo(Stream.Null)))(process.StandardOutput.BaseStream);
        }
        catch
        {
            Kill(process);
            throw;
        }

        feeding.GetAwaiter().GetResult();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        if (timeout.IsCancellationRequested)
            throw new FailedException($"{program} took longer than {_limit.TotalMinutes:F0} minutes");
        string said = errors.GetAwaiter().GetResult();
        return process.ExitCode == 0 ? said : throw new FailedException(LastLine(said) is { Length: > 0 } line ? line : $"{program} ended with code {process.ExitCode}");
    }

    /// <summary>Starts a program with all its streams redirected.</summary>
    internal static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InputException($"{program} cannot be started ({e.Message}): run `make setup`, which installs the apt package ffmpeg", e);
        }
    }

    private static void Feed(Process process, Action<Stream>? feed)
    {
        try
        {
            feed?.Invoke(process.StandardInput.BaseStream);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A broken pipe: ffmpeg has seen enough or has given up, and its exit code says which.
        }
    }

    /// <summary>Kills a process, unless it has ended.</summary>
    internal static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has already ended.
        }
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
}
