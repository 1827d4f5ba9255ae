using System.Runtime.InteropServices;

namespace AniSora.Cli.Hosting;

/// <summary>
/// Ctrl-C, SIGTERM and SIGUSR1 as a cancellation token. The first signal asks the command to save and stop, a second one ends the
/// process at once. SIGUSR1 is a batch system's warning that the time is nearly up.
/// </summary>
/// <remarks>
/// A SIGINT that was ignored when the process began stays so: shells without job control start what runs in their background that way,
/// because Ctrl-C is meant for what runs in front of it. .NET leaves it alone; SIGTERM stops such a process.
/// </remarks>
internal sealed class Interruption : IDisposable
{
    /// <summary>SIGUSR1's number on Linux.</summary>
    public const int UserSignal = 10;

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _warning;
    private readonly TextWriter _error;
    private int _signals;
    private volatile bool _finished;

    /// <summary>Starts to listen.</summary>
    /// <param name="error">Where the user is told that the signal was seen.</param>
    public Interruption(TextWriter error)
    {
        _error = error;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        _warning = PosixSignalRegistration.Create((PosixSignal)UserSignal, OnSignal);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was SIGUSR1: the job is to go on later.</summary>
    public bool ToBeRequeued { get; private set; }

    /// <summary>The command is at its end: signals change nothing from now on.</summary>
    public void Finish() => _finished = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _warning.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Without this the runtime ends the process as soon as the handler returns.
        context.Cancel = true;
        if (_finished)
            return;
        if (Interlocked.Increment(ref _signals) > 1)
            Environment.Exit(ExitCode.Cancelled);

        ToBeRequeued = (int)context.Signal == UserSignal;
        if (context.Signal == PosixSignal.SIGINT)
            _error.WriteLine("\nstopping (press Ctrl-C again to stop at once)");
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command had just ended by itself.
        }
    }
}
