using System.Globalization;
using System.Runtime.InteropServices;

namespace AniSora.Cli.Hosting;

/// <summary>Processes of other programs, where .NET has no word for it.</summary>
internal static partial class Posix
{
    /// <summary>SIGTERM's number.</summary>
    public const int Terminate = 15;

    /// <summary>The processes that a process has started and that still are; none where there is no <c>/proc</c>.</summary>
    public static int[] Children(int parent) => Directory.Exists("/proc")
        ? [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _) && ParentOf(name!) == parent)
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))]
        : [];

    /// <summary>Sends a signal.</summary>
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    /// <summary>The second field after the program's name, which is in brackets and may hold anything.</summary>
    private static int? ParentOf(string process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }
}
