using System.CommandLine;
using AniSora.Cli.Doctor;
using AniSora.Cli.Hosting;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora doctor</c>: what is there, what is missing, and the command that mends it.</summary>
internal static class DoctorCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the checks as JSON instead of a table." };
        var command = new Command("doctor", "Say what is there, what is missing and the command that mends it (exit code 1 when something is missing).")
        {
            json,
        };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(bool json, CancellationToken cancel)
    {
        var repository = RepositoryFolder.Find();
        List<Check> checks =
        [
            .. new SystemChecks(repository).Run(),
            .. TorchChecks.Run(),
            .. await ToolChecks.RunAsync(cancel).ConfigureAwait(false),
            .. new PackageChecks(repository).Run(),
            .. AssetChecks.Run(),
        ];
        if (json)
            DoctorReport.WriteJson(checks, Console.Out);
        else
            DoctorReport.WriteTable(checks, Console.Out, terminal: !Console.IsOutputRedirected);
        return DoctorReport.Healthy(checks) ? ExitCode.Ok : ExitCode.Failed;
    }
}
