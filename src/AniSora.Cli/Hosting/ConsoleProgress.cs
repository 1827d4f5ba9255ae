using System.Globalization;
using System.Text;

namespace AniSora.Cli.Hosting;

/// <summary>
/// Progress of one long step on standard error: title, count, speed, time left and whatever number matters (a loss).
/// </summary>
/// <remarks>
/// On a terminal it is one line that is rewritten in place. In a file or a pipe it is a line every few seconds at first
/// and every minute later, so that the log of a long run stays readable. Thread-safe.
/// </remarks>
internal sealed class ConsoleProgress : IDisposable
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_speedWindow = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly string _title;
    private readonly long? _total;
    private readonly string _unit;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly bool _live;
    private readonly long _start;
    private readonly Queue<(TimeSpan At, long Done)> _recent = new();

    private TimeSpan _lastShown = TimeSpan.MinValue;
    private long? _first;
    private long _done;
    private string? _detail;
    private int _shownWidth;
    private bool _disposed;

    /// <summary>Starts the clock; nothing is shown before the first report.</summary>
    /// <param name="title">What is being done, such as "train vae".</param>
    /// <param name="total">How many units there are, or null when that is not known.</param>
    /// <param name="unit">What is counted, in the plural.</param>
    /// <param name="output">Where to write; standard error unless told.</param>
    /// <param name="live">Whether the line can be rewritten in place; found out from standard error unless told.</param>
    /// <param name="time">The clock.</param>
    public ConsoleProgress(
        string title, long? total, string unit = "steps", TextWriter? output = null, bool? live = null, TimeProvider? time = null)
    {
        _title = title;
        _total = total;
        _unit = unit;
        _output = output ?? Console.Error;
        _live = live ?? (output is null && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"));
        _time = time ?? TimeProvider.System;
        _start = _time.GetTimestamp();
    }

    /// <summary>Tells how far the work is. Call it as often as you like: it writes only when there is something new to see.</summary>
    /// <param name="done">Units done so far. The first report counts as the start, so a resumed run shows its own speed.</param>
    /// <param name="detail">A few words more, such as "loss 0.132".</param>
    public void Report(long done, string? detail = null)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            var now = Elapsed;
            _first ??= done;
            _done = done;
            _detail = detail ?? _detail;
            Remember(now, done);
            if (_lastShown == TimeSpan.MinValue || now - _lastShown >= (_live ? s_refresh : LogInterval(now)))
                Show(now);
        }
    }

    /// <summary>Writes a line of its own without disturbing the progress line.</summary>
    /// <param name="line">The text.</param>
    public void Note(string line)
    {
        lock (_gate)
        {
            Erase();
            _output.WriteLine(line);
            if (_live && _first is not null && !_disposed)
                Show(Elapsed);
        }
    }

    /// <summary>Ends with a line that says how much was done in which time.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            Erase();
            if (_first is null)
                return;
            var elapsed = Elapsed;
            var count = _total is { } total && total != _done ? $"{Count(_done)} of {Count(total)}" : Count(_done);
            var line = new StringBuilder($"{_title}: {count} {_unit} in {Duration(elapsed)}");
            if (_done > _first && elapsed > TimeSpan.Zero)
                line.Append(" · ").Append(Speed((_done - _first.Value) / elapsed.TotalSeconds));
            if (_detail is not null)
                line.Append(" · ").Append(_detail);
            _output.WriteLine(line.ToString()); // at once: a StringBuilder goes in pieces, between which others may print
        }
    }

    private TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>A log line every 5 s at first, every minute from 20 minutes on.</summary>
    private static TimeSpan LogInterval(TimeSpan elapsed) => TimeSpan.FromSeconds(Math.Clamp(elapsed.TotalSeconds / 20, 5, 60));

    private void Remember(TimeSpan now, long done)
    {
        _recent.Enqueue((now, done));
        // A few points are kept however old they are: at a step every half minute the window alone would be empty.
        while (_recent.Count > 4 && now - _recent.Peek().At > s_speedWindow)
            _recent.Dequeue();
    }

    private void Show(TimeSpan now)
    {
        _lastShown = now;
        var line = Line(now);
        if (!_live)
        {
            _output.WriteLine(line);
            return;
        }
        var width = TerminalWidth();
        if (line.Length >= width)
            line = line[..(width - 1)];
        _output.Write('\r' + line.PadRight(Math.Min(_shownWidth, width - 1)));
        _shownWidth = line.Length;
    }

    private string Line(TimeSpan now)
    {
        var line = new StringBuilder(_title).Append("  ").Append(Count(_done));
        if (_total is { } total and > 0)
            line.Append(CultureInfo.InvariantCulture, $"/{Count(total)} {_unit} ({100.0 * _done / total:0}%)");
        else
            line.Append(' ').Append(_unit);

        var (since, before) = _recent.Peek();
        var speed = now > since ? (_done - before) / (now - since).TotalSeconds : 0;
        if (speed > 0)
        {
            line.Append(" · ").Append(Speed(speed));
            if (_total > _done)
                line.Append(" · ").Append(Duration(TimeSpan.FromSeconds((_total.Value - _done) / speed))).Append(" left");
        }
        if (_detail is not null)
            line.Append(" · ").Append(_detail);
        return line.ToString();
    }

    private void Erase()
    {
        if (!_live || _shownWidth == 0)
            return;
        _output.Write('\r' + new string(' ', _shownWidth) + '\r');
        _shownWidth = 0;
    }

    private static int TerminalWidth()
    {
        try
        {
            return Math.Max(Console.WindowWidth, 20);
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Speed(double perSecond) => perSecond switch
    {
        >= 10 => string.Create(CultureInfo.InvariantCulture, $"{perSecond:#,0}/s"),
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.0}/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{1 / perSecond:0.0} s each"),
    };

    /// <summary>A duration as people say it: "8.2 s", "3m 05s", "2h 10m".</summary>
    internal static string Duration(TimeSpan span) => span switch
    {
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        { TotalSeconds: < 59.5 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes}m {span.Seconds:00}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}h {span.Minutes:00}m"),
    };
}
