using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;

namespace AniSora.Jupyter.Execution;

/// <summary>A cell that cannot run, in the user's terms.</summary>
/// <param name="name">What kind of error: the name that Jupyter shows first.</param>
/// <param name="message">What is wrong, in one or more lines.</param>
internal sealed class CellErrorException(string name, string message) : Exception(message)
{
    /// <summary>What kind of error.</summary>
    public string Name { get; } = name;
}

/// <summary>The compiler's errors as a person reads them: each with its line and column, the line itself, and advice where scripts differ from programs.</summary>
internal static class CompilationErrors
{
    private const int Most = 50;

    private static readonly Dictionary<string, string> s_advice = new()
    {
        ["CS7021"] = "cells have no namespaces: declare the type by itself",
        ["CS8346"] = "variables of a cell live on, which a Span cannot: put these lines into { }",
        ["CS8345"] = "variables of a cell live on, which a Span cannot: put these lines into { }",
        ["CS8352"] = "variables of a cell live on, which a Span cannot: put these lines into { }",
        ["CS0234"] = "an assembly may be missing: #r \"path.dll\" or #r \"nuget: Name, Version\"",
        ["CS0246"] = "a using or an assembly may be missing: #r \"path.dll\" or #r \"nuget: Name, Version\"",
        ["CS7011"] = "#r and #load must stand above all code of the cell",
        ["CS1011"] = "text is written with double quotes",
        ["CS1012"] = "text is written with double quotes",
    };

    /// <summary>All errors of a compilation.</summary>
    public static CellErrorException Describe(ImmutableArray<Diagnostic> diagnostics)
    {
        var errors = diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).OrderBy(d => d.Location.SourceSpan.Start).ToList();
        var text = new StringBuilder();
        var advised = new HashSet<string>();
        foreach (var error in errors.Take(Most))
        {
            var place = error.Location.GetMappedLineSpan();
            text.Append(CultureInfo.InvariantCulture,
                $"{place.Path}, line {place.StartLinePosition.Line + 1}, column {place.StartLinePosition.Character + 1}: {error.Id}: {error.GetMessage(CultureInfo.InvariantCulture)}\n");
            AppendLine(text, error.Location);
            if (AdviceFor(error) is { } advice && advised.Add(advice))
                text.Append("    hint: ").Append(advice).Append('\n');
        }
        if (errors.Count > Most)
            text.Append(CultureInfo.InvariantCulture, $"… and {errors.Count - Most} more\n");
        return new CellErrorException("CompilationError", text.ToString().TrimEnd());
    }

    private static string? AdviceFor(Diagnostic error)
    {
        if (error.Location.SourceTree is { } tree
            && tree.GetText().Lines.GetLineFromPosition(error.Location.SourceSpan.Start).ToString().TrimStart().StartsWith("using var ", StringComparison.Ordinal))
            return "variables of a cell live on: leave \"using\" away and dispose of it yourself, or write using (var x = …) { … }";
        return s_advice.GetValueOrDefault(error.Id);
    }

    private static void AppendLine(StringBuilder text, Location location)
    {
        if (location.SourceTree is not { } tree)
            return;
        var line = tree.GetText().Lines.GetLineFromPosition(location.SourceSpan.Start);
        string source = line.ToString();
        if (source.Length > 160)
            return;
        int column = location.SourceSpan.Start - line.Start;
        int length = Math.Max(1, Math.Min(location.SourceSpan.End, line.End) - location.SourceSpan.Start);
        text.Append("    ").Append(source.Replace('\t', ' ')).Append('\n').Append("    ").Append(' ', column).Append('^', length).Append('\n');
    }
}
