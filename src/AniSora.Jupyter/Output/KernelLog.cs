namespace AniSora.Jupyter;

/// <summary>What the kernel says about itself, on the standard error that it was started with: the terminal or log of Jupyter.</summary>
internal static class KernelLog
{
    private static TextWriter s_writer = Console.Error;

    /// <summary>Sends the log elsewhere, once standard error belongs to the cells.</summary>
    public static void WriteTo(Stream stream) => s_writer = TextWriter.Synchronized(new StreamWriter(stream) { AutoFlush = true });

    /// <summary>Writes one line.</summary>
    public static void Write(string line)
    {
        try
        {
            s_writer.WriteLine($"[anisora-kernel {Environment.ProcessId}] {line}");
        }
        catch (IOException)
        {
            // Whoever read the log is gone; that must not end a cell.
        }
    }
}
