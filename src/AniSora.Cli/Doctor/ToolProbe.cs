using System.ComponentModel;
using System.Diagnostics;

namespace AniSora.Cli.Doctor;

/// <summary>Asks a program on the PATH about itself.</summary>
internal static class ToolProbe
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancel">Ends the program early.</param>
    /// <returns>What it printed on standard output; null when it is not there, fails, or does not answer in time.</returns>
    public static async Task<string?> RunAsync(string program, string[] arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start);
            if (process is null)
                return null;
            process.StandardInput.Close();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(s_patience);
            try
            {
                var error = process.StandardError.ReadToEndAsync(patience.Token);
                var output = await process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false);
                await error.ConfigureAwait(false);
                await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? output : null;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                // It is gone when this is: a process that was just killed may live on for a moment.
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                cancel.ThrowIfCancellationRequested();
                return null;
            }
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return null;
        }
    }
}
