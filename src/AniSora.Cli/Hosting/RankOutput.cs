using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AniSora.Cli.Hosting;

/// <summary>
/// Passes on what the processes of a job print, line by line as mpirun tags it: the first one's as its own, the others' to standard error
/// with their number. Of mpirun's own words it keeps the name of the process that failed first, and drops the boxes around it.
/// </summary>
internal sealed partial class RankOutput
{
    private readonly List<string> _ofMpirun = [];

    /// <summary>The process that failed first, as mpirun names it; null while it has named none.</summary>
    public int? FirstFailed { get; private set; }

    /// <summary>Reads until the job's output ends.</summary>
    public async Task ReadAsync(Process job)
    {
        await Task.WhenAll(Pass(job.StandardOutput), Pass(job.StandardError)).ConfigureAwait(false);
        // Without a process to blame, mpirun itself has something to say, such as that it could not start.
        if (FirstFailed is null)
            _ofMpirun.ForEach(Console.Error.WriteLine);

        async Task Pass(StreamReader reader)
        {
            while (await reader.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
                Take(line);
        }
    }

    /// <summary>Takes a line of mpirun's output.</summary>
    internal void Take(string line)
    {
        var tag = Tag().Match(line);
        if (tag.Success)
        {
            bool first = tag.Groups["rank"].ValueSpan is "0";
            string text = line[tag.Length..];
            if (first)
                (tag.Groups["stream"].ValueSpan is "out" ? Console.Out : Console.Error).WriteLine(text);
            else if (text.Length > 0)
                Console.Error.WriteLine($"[rank {tag.Groups["rank"].Value}] {text}");
            return;
        }
        lock (_ofMpirun)
        {
            _ofMpirun.Add(line);
            var failed = Failed().Match(line);
            if (failed.Success)
                FirstFailed ??= int.Parse(failed.Groups["rank"].ValueSpan, CultureInfo.InvariantCulture);
        }
    }

    [GeneratedRegex(@"^\[\d+,(?<rank>\d+)\]<std(?<stream>out|err)>:")]
    private static partial Regex Tag();

    // Of one that ended with an error, and of one that a signal ended.
    [GeneratedRegex(@"^\s*Process name: \[\[\d+,\d+\],(?<rank>\d+)\]|process rank (?<rank>\d+) with PID \d+ on node .* exited on signal")]
    private static partial Regex Failed();
}
