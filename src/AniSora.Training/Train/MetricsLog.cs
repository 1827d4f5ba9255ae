using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Training.Train;

/// <summary>A run's <c>metrics.jsonl</c>: one JSON object per line, appended and flushed at once so that others can follow it.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly string _path;
    private readonly StreamWriter _writer;

    /// <summary>Opens the log to go on after a step: lines of later steps (from a part of the run that was lost) are dropped.</summary>
    /// <param name="path">The log.</param>
    /// <param name="afterStep">Steps already done; 0 starts a new log.</param>
    public MetricsLog(string path, long afterStep)
    {
        _path = path;
        var kept = afterStep == 0 ? [] : Read(path).Where(line => (long)line["step"]! <= afterStep).Select(line => line.ToJsonString());
        AtomicFile.WriteText(path, string.Concat(kept.Select(line => line + "\n")));
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
    }

    /// <summary>Appends a line.</summary>
    public void Write(IReadOnlyDictionary<string, double> values)
    {
        var line = new JsonObject();
        foreach (var (name, value) in values)
            line[name] = double.IsFinite(value) ? Math.Round(value, 7) : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            _writer.WriteLine(line.ToJsonString());
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            throw new InputException($"{_path}: no line could be added ({e.Message}); checkpoints are intact, free space and go on with --resume", e);
        }
    }

    /// <summary>Reads a log; a last line that a killed run left unfinished is passed over.</summary>
    public static IReadOnlyList<JsonObject> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        var lines = new List<JsonObject>();
        foreach (string line in File.ReadLines(path))
        {
            try
            {
                if (JsonNode.Parse(line) is JsonObject parsed && parsed.ContainsKey("step"))
                    lines.Add(parsed);
            }
            catch (JsonException)
            {
                break;
            }
        }
        return lines;
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
