using System.Runtime.InteropServices;

namespace AniSora.Jupyter.Kernel;

/// <summary>Ends the kernel when the process that started it is gone, so that a crashed front end leaves nothing behind.</summary>
internal static partial class ParentWatch
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Begins to watch if the front end said who it is (<c>JPY_PARENT_PID</c>).</summary>
    /// <param name="gone">Called once.</param>
    public static void Start(Action gone)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), out int parent) || parent <= 1)
            return;
        bool child = ParentOf() == parent;
        new Thread(() =>
        {
            // A number can be given to another process; whose child we are cannot lie.
            while (child ? ParentOf() == parent : Signal(parent, 0) == 0)
                Thread.Sleep(s_interval);
            KernelLog.Write($"the front end (process {parent}) is gone: this kernel ends");
            gone();
        })
        { IsBackground = true, Name = "parent" }.Start();
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int ParentOf();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
