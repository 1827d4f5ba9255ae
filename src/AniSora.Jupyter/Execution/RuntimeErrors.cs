using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AniSora.Jupyter.Execution;

/// <summary>What a front end shows of a failed cell.</summary>
/// <param name="Name">Kind of error.</param>
/// <param name="Message">One line or more.</param>
/// <param name="Traceback">All of it, line by line.</param>
internal sealed record CellError(string Name, string Message, IReadOnlyList<string> Traceback)
{
    /// <summary>An interrupted cell.</summary>
    public static CellError Interrupted { get; } = new("Interrupted", "the cell was interrupted", ["Interrupted: the cell was interrupted"]);

    /// <summary>Any failure: an error of the cell's text, or an exception with the cell's own line numbers.</summary>
    public static CellError Of(Exception thrown)
    {
        if (thrown is CellErrorException error)
            return new CellError(error.Name, error.Message, [.. $"{error.Name}:\n{error.Message}".Split('\n')]);
        var lines = new List<string>();
        RuntimeErrors.Describe(thrown, lines);
        return new CellError(thrown.GetType().Name, thrown.Message, lines);
    }
}

/// <summary>Exceptions as a person reads them: frames of cells by line, the machinery of the compiler and of the kernel left out.</summary>
internal static partial class RuntimeErrors
{
    /// <summary>Adds the lines of an exception and of those inside it, the outermost first.</summary>
    public static void Describe(Exception thrown, List<string> lines)
    {
        for (Exception? e = thrown; e is not null; e = e.InnerException)
        {
            lines.AddRange($"{(ReferenceEquals(e, thrown) ? "" : "caused by ")}{e.GetType().FullName}: {e.Message}".Split('\n'));
            foreach (var frame in new StackTrace(e, fNeedFileInfo: true).GetFrames())
            {
                if (Describe(frame) is { } line)
                    lines.Add(line);
                if (IsCell(frame))
                    break; // below the cell there is only the kernel
            }
        }
    }

    // The body of a cell is an async method that the compiler calls <Initialize>.
    private static bool IsCell(StackFrame frame) => InCell(frame.GetMethod()) && frame.GetMethod()!.DeclaringType!.Name.StartsWith("<<Initialize>>", StringComparison.Ordinal);

    private static bool InCell(System.Reflection.MethodBase? method) =>
        method?.DeclaringType is not null && method.Module.Assembly.GetName().Name!.StartsWith(CSharpSession.AssemblyPrefix, StringComparison.Ordinal);

    private static string? Describe(StackFrame frame)
    {
        var method = frame.GetMethod();
        if (method is null || method.IsDefined(typeof(StackTraceHiddenAttribute), false)
            || method.DeclaringType?.FullName is "System.Runtime.ExceptionServices.ExceptionDispatchInfo" or "System.Runtime.CompilerServices.TaskAwaiter")
            return null;
        string place = frame.GetFileName() is { } file
            ? string.Create(CultureInfo.InvariantCulture, $"{file}, line {frame.GetFileLineNumber()}")
            : method.Module.Assembly.GetName().Name ?? "?";
        return IsCell(frame) ? $"   at {place}" : $"   at {place}, in {NameOf(method)}";
    }

    private static string NameOf(System.Reflection.MethodBase method)
    {
        var type = method.DeclaringType;
        string name = method.Name;
        // Iterators, async methods and lambdas live in types of the compiler's; the name between the angle brackets is the user's.
        while (type is not null && Generated().Match(type.Name) is { Success: true } generated)
        {
            if (generated.Groups[1].Length > 0 && name is "MoveNext")
                name = generated.Groups[1].Value;
            type = type.DeclaringType;
        }
        if (Generated().Match(name) is { Success: true } lambda)
            name = lambda.Groups[1].Value is "<Initialize>" or "" ? "a lambda" : lambda.Groups[1].Value;
        string parameters = string.Join(", ", method.GetParameters().Select(p => Display.Notebook.TextForm.NameOf(p.ParameterType)));
        // Functions of a cell stand in a class that the compiler calls Script.
        string owner = type?.FullName ?? "";
        if (InCell(method))
            owner = owner is "Script" ? "" : owner.Replace("Script+", "", StringComparison.Ordinal);
        return (owner.Length == 0 ? "" : owner + ".") + name + (method.Name == "MoveNext" ? "" : $"({parameters})");
    }

    [GeneratedRegex(@"^<(<?\w*>?)>")]
    private static partial Regex Generated();
}
