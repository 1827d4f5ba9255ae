using AniSora.Display.Notebook;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Formatting;

namespace AniSora.Interactive;

/// <summary>Makes .NET Interactive (Polyglot Notebooks) show what this project's own kernel shows.</summary>
public static class PolyglotNotebook
{
    private const string Host = "Microsoft.DotNet.Interactive.Kernel, Microsoft.DotNet.Interactive";
    private static int s_connected;

    /// <summary>
    /// What a notebook calls before it refers to another assembly of this project, as <c>polyglot.csx</c> does: from the next cell on they
    /// are referred to, and their values have our forms. May be called again.
    /// </summary>
    /// <returns>Whether this is .NET Interactive; elsewhere nothing has been done.</returns>
    public static bool Connect()
    {
        if (Type.GetType(Host) is null)
            return false;
        if (Interlocked.Exchange(ref s_connected, 1) == 0)
        {
            ReferToLibraries();
            ShowInOurForms();
        }
        return true;
    }

    // Both by themselves: their types are loaded when a method begins.
    private static void ReferToLibraries()
    {
        string program = Path.Combine(Path.GetDirectoryName(typeof(PolyglotNotebook).Assembly.Location)!, "anisora.dll");
        var references = ProjectLibraries.Load(program).Select(path => $"#r \"{path}\"");
        Kernel.Current.DeferCommand(new SubmitCode(string.Join('\n', references)));
    }

    private static void ShowInOurForms()
    {
        CurrentNotebook.Value = new InteractiveNotebook();
        Formatter.Register(typeof(object), (value, context) =>
        {
            context.Writer.Write(InteractiveNotebook.HtmlOf(Formatters.Format(value)));
            return true;
        }, HtmlFormatter.MimeType);
    }
}
