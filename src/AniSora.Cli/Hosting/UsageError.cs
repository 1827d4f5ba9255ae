using System.CommandLine;

namespace AniSora.Cli.Hosting;

/// <summary>What a wrong command line gets: what is wrong, what was probably meant, and where the help is.</summary>
internal static class UsageError
{
    /// <summary>Prints the errors of <paramref name="parsed"/>.</summary>
    /// <param name="parsed">A command line that did not parse.</param>
    /// <param name="output">Standard error.</param>
    /// <returns><see cref="ExitCode.BadInput"/>.</returns>
    public static int Print(ParseResult parsed, TextWriter output)
    {
        var command = parsed.CommandResult.Command;
        var messages = parsed.Errors.Select(error => error.Message).Distinct().ToList();
        // A mistyped command is reported as such; that there is then no command is no news.
        if (parsed.UnmatchedTokens.Count > 0 && messages.Count > 1)
            messages.RemoveAll(message => parsed.UnmatchedTokens.All(token => !message.Contains(token, StringComparison.Ordinal)));
        foreach (var message in messages)
        {
            var token = parsed.UnmatchedTokens.FirstOrDefault(token => message.Contains($"'{token}'", StringComparison.Ordinal));
            var guess = token is null ? null : Guess(token, Names(command));
            output.WriteLine($"error: {message.TrimEnd('.')}{(guess is null ? "" : $"; did you mean '{guess}'?")}");
        }
        output.WriteLine($"run `{Path(parsed)} --help` for what it takes");
        return ExitCode.BadInput;
    }

    private static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
            names.Push(result.Command is RootCommand ? "anisora" : result.Command.Name);
        return string.Join(' ', names);
    }

    private static IEnumerable<string> Names(Command command) =>
        command.Subcommands.SelectMany(sub => sub.Aliases.Prepend(sub.Name))
            .Concat(command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)));

    /// <summary>The name that differs from <paramref name="typed"/> in the fewest letters, if that is at most a third of them (rounded up).</summary>
    internal static string? Guess(string typed, IEnumerable<string> names) => names
        .Select(name => (name, distance: Nearest.Distance(typed, name)))
        .Where(candidate => candidate.distance <= Math.Max(1, (typed.Length + 2) / 3))
        .OrderBy(candidate => candidate.distance)
        .Select(candidate => candidate.name)
        .FirstOrDefault();
}
