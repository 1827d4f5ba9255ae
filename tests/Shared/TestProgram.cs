namespace AniSora.Tests;

/// <summary>The test program's entry point: xunit's, or a rank of a job that a test has started.</summary>
internal static class TestProgram
{
    /// <summary>The first argument of a rank's process.</summary>
    public const string Rank = "--rank-of-a-test";

    public static int Main(string[] args) => args is [Rank, var type, var method, var folder, var timeout]
        ? MpiRanks.RunRank(type, method, folder, timeout)
        : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult();
}
