using System.Collections.Immutable;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.Magics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AniSora.Jupyter.Assistance;

/// <summary>A word that could stand at the cursor.</summary>
/// <param name="Text">The word.</param>
/// <param name="Kind">Jupyter's name of what it is.</param>
/// <param name="Signature">How it is declared; empty for keywords.</param>
internal sealed record CompletionItem(string Text, string Kind, string Signature = "");

/// <summary>What could stand at the cursor, by the compiler's own knowledge of names; the code around it need not be complete.</summary>
/// <param name="session">Whose declarations the code sees.</param>
internal sealed class Completion(CSharpSession session)
{
    private const int Most = 500;

    /// <summary>Completes the word before a position.</summary>
    /// <returns>Where the word begins, and what could stand there.</returns>
    public (int Start, IReadOnlyList<CompletionItem> Items) At(string code, int position)
    {
        int start = position;
        while (start > 0 && (char.IsLetterOrDigit(code[start - 1]) || code[start - 1] == '_'))
            start--;
        string prefix = code[start..position];
        if (Magic(code, start, prefix) is { } magics)
            return magics;

        // A name at the cursor makes the code before it whole enough to be understood, as in "x." at the end.
        string source = CellSource.Of(code[..start]).Code;
        if (source.Length != start)
            return (position, []);
        var tree = CSharpSession.Parse(source + "_cursor_" + code[position..]);
        var token = tree.GetRoot().FindToken(start, findInsideTrivia: true);
        if (InText(tree, token, start))
            return (position, []);
        var model = session.Preview(tree).GetSemanticModel(tree);
        var (symbols, keywords) = Candidates(model, token, start);
        var items = symbols
            .Where(symbol => symbol.CanBeReferencedByName && symbol.Name != "_cursor_" && Matches(symbol.Name, prefix))
            .GroupBy(symbol => symbol.Name)
            .Select(same => new CompletionItem(same.Key, KindOf(same.First()), SignatureOf(same)))
            .Concat(keywords.Where(keyword => keyword.StartsWith(prefix, StringComparison.Ordinal)).Select(keyword => new CompletionItem(keyword, "keyword")))
            .DistinctBy(item => item.Text)
            .OrderByDescending(item => item.Text.StartsWith(prefix, StringComparison.Ordinal))
            .ThenBy(item => item.Text, StringComparer.OrdinalIgnoreCase)
            .Take(Most);
        return (start, [.. items]);
    }

    private static (int, IReadOnlyList<CompletionItem>)? Magic(string code, int start, string prefix)
    {
        int sign = start - 1;
        if (sign < 0 || code[sign] is not ('%' or '!'))
            return null;
        int line = code.LastIndexOf('\n', sign) + 1;
        string before = code[line..start];
        return before is "%" or "%%" or "#!"
            ? (line, [.. MagicCommands.All.Where(m => m.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(m => new CompletionItem(before + m.Name, "magic", m.Help))])
            : null;
    }

    private static bool Matches(string name, string prefix) => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    // Inside text and comments there is nothing to complete.
    private static bool InText(SyntaxTree tree, SyntaxToken token, int position)
    {
        var trivia = tree.GetRoot().FindTrivia(position);
        return trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia) || trivia.IsDirective
            || token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.InterpolatedStringTextToken
                or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.NumericLiteralToken;
    }

