using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AniSora.Data.Pipeline.Captioning;

/// <summary>
/// What an endpoint answered and what that cost, a line of JSON each, appended as answers come: a stopped run asks nothing twice. Each
/// worker has a file of its own; all are read. Thread-safe.
/// </summary>
internal sealed class CaptionLedger : IDisposable
{
    private sealed record Line(string Key, string Caption, double Cost);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _answers = new(StringComparer.Ordinal);
    private readonly double _cap;
    private readonly FileStream _file;
    private double _spent;

    /// <summary>Opens the ledger of a data set.</summary>
    /// <param name="folder">Where the ledgers lie.</param>
    /// <param name="name">This worker's.</param>
    /// <param name="cap">What may be spent in all; 0 for no limit.</param>
    public CaptionLedger(string folder, string name, double cap)
    {
        _cap = cap;
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(folder, "*.jsonl"))
        {
            foreach (string text in File.ReadLines(file))
            {
                // A worker that was killed may leave half a line; it costs one question.
                if (TryParse(text) is { } line && _answers.TryAdd(line.Key, line.Caption))
                    _spent += line.Cost;
            }
        }
        _file = new FileStream(Path.Combine(folder, name + ".jsonl"), FileMode.Append, FileAccess.Write, FileShare.Read);
        // Ends what half a line there may be.
        _file.Write("\n"u8);
    }

    /// <summary>What all answers cost so far, as far as this worker knows.</summary>
    public double Spent
    {
        get
        {
            lock (_lock)
                return _spent;
        }
    }

    /// <summary>Identifies a question: endpoint, model, prompt, number of frames and the pictures.</summary>
    public static string Key(CaptionEndpoint endpoint, string checksum) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{endpoint.Url}\n{endpoint.Model}\n{endpoint.Prompt}\n{endpoint.Frames}\n{endpoint.MaxTokens}\n{checksum}")))[..32];

    /// <summary>The answer to a question, or null.</summary>
    public string? Find(string key)
    {
        lock (_lock)
            return _answers.GetValueOrDefault(key);
    }

    /// <summary>Throws once the cap is reached.</summary>
    /// <exception cref="InputException">It is.</exception>
    public void RequireBudget()
    {
        if (_cap > 0 && Spent >= _cap)
            throw new InputException($"captions.endpoint.cost_cap of {_cap} is reached ({Spent:0.####} spent); raise it to go on, answers so far are kept");
    }

    /// <summary>Keeps an answer.</summary>
    /// <returns>The caption.</returns>
    public string Store(string key, string caption, double cost)
    {
        lock (_lock)
        {
            _answers[key] = caption;
            _spent += cost;
            _file.Write(JsonSerializer.SerializeToUtf8Bytes(new Line(key, caption, cost)));
            _file.Write("\n"u8);
            _file.Flush(flushToDisk: true);
        }
        return caption;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static Line? TryParse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonSerializer.Deserialize<Line>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
