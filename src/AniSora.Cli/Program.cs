using System.CommandLine;
using AniSora.Cli.Commands;
using AniSora.Cli.Hosting;
using AniSora.Cli.Notebook;

namespace AniSora.Cli;

/// <summary>The entry point of <c>anisora</c>: one command line over every project of the repository.</summary>
internal static class Program
{
    // Held to the very end of the process: a signal that comes when the work is done, as to one of several processes, must not change how it ended.
    private static Interruption? s_interruption;

    private static Task<int> Main(string[] args)
    {
        RankLines.Install();
        s_interruption = new Interruption(Console.Error);
        return CommandHost.RunAsync(CreateRoot(), args, interruption: s_interruption);
    }

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
        BenchCommand.Create(),
        EvaluateCommand.Create(),
        EvaluatorCommand.Create(),
        LeaderboardCommand.Create(),
        StudyCommand.Create(),
        ExportCommand.Create(),
        KernelCommand.Create(),
        NotebookCommand.Create(),
        ParityCommand.Create(),
        DoctorCommand.Create(),
    };
}
