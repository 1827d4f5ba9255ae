using System.Globalization;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.Magics;
using AniSora.Jupyter.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AniSora.Jupyter.Notebooks;

/// <summary>
/// The parameters of a notebook, as papermill has them: one cell declares variables with their defaults, and the cell that is put behind it
/// declares some of them again with other values. A value is read as the type that its default has.
/// </summary>
internal static class NotebookParameters
{
    /// <summary>The cell to put behind the one with the defaults.</summary>
    /// <param name="defaults">Text of the cell with the defaults, such as <c>int steps = 24; var name = "demo";</c>.</param>
    /// <param name="values">Names and values.</param>
    /// <exception cref="FormatException">There is no such parameter, its type is none that a value can be given for, or the value is none of the type; the message says which.</exception>
    public static string Inject(string defaults, IReadOnlyList<(string Name, string Value)> values)
    {
        var types = TypesOf(defaults);
        return string.Join('\n', values.Select(given => types.TryGetValue(given.Name, out var type)
            ? $"{type.ToDisplayString()} {given.Name} = {Literal(given.Name, type, given.Value)};"
            : throw new FormatException($"there is no parameter '{given.Name}': its parameters are {string.Join(", ", types.Keys.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}"))
            .Prepend("// Parameters"));
    }

    private static Dictionary<string, ITypeSymbol> TypesOf(string defaults)
    {
        var tree = CSharpSession.Parse(CellSource.Of(defaults).Code);
        var model = new CSharpSession(new NuGetPackages("", _ => { })).Preview(tree).GetSemanticModel(tree);
        return tree.GetRoot().ChildNodes().OfType<FieldDeclarationSyntax>().SelectMany(declaration => declaration.Declaration.Variables)
            .Select(variable => (IFieldSymbol)model.GetDeclaredSymbol(variable)!)
            .GroupBy(field => field.Name).ToDictionary(field => field.Key, field => field.Last().Type);
    }

    private static string Literal(string name, ITypeSymbol type, string text)
    {
        var invariant = CultureInfo.InvariantCulture;
        object? value = type.SpecialType switch
        {
            SpecialType.System_String => text,
            SpecialType.System_Boolean => bool.TryParse(text, out bool flag) ? flag : null,
            SpecialType.System_Int32 => int.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out int number) ? number : null,
            SpecialType.System_Int64 => long.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out long number) ? number : null,
            SpecialType.System_Single => float.TryParse(text, NumberStyles.Float, invariant, out float number) && float.IsFinite(number) ? number : null,
            SpecialType.System_Double => double.TryParse(text, NumberStyles.Float, invariant, out double number) && double.IsFinite(number) ? number : null,
            SpecialType.System_Decimal => decimal.TryParse(text, NumberStyles.Float, invariant, out decimal number) ? number : null,
            _ => throw new FormatException(
                $"the parameter '{name}' is of the type {type.ToDisplayString()}; only a bool, int, long, float, double, decimal or string can be set from outside"),
        };
        if (value is null)
            throw new FormatException($"the parameter '{name}' is of the type {type.ToDisplayString()}, and '{text}' is none");
        string suffix = type.SpecialType switch { SpecialType.System_Single => "f", SpecialType.System_Decimal => "m", _ => "" };
        return SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) + suffix;
    }
}
