using System.Runtime.CompilerServices;

namespace AniSora.Torch.Tests;

/// <summary>
/// Started with <see cref="Argument"/>, the test program prints the threads of operators and of BLAS and what multiplies matrices instead of testing: what
/// libtorch makes of its environment can only be seen in a new process.
/// </summary>
internal static class ThreadQuestion
{
    internal const string Argument = "--print-torch-threads";

    [ModuleInitializer]
    internal static void Answer()
    {
        if (!Environment.GetCommandLineArgs().Contains(Argument))
            return;
        Console.WriteLine($"{TorchRuntime.Threads} {TorchRuntime.BlasThreads} {TorchRuntime.MatrixLibrary}");
        Environment.Exit(0);
    }
}
