using System.CommandLine;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora bench</c>: a benchmark of labelled animation clips, and videos made for it.</summary>
internal static class BenchCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create() => new("bench", "Build a benchmark of 948 labelled animation clips, look at it, and make a model's videos for it.")
    {
        BenchBuildCommand.Create(),
        BenchCheckCommand.Create(),
        BenchShowCommand.Create(),
        BenchRunCommand.Create(),
    };

    /// <summary>The benchmark's folder, as an argument.</summary>
    public static Argument<string> Folder() => new("BENCHMARK") { Description = "A benchmark's folder: ours, or one in the published layout (image/, video/, prompts.csv)." };
}
