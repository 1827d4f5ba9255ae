using System.CommandLine;
using AniSora.Cli.Commands;
using AniSora.Cli.Hosting;

namespace AniSora.Cli;

/// <summary>The entry point of <c>anisora</c>: one command line over every project of the repository.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => CommandHost.RunAsync(CreateRoot(), args);

    /// <summary>
    /// The whole command tree, in the order of the help. Creating it must stay cheap (no file, no libtorch): <c>--help</c> is answered from it alone.
    /// </summary>
    internal static RootCommand CreateRoot() => new("Train small animation models and make animation with them.")
    {
        DataCommand.Create(),
        TrainCommand.Create(),
        LaunchCommand.Create(),
        SampleCommand.Create(),
        DemoCommand.Create(),
        ExportCommand.Create(),
        KernelCommand.Create(),
        ParityCommand.Create(),
        DoctorCommand.Create(),
    };
}
