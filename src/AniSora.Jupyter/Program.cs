using AniSora.Jupyter.Kernel;

namespace AniSora.Jupyter;

/// <summary>The entry point of <c>anisora-kernel</c>, which Jupyter starts with a connection file.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        string? file = args is ["-f", var named] ? named : args is [{ } only] && !only.StartsWith('-') ? only : null;
        if (file is null)
        {
            Console.Error.WriteLine("usage: anisora-kernel CONNECTION_FILE\nJupyter starts it; 'anisora kernel install' tells Jupyter about it.");
            return 2;
        }
        try
        {
            using var server = new KernelServer(file);
            server.Run();
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or DllNotFoundException)
        {
            KernelLog.Write(e is DllNotFoundException ? $"{e.Message} (on Debian: apt-get install libzmq5)" : e.Message);
            return 1;
        }
        // Threads of cells may still be busy, and none of them is waited for.
        Environment.Exit(0);
        return 0;
    }
}
