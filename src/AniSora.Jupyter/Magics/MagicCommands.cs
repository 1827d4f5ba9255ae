using System.Collections;
using AniSora.Display;
using AniSora.Display.Notebook;
using AniSora.Jupyter.Execution;

namespace AniSora.Jupyter.Magics;

/// <summary>The magics: short commands to the kernel, as notebooks have had them since IPython.</summary>
/// <param name="session">The session that they look at.</param>
internal sealed class MagicCommands(CSharpSession session)
{
    /// <summary>Names and what they do, in the order of the help.</summary>
    public static IReadOnlyList<(string Name, string Usage, string Help)> All { get; } =
    [
        ("import", "%import \"file.csx\"", "run a file of C# before the cell (as #!import in Polyglot Notebooks); its usings hold from here on"),
        ("time", "%time [expression]", "say how long the cell takes (%%time too)"),
        ("who", "%who", "names of the session's variables"),
        ("whos", "%whos", "the session's variables with types and values"),
        ("reset", "%reset", "forget all variables, types and usings"),
        ("cd", "%cd [folder]", "change the current folder, or say which it is"),
        ("env", "%env [NAME[=value]]", "show or set environment variables of the kernel"),
        ("lsmagic", "%lsmagic", "names of the magics"),
        ("help", "%help", "this table, and what cells can do"),
    ];

    /// <summary>Runs one magic.</summary>
    /// <param name="call">The magic.</param>
    /// <returns>What it shows, or null for nothing.</returns>
    /// <exception cref="CellErrorException">It does not exist, or cannot be done.</exception>
    public object? Run(MagicCall call) => call.Name switch
    {
        "time" => null, // the runner measures
        "who" => string.Join("  ", session.Variables().Select(v => v.Name).Order(StringComparer.Ordinal)) is { Length: > 0 } names ? names : "no variables yet",
        "whos" => session.Variables().OrderBy(v => v.Name, StringComparer.Ordinal)
            .Select(v => new { name = v.Name, type = v.Type, value = Short(v.Value) }).ToList() is { Count: > 0 } table ? table : "no variables yet",
        "reset" => Reset(),
        "cd" => ChangeFolder(call),
        "env" => ShowOrSet(call.Argument),
        "lsmagic" => string.Join("  ", All.Select(magic => "%" + magic.Name)),
        "help" => new Help(),
        _ => throw new CellErrorException("UnknownMagic", $"line {call.Line}: there is no %{call.Name}; did you mean %{Nearest(call.Name)}? %lsmagic lists them all"),
    };

    /// <summary>The magic whose name needs the fewest changes of letters.</summary>
    internal static string Nearest(string name) => All.Select(magic => magic.Name).MinBy(known => Distance(name.ToLowerInvariant(), known))!;

    private static string Short(object? value)
    {
        string text = Formatters.Format(value).Data["text/plain"].ToString()!.ReplaceLineEndings(" ");
        return text.Length <= 80 ? text : text[..80] + "…";
    }

    private string Reset()
    {
        session.Reset();
        return "variables, types and usings are forgotten";
    }

    private static string ChangeFolder(MagicCall call)
    {
        string folder = call.Argument.Trim('"');
        if (folder.Length == 0)
            return Environment.CurrentDirectory;
        if (folder == "~" || folder.StartsWith("~/", StringComparison.Ordinal))
            folder = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + folder[1..];
        try
        {
            return Environment.CurrentDirectory = Path.GetFullPath(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CellErrorException("MagicError", $"%cd {folder}: {e.Message}");
        }
    }

    private static object ShowOrSet(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            Environment.SetEnvironmentVariable(argument[..equals].Trim(), argument[(equals + 1)..].Trim());
            return argument;
        }
        if (argument.Length > 0)
            return Environment.GetEnvironmentVariable(argument) ?? throw new CellErrorException("MagicError", $"%env {argument}: there is no such variable");
        return Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().OrderBy(e => (string)e.Key, StringComparer.Ordinal)
            .Select(e => new { name = (string)e.Key, value = (string?)e.Value }).ToList();
    }

    private static int Distance(string a, string b)
    {
        int[] above = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] row = new int[b.Length + 1];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            above = row;
        }
        return above[^1];
    }

    private sealed class Help : IDisplayable
    {
        private static readonly (string Usage, string Help)[] s_cells =
        [
            ("expression without ;", "at the end of a cell: its value is shown"),
            ("display(x), x.Display()", "show a value now; .Update(y) on the result replaces it"),
            ("HTML(\"<b>…</b>\")", "markup to show"),
            ("await task", "works at the top of a cell"),
            ("#r \"path.dll\"", "use a built assembly, with all that it needs"),
            ("#r \"nuget: Name, Version\"", "use a NuGet package; #i \"nuget: folder or address\" adds a source"),
            ("#load \"file.csx\"", "run a file of C# as part of the cell"),
            ("Console.ReadLine()", "asks you"),
            ("CurrentNotebook.Value.Interrupted", "is cancelled when you interrupt: for loops that should end well"),
        ];

        public MimeBundle ToMime()
        {
            var rows = All.Select(magic => (magic.Usage, magic.Help)).Concat(s_cells).ToList();
            int width = rows.Max(row => row.Item1.Length);
            string text = string.Join("\n", rows.Select(row => row.Item1.PadRight(width + 2) + row.Item2));
            var lines = rows.Select(row => Html.Of($"<tr><td><code>{row.Item1}</code></td><td>{row.Item2}</td></tr>"));
            return Formatters.TextAndHtml(text, Html.Of($"<table class=\"dataframe\"><tbody>{lines}</tbody></table>"));
        }
    }
}
