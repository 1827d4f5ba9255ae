using System.Runtime.InteropServices;

namespace AniSora.Cli.Hosting;

/// <summary>
/// Ctrl-C and SIGTERM as a cancellation token. The first signal asks the command to save and stop, a second one ends the
/// process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly TextWriter _error;
    private int _signals;

    /// <summary>Starts to listen.</summary>
    /// <param name="error">Where the user is told that the signal was seen.</param>
    public Interruption(TextWriter error)
    {
        _error = error;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) > 1)
            Environment.Exit(ExitCode.Cancelled);

        // Without this the runtime ends the process as soon as the handler returns.
        context.Cancel = true;
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
