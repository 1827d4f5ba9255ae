using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Display.Notebook;

/// <summary>
/// Follows a run's <c>metrics.jsonl</c>: reads what was added, waits for a line that is being written, and starts again when the
/// file was rewritten, as a run that is taken up from a checkpoint does.
/// </summary>
/// <param name="path">The file; it need not be there yet.</param>
internal sealed class MetricsTail(string path)
{
    private readonly Dictionary<string, (List<double> Steps, List<double> Values)> _series = [];
    private readonly byte[] _seen = new byte[64];
    private int _seenLength;
    private long _position;

    /// <summary>How often the file began anew.</summary>
    public int Restarts { get; private set; }

    /// <summary>Steps and values by name, in the order of the file.</summary>
    public IReadOnlyDictionary<string, (List<double> Steps, List<double> Values)> Series => _series;

    /// <summary>Lines that are no JSON object with a step.</summary>
    public int Unreadable { get; private set; }

    /// <summary>A series' last value; NaN when it has none.</summary>
    public double Last(string name) => _series.TryGetValue(name, out var s) && s.Values.Count > 0 ? s.Values[^1] : double.NaN;

    /// <summary>The step of the last line; 0 before the first.</summary>
    public double Step { get; private set; }

    /// <summary>Reads what is new.</summary>
    /// <returns>Whether there was something.</returns>
    public bool Read()
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        using (file)
        {
            bool restarted = !Continues(file);
            if (restarted)
                Forget();
            file.Position = _position;
            var bytes = new byte[file.Length - _position];
            int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            int whole = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
            if (whole == 0)
                return restarted;
            foreach (string line in Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                Take(line);
            Remember(bytes.AsSpan(0, whole));
            _position += whole;
            return true;
        }
    }

    /// <summary>Whether the file still has what was read last at its place.</summary>
    private bool Continues(FileStream file)
    {
        if (_position == 0)
            return true;
        if (file.Length < _position)
            return false;
        Span<byte> there = stackalloc byte[64];
        file.Position = _position - _seenLength;
        int read = file.ReadAtLeast(there[.._seenLength], _seenLength, throwOnEndOfStream: false);
        return there[..read].SequenceEqual(_seen.AsSpan(0, _seenLength));
    }

    private void Remember(ReadOnlySpan<byte> read)
    {
        var last = read[^Math.Min(64, read.Length)..];
        last.CopyTo(_seen);
        _seenLength = last.Length;
    }

    private void Forget()
    {
        _series.Clear();
        (_position, _seenLength, Step) = (0, 0, 0);
        Restarts++;
    }

    private void Take(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is not JsonObject values || Number(values["step"]) is not { } step)
                throw new JsonException();
            Step = step;
            foreach (var (name, node) in values)
            {
                if (name == "step" || Number(node) is not { } value)
                    continue;
                if (!_series.TryGetValue(name, out var series))
                    _series[name] = series = ([], []);
                series.Steps.Add(step);
                series.Values.Add(value);
            }
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            Unreadable++;
        }
    }

    /// <summary>A number; the log writes what is not finite as text.</summary>
    private static double? Number(JsonNode? node) => node is not JsonValue value ? null
        : value.TryGetValue(out double number) ? number
        : value.TryGetValue(out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : null;
}
