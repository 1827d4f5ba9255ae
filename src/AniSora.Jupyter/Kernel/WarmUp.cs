using AniSora.Display.Notebook;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.References;

namespace AniSora.Jupyter.Kernel;

/// <summary>Compiles and runs something small while the front end is still connecting, so that the user's first cell does not pay for the first of everything.</summary>
internal static class WarmUp
{
    /// <summary>Begins in the background, with a session of its own.</summary>
    public static void Start(NuGetPackages packages) => new Thread(() =>
    {
        try
        {
            var session = new CSharpSession(packages);
            foreach (string code in new[] { "var a = new[] { 1, 2 }; record R(int X);", "a.Select(i => new R(i)).ToList()" })
                Formatters.Format(session.Compile(code, "warm-up").Run().GetAwaiter().GetResult());
        }
        catch (Exception e)
        {
            KernelLog.Write($"warm-up failed: {e}");
        }
    }, 16 << 20)
    { IsBackground = true, Name = "warm-up", Priority = ThreadPriority.BelowNormal }.Start();
}
