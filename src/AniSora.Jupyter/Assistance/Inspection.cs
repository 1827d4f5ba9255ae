using AniSora.Display.Notebook;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.Magics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AniSora.Jupyter.Assistance;

/// <summary>What the kernel knows of a name.</summary>
/// <param name="Text">For consoles.</param>
/// <param name="Markdown">For pages.</param>
internal sealed record InspectedName(string Text, string Markdown);

/// <summary>Says what the name at the cursor is: its declaration, its documentation, and the value of a variable.</summary>
/// <param name="session">Whose declarations the code sees.</param>
internal sealed class Inspection(CSharpSession session)
{
    private const int MostOverloads = 8;

    private static readonly SymbolDisplayFormat s_format = SymbolDisplayFormat.CSharpErrorMessageFormat
        .WithMemberOptions(
            SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeRef)
        .WithParameterOptions(
            SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeParamsRefOut)
        .WithKindOptions(SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeNamespaceKeyword);

    /// <summary>The name at a position, or inside whose parentheses the position is; null when there is none.</summary>
    public InspectedName? At(string code, int position)
    {
        string source = CellSource.Of(code).Code;
        if (source.Length != code.Length)
            return null;
        var tree = CSharpSession.Parse(source);
        var model = session.Preview(tree).GetSemanticModel(tree);
        var symbols = SymbolsAt(model, tree.GetRoot(), position);
        if (symbols.Count == 0)
            return null;
        string declarations = string.Join("\n", symbols.Take(MostOverloads).Select(Declaration));
        if (symbols.Count > MostOverloads)
            declarations += $"\n… {symbols.Count - MostOverloads} more overloads";
        string documentation = symbols.Select(symbol => XmlText.Of(symbol.GetDocumentationCommentXml())).FirstOrDefault(text => text.Length > 0) ?? "";
        string value = ValueOf(symbols[0]);
        string rest = string.Join("\n\n", new[] { value, documentation }.Where(part => part.Length > 0));
        string end = rest.Length > 0 ? "\n\n" + rest : "";
        return new InspectedName(declarations + end, $"```csharp\n{declarations}\n```{end}");
    }

    private static IReadOnlyList<ISymbol> SymbolsAt(SemanticModel model, SyntaxNode root, int position)
    {
        // The cursor stands behind the name as often as in it.
        foreach (int at in new[] { position, position - 1 })
        {
            if (at < 0 || at >= root.FullSpan.End)
                continue;
            var token = root.FindToken(at);
            if (!token.IsKind(SyntaxKind.IdentifierToken) && !SyntaxFacts.IsPredefinedType(token.Kind()) || !token.Span.Contains(at))
                continue;
            if (Symbols(model, token.Parent) is { Count: > 0 } found)
                return found;
        }
        // In the parentheses of a call, the call is what is asked about.
        int before = Math.Clamp(position - 1, 0, Math.Max(0, root.FullSpan.End - 1));
        var call = root.FindToken(before).Parent?.AncestorsAndSelf().OfType<BaseArgumentListSyntax>().FirstOrDefault()?.Parent;
        return call switch
        {
            InvocationExpressionSyntax invocation => Symbols(model, invocation.Expression),
            BaseObjectCreationExpressionSyntax creation => Symbols(model, creation),
            _ => [],
        };
    }

    private static IReadOnlyList<ISymbol> Symbols(SemanticModel model, SyntaxNode? node)
    {
        if (node is null)
            return [];
        var info = model.GetSymbolInfo(node);
        if (info.Symbol is { } symbol)
        {
            // The chosen overload first, the others after it.
            var others = node is ExpressionSyntax expression && symbol is IMethodSymbol
                ? model.GetMemberGroup(expression).Where(other => !SymbolEqualityComparer.Default.Equals(other, symbol))
                : [];
            return [symbol, .. others];
        }
        if (info.CandidateSymbols.Length > 0)
            return info.CandidateSymbols;
        if (node is ExpressionSyntax group && model.GetMemberGroup(group) is { Length: > 0 } members)
            return members;
        return model.GetDeclaredSymbol(node) is { } declared ? [declared] : [];
    }

    private static string Declaration(ISymbol symbol) => symbol switch
    {
        IFieldSymbol { ContainingType.IsScriptClass: true } or ILocalSymbol or IParameterSymbol =>
            $"{TypeOf(symbol)!.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)} {symbol.Name}",
        _ => symbol.ToDisplayString(s_format),
    };

    private static ITypeSymbol? TypeOf(ISymbol symbol) => symbol switch
    {
        IFieldSymbol field => field.Type,
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        _ => null,
    };

    private string ValueOf(ISymbol symbol)
    {
        if (symbol is not IFieldSymbol { ContainingType.IsScriptClass: true } || session.Variables().FirstOrDefault(v => v.Name == symbol.Name) is not { } variable)
            return "";
        string text = Formatters.Format(variable.Value).Data["text/plain"].ToString()!;
        return "value: " + (text.Length <= 300 ? text : text[..300] + "…");
    }
}
