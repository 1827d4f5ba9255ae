using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AniSora.Data;

/// <summary>Runs the programs that fetch and unpack packages.</summary>
internal static class PackageTool
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments, one each, never through a shell.</param>
    /// <param name="folder">Its current folder.</param>
    /// <param name="missing">What to say if there is no such program.</param>
    /// <param name="failure">What to say if it fails; its own error line is added.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <returns>Its standard output.</returns>
    /// <exception cref="InputException">It cannot be started, or failed.</exception>
    public static async Task<string> RunAsync(string program, string[] arguments, string folder, string missing, string failure, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InputException($"{program} cannot be started: {missing}{(OperatingSystem.IsLinux() ? "" : $" (this is {RuntimeInformation.OSDescription})")}", e);
        }

        using (process)
        {
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(cancellation);
                var errors = process.StandardError.ReadToEndAsync(cancellation);
                await process.WaitForExitAsync(cancellation);
                return process.ExitCode == 0 ? await output : throw new InputException($"{failure}{(Complaint(await errors) is { Length: > 0 } said ? $" ({said})" : "")}");
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }

    // apt writes "E: …", npm "npm ERR! …" or "npm error …", and a line about its log file last.
    private static string Complaint(string errors) =>
        errors.Split('\n').LastOrDefault(l => (l.StartsWith("E:", StringComparison.Ordinal) || l.Contains("error", StringComparison.OrdinalIgnoreCase) || l.StartsWith("npm ERR!", StringComparison.Ordinal))
            && !l.Contains(".log", StringComparison.Ordinal) && !l.Contains("complete log", StringComparison.Ordinal))?.Trim() ?? "";
}
