using System.Text.Json.Nodes;
using AniSora.Display.Notebook;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.Output;
using AniSora.Jupyter.References;

namespace AniSora.Jupyter.Kernel;

/// <summary>
/// All that runs cells in this process, and no word on who asks for them: the kernel answers Jupyter's sockets with it, and a notebook is run
/// from a command line with it. It takes over the process's input and output, so a process has one.
/// </summary>
internal sealed class CellEngine : IDisposable
{
    /// <summary>Bytes of stack for the thread that cells run on.</summary>
    public const int CellStack = 16 << 20;

    private readonly StreamOutput _streams;
    private readonly NativeOutput _native;
    private readonly TextWriter _out = Console.Out, _error = Console.Error;
    private readonly TextReader _in = Console.In;

    /// <summary>Begins a session, and catches what is written from now on.</summary>
    /// <param name="publish">Gets each output: its type, the raw header of the request that it belongs to, its content. Called from any thread.</param>
    /// <param name="ask">Asks the user for a line; called only for a cell that allows input.</param>
    /// <param name="marker">Told what runs, for the kernel after this one; null for none.</param>
    public CellEngine(Action<string, byte[]?, JsonObject> publish, Action<CellContext> ask, CrashMarker? marker = null)
    {
        Publisher = new Publisher(publish);
        _streams = new StreamOutput(Publisher.Stream);
        _native = NativeOutput.Redirect(_streams);
        KernelLog.WriteTo(_native.OriginalError);
        Comms = new Comms(Publisher);
        Notebook = new KernelNotebook(Publisher, Flush, Comms);
        Input = new InputPrompt(ask, Notebook, Flush);
        Session = new CSharpSession(new NuGetPackages(CacheFolder(), Console.WriteLine));
        Runner = new CellRunner(Session, Publisher, Notebook, Flush, marker, History);
        CurrentNotebook.Value = Notebook;
        Console.SetOut(new CellWriter(_streams, "stdout"));
        Console.SetError(new CellWriter(_streams, "stderr"));
        Console.SetIn(new StdinReader(Input.Ask));
        // A failed thread of a cell's own must not take the process with it.
        System.Runtime.ExceptionServices.ExceptionHandling.SetUnhandledExceptionHandler(e =>
        {
            Console.Error.WriteLine($"a background thread failed: {string.Join("\n", CellError.Of(e).Traceback)}");
            return true;
        });
    }

    /// <summary>By which outputs leave.</summary>
    public Publisher Publisher { get; }

    /// <summary>Channels of pages.</summary>
    public Comms Comms { get; }

    /// <summary>The notebook as cells see it.</summary>
    public KernelNotebook Notebook { get; }

    /// <summary>Questions to the user.</summary>
    public InputPrompt Input { get; }

    /// <summary>What cells have declared.</summary>
    public CSharpSession Session { get; }

    /// <summary>Runs cells, one at a time.</summary>
    public CellRunner Runner { get; }

    /// <summary>What was run.</summary>
    public History History { get; } = new();

    /// <summary>Publishes all text that was written until now.</summary>
    public void Flush()
    {
        _native.Drain();
        _streams.Flush();
    }

    /// <summary>Gives the process its input and output back.</summary>
    public void Dispose()
    {
        Flush();
        Console.SetOut(_out);
        Console.SetError(_error);
        Console.SetIn(_in);
        _native.Dispose();
    }

    private static string CacheFolder() => Path.Combine(
        Environment.GetEnvironmentVariable("ANISORA_KERNEL_CACHE") is { Length: > 0 } own ? own
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? Path.Combine(cache, "anisora-kernel")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "anisora-kernel"),
        "packages");
}
