using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Kernel;

/// <summary>What was run in this session, for as long as it lives.</summary>
internal sealed class History
{
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private readonly List<(int Number, string Code, string? Output)> _cells = [];

    /// <summary>Adds a cell that has ended.</summary>
    /// <param name="number">Execution count.</param>
    /// <param name="code">Its text.</param>
    /// <param name="output">Text of its value, or null.</param>
    public void Add(int number, string code, string? output)
    {
        lock (_lock)
        {
            if (_cells.Count == Most)
                _cells.RemoveAt(0);
            _cells.Add((number, code, output));
        }
    }

    /// <summary>Answers a <c>history_request</c> of any kind: tail, range or search.</summary>
    public JsonObject Answer(JupyterMessage request)
    {
        bool output = request.Flag("output", false);
        List<(int Number, string Code, string? Output)> found;
        lock (_lock)
            found = [.. Select(request)];
        return new JsonObject
        {
            ["status"] = "ok",
            ["history"] = new JsonArray([.. found.Select(cell => (JsonNode)new JsonArray(
                1, cell.Number, output ? new JsonArray(cell.Code, cell.Output) : JsonValue.Create(cell.Code)))]),
        };
    }

    private IEnumerable<(int Number, string Code, string? Output)> Select(JupyterMessage request)
    {
        int count = Math.Max(0, request.Number("n", Most));
        switch (request.Text("hist_access_type"))
        {
            case "range":
                // 0 is this session, negative ones are those before it, which are not kept.
                int start = request.Number("start", 1), stop = request.Number("stop", int.MaxValue);
                return request.Number("session", 0) is 0 or 1 ? _cells.Where(cell => cell.Number >= start && cell.Number < stop) : [];
            case "search":
                string pattern = "^" + Regex.Escape(request.Text("pattern") ?? "*").Replace("\\*", ".*").Replace("\\?", ".") + "$";
                var found = _cells.Where(cell => Regex.IsMatch(cell.Code, pattern, RegexOptions.Singleline | RegexOptions.NonBacktracking));
                if (request.Flag("unique", false))
                    found = found.Reverse().DistinctBy(cell => cell.Code).Reverse();
                return found.TakeLast(count);
            default:
                return _cells.TakeLast(count);
        }
    }
}
