using Plotly.NET;

namespace AniSora.Display.Notebook;

/// <summary>
/// A figure of lines that grow while a cell runs. Adding points is cheap and may happen on any thread; the output is redrawn
/// at most twice a second. Call <see cref="Flush"/> (or dispose) at the end to show the last points.
/// </summary>
/// <param name="design">Title, axes and size; its own traces are drawn below the lines.</param>
public sealed class LiveFigure(GenericChart design) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly Lock _lock = new();
    private readonly List<(string Name, List<double> X, List<double> Y)> _lines = [];
    private readonly string _id = Guid.NewGuid().ToString("N")[..12];
    private DisplayedOutput? _output;
    private long _shown;
    private bool _changed;

    /// <summary>An empty figure with named axes.</summary>
    /// <param name="x">Title of the horizontal axis.</param>
    /// <param name="y">Title of the vertical axis.</param>
    public LiveFigure(string x, string y)
        : this(Charts.Together().Styled(x: x, y: y))
    {
    }

    /// <summary>Adds a point to a line, which is made when its name is new.</summary>
    /// <param name="line">Its name in the legend.</param>
    /// <param name="x">Position.</param>
    /// <param name="y">Value; NaN leaves a gap.</param>
    public void Add(string line, double x, double y)
    {
        lock (_lock)
        {
            int index = _lines.FindIndex(l => l.Name == line);
            if (index < 0)
            {
                index = _lines.Count;
                _lines.Add((line, [], []));
            }
            _lines[index].X.Add(x);
            _lines[index].Y.Add(y);
            _changed = true;
            if (System.Diagnostics.Stopwatch.GetElapsedTime(_shown) >= Interval)
                Redraw();
        }
    }

    /// <summary>The figure as it is now.</summary>
    public GenericChart Snapshot()
    {
        lock (_lock)
            return Charts.Together([design, .. _lines.Select(l => Charts.Line(l.X, l.Y, l.Name))]);
    }

    /// <summary>Shows what was added since it was last drawn.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_changed)
                Redraw();
        }
    }

    /// <summary>Shows the last points.</summary>
    public void Dispose() => Flush();

    private void Redraw()
    {
        _changed = false;
        _shown = System.Diagnostics.Stopwatch.GetTimestamp();
        var figure = new FigureOutput(Snapshot()) { Id = _id };
        if (_output is null)
            _output = new DisplayedOutput(figure);
        else
            _output.Update(figure);
    }
}
