using System.Globalization;
using System.Text.RegularExpressions;

namespace AniSora.Cli.Hosting;

/// <summary>
/// Passes a job's standard error on. mpirun's own words come in boxes, between lines of dashes; of the box that tells how a process
/// ended it keeps that process's number.
/// </summary>
internal sealed partial class RankOutput(TextWriter output)
{
    private List<string>? _box;

    /// <summary>The process that failed first; null while mpirun has named none.</summary>
    public int? FirstFailed { get; private set; }

    /// <summary>Reads until the end.</summary>
    public async Task ReadAsync(TextReader reader)
    {
        while (await reader.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            Take(line);
        Show();
    }

    /// <summary>Takes a line.</summary>
    internal void Take(string line)
    {
        if (Edge().IsMatch(line))
        {
            if (_box is null)
                _box = [];
            else
                Show();
        }
        else if (_box is null)
            output.WriteLine(line);
        else
            _box.Add(line);
    }

    private void Show()
    {
        if (_box is not { } box)
            return;
        _box = null;
        if (box.Select(line => Failed().Match(line)).FirstOrDefault(m => m.Success) is { } failed)
            FirstFailed ??= int.Parse(failed.Groups["rank"].ValueSpan, CultureInfo.InvariantCulture);
        else if (!box.Exists(line => Nothing().IsMatch(line)))
            box.ForEach(output.WriteLine);
    }

    [GeneratedRegex("^-{70,}$")]
    private static partial Regex Edge();

    // Of one that ended with an error, and of one that a signal ended.
    [GeneratedRegex(@"^\s*Process name: \[\[\d+,\d+\],(?<rank>\d+)\]|process rank (?<rank>\d+) with PID \d+ on node .* exited on signal")]
    private static partial Regex Failed();

    // What mpirun says before that.
    [GeneratedRegex("^Primary job  ?terminated normally, but")]
    private static partial Regex Nothing();
}
