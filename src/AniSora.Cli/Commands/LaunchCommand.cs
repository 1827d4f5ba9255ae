using System.CommandLine;
using AniSora.Cli.Hosting;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora launch</c>: several processes of one job on this machine.</summary>
internal static class LaunchCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var processes = new Option<int>("--processes") { Description = "How many; they share this machine's processors.", Required = true };
        var restarts = new Option<int>("--restarts") { Description = "Start all of them again when one fails, at most so often; give the command --resume." };
        var port = new Option<int>("--port") { Description = "Where they meet on this machine; 0 = a free port." };
        var command = new Command("launch", "Run a command as several processes on this machine: anisora launch --processes 2 train dit …")
        {
            processes, restarts, port,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancel) =>
        {
            var (n, r) = (parsed.GetValue(processes), parsed.GetValue(restarts));
            if (n < 1)
                throw new InputException($"--processes {n}: use 1 or more");
            if (r < 0)
                throw new InputException($"--restarts {r}: use 0 or more");
            string[] arguments = [.. parsed.UnmatchedTokens.SkipWhile(t => t == "--")];
            if (arguments.Length == 0)
                throw new InputException("launch: what to run is missing; for instance: anisora launch --processes 2 train vae --out out/vae");
            return new LocalLauncher(n, r, parsed.GetValue(port), arguments).RunAsync(cancel);
        });
        return command;
    }
}
