using System.Runtime;
using AniSora.Display.Notebook;
using AniSora.Jupyter.Output;

namespace AniSora.Jupyter.Execution;

/// <summary>
/// How the running cell is stopped: first by the token that it may look at, then at the interrupt points of its loops and functions
/// and by waking it from whatever it waits for. A library's own loop has none of these; only when the user asks again are the
/// cell's threads aborted, because the runtime may not survive that. Native calls cannot be aborted either way.
/// </summary>
internal sealed class Interruption
{
    private static readonly TimeSpan s_cooperation = TimeSpan.FromMilliseconds(400), s_waking = TimeSpan.FromMilliseconds(300), s_patience = TimeSpan.FromSeconds(2);

    [ThreadStatic]
    private static bool s_inside;

    private readonly CancellationTokenSource _cooperative = new(), _abort = new(), _givenUp = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly HashSet<Thread> _threads = [];
    private readonly CellContext _cell;
    private readonly Action<string> _report;
    private int _requests;

    /// <summary>Nothing is asked yet.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="report">Told what keeps a cell from ending.</param>
    public Interruption(CellContext cell, Action<string> report)
    {
        _cell = cell;
        _report = report;
    }

    /// <summary>Cancelled when the user interrupts.</summary>
    public CancellationToken Token => _cooperative.Token;

    /// <summary>Cancelled when the cell is no longer waited for: it awaits something that does not come.</summary>
    public CancellationToken GivenUp => _givenUp.Token;

    /// <summary>Whether the user interrupted.</summary>
    public bool Requested => Volatile.Read(ref _requests) > 0;

    /// <summary>Whether the calling thread runs code of this kind of cell.</summary>
    public static bool Inside => s_inside;

    /// <summary>Asks the cell to end; returns at once, since each step can take its time.</summary>
    public void Request()
    {
        switch (Interlocked.Increment(ref _requests))
        {
            case 1:
                new Thread(Escalate) { IsBackground = true, Name = "interrupt" }.Start();
                break;
            case 2:
                // Cancelling waits until the threads have been aborted.
                new Thread(() => CancelGuarded(_abort)) { IsBackground = true, Name = "abort" }.Start();
                break;
        }
    }

    /// <summary>The cell has ended: nothing more is done to it.</summary>
    public void End()
    {
        _ended.Set();
        InterruptPoint.Ask(null);
    }

    /// <summary>Runs code of the cell on the calling thread so that it can be stopped.</summary>
    /// <returns>Whether it came to its end and was not aborted.</returns>
    public bool Run(Action action)
    {
        var thread = Thread.CurrentThread;
        lock (_threads)
            _threads.Add(thread);
        s_inside = true;
        try
        {
#pragma warning disable SYSLIB0046 // Aborting may leave locks and statics in any state: the price of stopping a cell without ending its kernel.
            ControlledExecution.Run(action, _abort.Token);
#pragma warning restore SYSLIB0046
            return true;
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            s_inside = false;
            lock (_threads)
                _threads.Remove(thread);
            ForgetWaking();
        }
    }

    // A thread that was to be woken and did not wait would wake from its next wait, which is the kernel's.
    private static void ForgetWaking()
    {
        try
        {
            Thread.Sleep(0);
        }
        catch (ThreadInterruptedException)
        {
        }
    }

    private void Escalate()
    {
        // Callbacks of the cell's own may block; they must not keep the next steps from coming.
        ThreadPool.UnsafeQueueUserWorkItem(_ => CancelGuarded(_cooperative), null);
        if (_ended.Wait(s_cooperation))
            return;
        // What an earlier cell left running in the background goes on.
        InterruptPoint.Ask(() => ReferenceEquals(CellContext.Current, _cell));
        lock (_threads)
        {
            foreach (var thread in _threads)
                thread.Interrupt();
        }
        if (_ended.Wait(s_waking))
            return;
        CancelGuarded(_givenUp);
        if (!_ended.Wait(s_patience))
        {
            _report("The cell is inside a library's call that cannot be interrupted; it ends when the call returns. "
                + "Interrupt again to abort it by force, which may end the kernel.\n");
        }
    }

    private static void CancelGuarded(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException e)
        {
            KernelLog.Write($"a callback of the interrupt token failed: {e.InnerException?.Message}");
        }
    }
}
