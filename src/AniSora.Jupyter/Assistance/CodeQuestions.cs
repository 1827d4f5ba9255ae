using System.Text.Json.Nodes;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.Magics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AniSora.Jupyter.Assistance;

/// <summary>Answers what front ends ask about code that is being typed.</summary>
/// <param name="session">Whose declarations the code sees.</param>
internal sealed class CodeQuestions(CSharpSession session)
{
    private readonly Completion _completion = new(session);
    private readonly Inspection _inspection = new(session);

    /// <summary>Content of a <c>complete_reply</c>.</summary>
    public JsonObject Complete(string code, int cursor)
    {
        int position = TextPositions.ToUtf16(code, cursor);
        var (start, items) = _completion.At(code, position);
        int from = TextPositions.FromUtf16(code, start), to = TextPositions.FromUtf16(code, position);
        return new JsonObject
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. items.Select(item => (JsonNode)JsonValue.Create(item.Text))]),
            ["cursor_start"] = from,
            ["cursor_end"] = to,
            ["metadata"] = new JsonObject
            {
                // JupyterLab shows these as icons.
                ["_jupyter_types_experimental"] = new JsonArray([.. items.Select(item => (JsonNode)new JsonObject
                {
                    ["start"] = from, ["end"] = to, ["text"] = item.Text, ["type"] = item.Kind, ["signature"] = item.Signature,
                })]),
            },
        };
    }

    /// <summary>Content of an <c>inspect_reply</c>.</summary>
    public JsonObject Inspect(string code, int cursor)
    {
        var data = new JsonObject();
        if (_inspection.At(code, TextPositions.ToUtf16(code, cursor)) is { } found)
        {
            data["text/plain"] = found.Text;
            data["text/markdown"] = found.Markdown;
        }
        return new JsonObject { ["status"] = "ok", ["found"] = data.Count > 0, ["data"] = data, ["metadata"] = new JsonObject() };
    }

    /// <summary>Content of an <c>is_complete_reply</c>.</summary>
    public static JsonObject IsComplete(string code)
    {
        var tree = CSharpSession.Parse(CellSource.Of(code).Code);
        // Roslyn does not count a raw string that is still open.
        bool open = tree.GetDiagnostics().Any(d => d.Id is "CS8997" or "CS9000");
        if (open || !SyntaxFactory.IsCompleteSubmission(tree))
            return new JsonObject { ["status"] = "incomplete", ["indent"] = new string(' ', 4 * OpenBraces(tree)) };
        bool wrong = tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error && !IsMissingSemicolonAtEnd(d, tree));
        return new JsonObject { ["status"] = wrong ? "invalid" : "complete" };
    }

    private static bool IsMissingSemicolonAtEnd(Diagnostic diagnostic, SyntaxTree tree) =>
        diagnostic.Id == "CS1002" && tree.GetRoot().FullSpan.End - diagnostic.Location.SourceSpan.End <= 1;

    private static int OpenBraces(SyntaxTree tree)
    {
        int open = 0;
        foreach (var token in tree.GetRoot().DescendantTokens().Where(token => !token.IsMissing))
            open += token.IsKind(SyntaxKind.OpenBraceToken) ? 1 : token.IsKind(SyntaxKind.CloseBraceToken) ? -1 : 0;
        return Math.Max(0, open);
    }
}
