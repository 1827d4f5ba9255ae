using Spectre.Console;

namespace AniSora.Cli.Hosting;

/// <summary>Writes tables for people: coloured and folded to the width on a terminal, plain and without trailing blanks into a file.</summary>
internal static class TableOutput
{
    private const int FileWidth = 200;

    /// <summary>Draws and writes.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="terminal">Whether that is a terminal.</param>
    /// <param name="draw">Draws.</param>
    public static void Write(TextWriter output, bool terminal, Action<IAnsiConsole> draw)
    {
        // Spectre fills every row with blanks up to the width; a file is spared them.
        using var plain = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal ? output : plain),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = InteractionSupport.No,
        });
        if (!terminal)
            console.Profile.Width = FileWidth;
        draw(console);
        if (!terminal)
            output.WriteLine(string.Join('\n', plain.ToString().Split('\n').Select(line => line.TrimEnd())).TrimEnd());
    }
}