    private static (IEnumerable<ISymbol> Symbols, IEnumerable<string> Keywords) Candidates(SemanticModel model, SyntaxToken token, int position)
    {
        switch (token.Parent?.Parent)
        {
            case MemberAccessExpressionSyntax access when access.Name == token.Parent:
                return (MembersOf(model, access.Expression, position), []);
            case MemberBindingExpressionSyntax { Parent: var parent }
                when parent?.AncestorsAndSelf().OfType<ConditionalAccessExpressionSyntax>().FirstOrDefault() is { } conditional:
                return (MembersOf(model, conditional.Expression, position), []);
            case QualifiedNameSyntax name when name.Right == token.Parent:
                return (MembersOf(model, name.Left, position), []);
            case UsingDirectiveSyntax:
                return (model.LookupNamespacesAndTypes(position), ["static"]);
            case AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax { Parent: BaseObjectCreationExpressionSyntax creation } } assignment
                when assignment.Left == token.Parent:
                return (SettableMembers(model, creation, position), []);
            case InitializerExpressionSyntax { Parent: BaseObjectCreationExpressionSyntax creation } when !IsCollection(model, creation):
                return (SettableMembers(model, creation, position), []);
            default:
                return (model.LookupSymbols(position), Keywords());
        }
    }

    private static IEnumerable<ISymbol> MembersOf(SemanticModel model, ExpressionSyntax left, int position)
    {
        var symbol = model.GetSymbolInfo(left).Symbol ?? model.GetSymbolInfo(left).CandidateSymbols.FirstOrDefault();
        if (symbol is INamespaceSymbol @namespace)
            return model.LookupNamespacesAndTypes(position, @namespace);
        if (symbol is INamedTypeSymbol named && model.GetTypeInfo(left).Type is null or { TypeKind: not TypeKind.Error } && IsName(left, named))
            return model.LookupSymbols(position, named).Where(member => member.IsStatic || member is ITypeSymbol);
        var type = model.GetTypeInfo(left).Type is { TypeKind: not TypeKind.Error } found ? found : TypeOf(symbol);
        if (type is null)
            return [];
        return model.LookupSymbols(position, type, includeReducedExtensionMethods: true)
            .Where(member => member is not ITypeSymbol && (!member.IsStatic || member is IMethodSymbol { MethodKind: MethodKind.ReducedExtension }));
    }

    private static bool IsName(ExpressionSyntax left, INamedTypeSymbol type) => left switch
    {
        PredefinedTypeSyntax => true,
        SimpleNameSyntax name => name.Identifier.ValueText == type.Name,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText == type.Name,
        QualifiedNameSyntax name => name.Right.Identifier.ValueText == type.Name,
        _ => false,
    };

    private static ITypeSymbol? TypeOf(ISymbol? symbol) => symbol switch
    {
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        IMethodSymbol method => method.ReturnType,
        _ => null,
    };

    private static IEnumerable<ISymbol> SettableMembers(SemanticModel model, BaseObjectCreationExpressionSyntax creation, int position) =>
        model.GetTypeInfo(creation).Type is { } type
            ? model.LookupSymbols(position, type).Where(member => !member.IsStatic && member is IPropertySymbol { SetMethod: not null } or IFieldSymbol { IsReadOnly: false })
            : [];

    // The first word between the braces looks the same to the parser in both cases.
    private static bool IsCollection(SemanticModel model, BaseObjectCreationExpressionSyntax creation) =>
        model.GetTypeInfo(creation).Type?.AllInterfaces.Any(i => i.SpecialType == SpecialType.System_Collections_IEnumerable) != false;

    private static IEnumerable<string> Keywords() =>
        SyntaxFacts.GetKeywordKinds().Where(kind => !SyntaxFacts.IsPreprocessorKeyword(kind) || SyntaxFacts.IsReservedKeyword(kind))
            .Select(SyntaxFacts.GetText).Where(text => text.Length > 0 && char.IsLetter(text[0]));

    private static string KindOf(ISymbol symbol) => symbol switch
    {
        INamespaceSymbol => "module",
        ITypeSymbol { TypeKind: TypeKind.Interface } => "interface",
        ITypeSymbol { TypeKind: TypeKind.Enum } => "enum",
        ITypeSymbol { TypeKind: TypeKind.Struct } => "struct",
        ITypeSymbol => "class",
        IMethodSymbol => "function",
        IPropertySymbol => "property",
        IFieldSymbol { IsConst: true } => "constant",
        IFieldSymbol { ContainingType.IsScriptClass: false } => "field",
        IEventSymbol => "event",
        _ => "variable",
    };

    private static string SignatureOf(IEnumerable<ISymbol> same)
    {
        var symbols = same.ToImmutableArray();
        string first = symbols[0].ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
        return symbols.Length == 1 ? first : $"{first} (+ {symbols.Length - 1})";
    }
}
