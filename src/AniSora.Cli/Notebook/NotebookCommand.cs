using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using AniSora.Cli.Hosting;

namespace AniSora.Cli.Notebook;

/// <summary><c>anisora notebook</c>: C# notebooks without Jupyter.</summary>
internal static partial class NotebookCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create() => new("notebook", "Run, begin or read a C# notebook without Jupyter.") { Run(), New(), View() };

    private static Command Run()
    {
        var file = Notebook();
        var output = new Option<string?>("--out") { Description = "Where the notebook with its outputs is written; in its own place unless told." };
        var set = new Option<string[]>("--set") { Description = "A parameter, such as --set steps=100 (repeatable): a variable of the cell that is tagged 'parameters'." };
        var timeout = new Option<string>("--timeout") { Description = "How long one cell may take, such as 90s, 10m or 2h.", DefaultValueFactory = _ => "24h" };
        var command = new Command("run", "Run a notebook from top to bottom and write its outputs into it; the first error ends it.") { file, output, set, timeout };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            string notebook = parsed.GetValue(file)!, target = Path.GetFullPath(parsed.GetValue(output) ?? notebook);
            var run = new NotebookRun(notebook, target, [.. (parsed.GetValue(set) ?? []).Select(Parameter)], Limit(parsed.GetValue(timeout)!));
            bool ran = run.Execute(cancel);
            if (ran)
                Console.WriteLine(target);
            // A thread that a cell has started and that never ends keeps nobody waiting.
            Environment.Exit(ran ? ExitCode.Ok : ExitCode.Failed);
            return ExitCode.Ok;
        }, CancellationToken.None));
        return command;
    }

    private static Command New()
    {
        var name = new Argument<string>("NAME") { Description = "The file; .ipynb is added where it is missing." };
        var command = new Command("new", "Write a notebook to begin with.") { name };
        command.SetAction(parsed =>
        {
            string path = Path.GetFullPath(parsed.GetValue(name)!);
            path = Path.GetExtension(path) == ".ipynb" ? path : path + ".ipynb";
            if (Path.Exists(path))
                throw new InputException($"{path} is there already: choose another name");
            NewNotebook.For(path).Save(path);
            Console.WriteLine(path);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command View()
    {
        var file = Notebook();
        var output = new Option<string?>("--out") { Description = "The page; out/NAME.html unless told." };
        var open = new Option<bool>("--open") { Description = "Open it in the browser." };
        var command = new Command("view", "Write a notebook as one page that needs nothing else.") { file, output, open };
        command.SetAction(parsed =>
        {
            string notebook = parsed.GetValue(file)!;
            string page = Path.GetFullPath(parsed.GetValue(output) ?? Path.Combine("out", Path.GetFileNameWithoutExtension(notebook) + ".html"));
            AtomicFile.WriteText(page, NotebookPage.Of(NotebookFile.Read(notebook)));
            Console.WriteLine(page);
            if (parsed.GetValue(open))
                Open(page);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string> Notebook() => new("NOTEBOOK") { Description = "The file, such as notebooks/01-explore-the-data.ipynb." };

    private static (string Name, string Value) Parameter(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
        ? (text[..at].Trim(), text[(at + 1)..])
        : throw new InputException($"--set {text}: give a parameter as name=value");

    private static TimeSpan Limit(string text)
    {
        var match = Duration().Match(text);
        double seconds = match.Success ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * (match.Groups[2].Value switch { "h" => 3600, "m" => 60, _ => 1 }) : 0;
        // Three weeks are what a wait can be told.
        return seconds is > 0 and <= 21 * 86400 ? TimeSpan.FromSeconds(seconds) : throw new InputException($"--timeout {text}: give a time of up to 500h, such as 90s, 10m or 2h");
    }

    private static void Open(string page)
    {
        try
        {
            System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(page) { UseShellExecute = true })?.Dispose();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InputException($"--open: no browser could be started ({e.Message}): open {page} yourself", e);
        }
    }

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)(s|m|h)?$")]
    private static partial Regex Duration();
}
