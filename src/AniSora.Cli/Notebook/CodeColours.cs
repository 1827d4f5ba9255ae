using AniSora.Display;
using AniSora.Jupyter.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AniSora.Cli.Notebook;

/// <summary>C# as HTML whose keywords, texts, numbers and comments have classes, as the compiler's own parser tells them apart.</summary>
internal static class CodeColours
{
    /// <summary>A cell's text.</summary>
    public static Html Of(string code) => Html.Join(CSharpSession.Parse(code).GetRoot().DescendantTokens().SelectMany(token =>
        token.LeadingTrivia.Select(Trivia).Append(Token(token)).Concat(token.TrailingTrivia.Select(Trivia))));

    private static Html Token(SyntaxToken token) => Marked(token.Text, token.Kind() switch
    {
        SyntaxKind.NumericLiteralToken => "numeral",
        SyntaxKind.CharacterLiteralToken or SyntaxKind.StringLiteralToken or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.InterpolatedStringStartToken
            or SyntaxKind.InterpolatedStringEndToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken => "string",
        var kind when SyntaxFacts.IsKeywordKind(kind) => "keyword",
        _ => token.IsContextualKeyword() || token.ValueText is "var" or "await" or "record" ? "keyword" : null,
    });

    private static Html Trivia(SyntaxTrivia trivia) => Marked(trivia.ToFullString(), trivia.IsDirective ? "keyword"
        : trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia or SyntaxKind.SingleLineDocumentationCommentTrivia ? "comment" : null);

    private static Html Marked(string text, string? name) => name is null ? Html.Text(text) : Html.Of($"<span class=\"{name}\">{text}</span>");
}
