using System.Text;

namespace AniSora.Jupyter.Output;

/// <summary>
/// Gathers text for standard output and error and publishes it in pieces, because a message for each <c>Write</c> would drown a page.
/// </summary>
internal sealed class StreamOutput
{
    private const int LargestPiece = 1 << 20;
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(40);

    private readonly Lock _lock = new();
    private readonly StringBuilder _pending = new();
    private readonly Action<CellContext?, string, string> _publish;
    private readonly ManualResetEventSlim _written = new();
    private readonly ManualResetEventSlim _room = new(true);
    private CellContext? _cell;
    private string _stream = "stdout";

    /// <summary>Begins empty.</summary>
    /// <param name="publish">Gets the cell, the stream's name and the text, in order.</param>
    public StreamOutput(Action<CellContext?, string, string> publish)
    {
        _publish = publish;
        // A thread of its own: a timer would wait for the pool, whose threads a cell may all have put to writing.
        new Thread(FlushLater) { IsBackground = true, Name = "streams" }.UnsafeStart();
    }

    /// <summary>Adds text; waits a moment when a cell writes faster than pages can show.</summary>
    /// <param name="cell">Whose text it is.</param>
    /// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="text">Any text.</param>
    public void Write(CellContext? cell, string stream, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return;
        _room.Wait();
        lock (_lock)
        {
            if (_pending.Length > 0 && (!ReferenceEquals(cell, _cell) || stream != _stream))
                PublishPending(all: true);
            _written.Set();
            (_cell, _stream) = (cell, stream);
            _pending.Append(text);
            if (_pending.Length >= LargestPiece)
                _room.Reset();
        }
    }

    /// <summary>Publishes what is there.</summary>
    public void Flush()
    {
        lock (_lock)
            PublishPending(all: false);
    }

    private void FlushLater()
    {
        while (true)
        {
            _written.Wait();
            Thread.Sleep(s_interval);
            _written.Reset();
            Flush();
        }
    }

    private void PublishPending(bool all)
    {
        // Half of a surrogate pair waits for its other half.
        bool half = !all && _pending.Length > 0 && char.IsHighSurrogate(_pending[^1]);
        int length = _pending.Length - (half ? 1 : 0);
        if (length > 0)
        {
            string text = _pending.ToString(0, length);
            _pending.Remove(0, length);
            if (_pending.Capacity > LargestPiece)
                _pending.Capacity = Math.Max(1024, _pending.Length);
            _publish(_cell, _stream, text);
        }
        if (half)
            _written.Set();
        _room.Set();
    }
}
