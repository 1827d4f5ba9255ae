using AniSora.Display.Notebook;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace AniSora.Jupyter.Execution;

/// <summary>
/// Puts interrupt points into a cell's loops and functions. The runtime can abort a thread too, but on Linux that ends the whole
/// process more often than not (a native exception that nobody catches, seen with .NET 10.0.12 as soon as a loop allocates or calls).
/// Lines stay where they are; columns do not, so errors are reported for the cell as it was written.
/// </summary>
internal sealed class Instrumentation : CSharpSyntaxRewriter
{
    private static readonly StatementSyntax s_check = ParseStatement($"global::{typeof(InterruptPoint).FullName}.{nameof(InterruptPoint.Check)}();");

    private readonly Lazy<SemanticModel> _model;

    private Instrumentation(Func<SemanticModel> model) => _model = new Lazy<SemanticModel>(model);

    /// <summary>The tree with interrupt points.</summary>
    /// <param name="tree">A cell.</param>
    /// <param name="model">What it means; asked only when it has lambdas.</param>
    public static SyntaxTree Of(SyntaxTree tree, Func<SemanticModel> model)
    {
        var root = tree.GetRoot();
        var changed = new Instrumentation(model).Visit(root);
        return ReferenceEquals(root, changed) ? tree : tree.WithRootAndOptions(changed, tree.Options);
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitWhileStatement(WhileStatementSyntax node)
    {
        var loop = (WhileStatementSyntax)base.VisitWhileStatement(node)!;
        return loop.WithStatement(Checked(loop.Statement));
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitDoStatement(DoStatementSyntax node)
    {
        var loop = (DoStatementSyntax)base.VisitDoStatement(node)!;
        return loop.WithStatement(Checked(loop.Statement));
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitForStatement(ForStatementSyntax node)
    {
        var loop = (ForStatementSyntax)base.VisitForStatement(node)!;
        return loop.WithStatement(Checked(loop.Statement));
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitForEachStatement(ForEachStatementSyntax node)
    {
        var loop = (ForEachStatementSyntax)base.VisitForEachStatement(node)!;
        return loop.WithStatement(Checked(loop.Statement));
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitForEachVariableStatement(ForEachVariableStatementSyntax node)
    {
        var loop = (ForEachVariableStatementSyntax)base.VisitForEachVariableStatement(node)!;
        return loop.WithStatement(Checked(loop.Statement));
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node)
    {
        if (IsGpuKernel(node.ParameterList))
            return node;
        var method = (MethodDeclarationSyntax)base.VisitMethodDeclaration(node)!;
        if (method.Body is { } body)
            return method.WithBody(Checked(body));
        return BodyOf(method.ExpressionBody, method.ReturnType, method.Modifiers) is { } block
            ? method.WithExpressionBody(null).WithSemicolonToken(default).WithBody(block)
            : method;
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitLocalFunctionStatement(LocalFunctionStatementSyntax node)
    {
        var function = (LocalFunctionStatementSyntax)base.VisitLocalFunctionStatement(node)!;
        if (function.Body is { } body)
            return function.WithBody(Checked(body));
        return BodyOf(function.ExpressionBody, function.ReturnType, function.Modifiers) is { } block
            ? function.WithExpressionBody(null).WithSemicolonToken(default).WithBody(block)
            : function;
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitSimpleLambdaExpression(SimpleLambdaExpressionSyntax node)
    {
        var lambda = (SimpleLambdaExpressionSyntax)base.VisitSimpleLambdaExpression(node)!;
        return BodyOf(node, lambda) is { } block ? lambda.WithExpressionBody(null).WithBlock(block) : lambda;
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitParenthesizedLambdaExpression(ParenthesizedLambdaExpressionSyntax node)
    {
        var lambda = (ParenthesizedLambdaExpressionSyntax)base.VisitParenthesizedLambdaExpression(node)!;
        return BodyOf(node, lambda) is { } block ? lambda.WithExpressionBody(null).WithBlock(block) : lambda;
    }

    // ILGPU compiles it for a device, which cannot ask; its threads begin with their own number.
    private static bool IsGpuKernel(ParameterListSyntax parameters) =>
        parameters.Parameters.FirstOrDefault()?.Type is IdentifierNameSyntax { Identifier.ValueText: "Index1D" or "Index2D" or "Index3D" or "LongIndex1D" };

    private static StatementSyntax Checked(StatementSyntax body) => body is BlockSyntax block ? Checked(block) : Block(s_check, body);

    private static BlockSyntax Checked(BlockSyntax body) => body.WithStatements(body.Statements.Insert(0, s_check));

    // An async method without a value is not told from one with a value by its text alone; its loops are enough.
    private static BlockSyntax? BodyOf(ArrowExpressionClauseSyntax? arrow, TypeSyntax returns, SyntaxTokenList modifiers) =>
        arrow is null || returns is RefTypeSyntax || modifiers.Any(SyntaxKind.AsyncKeyword) ? null
            : Body(arrow.Expression, returns is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword });

    private BlockSyntax? BodyOf(LambdaExpressionSyntax written, LambdaExpressionSyntax changed)
    {
        if (changed.Block is { } block)
            return Checked(block);
        if (changed.ExpressionBody is not { } body || body is RefExpressionSyntax || written.AsyncKeyword != default)
            return null;
        // The lambda of an expression tree must stay one expression.
        return _model.Value.GetTypeInfo(written).ConvertedType is INamedTypeSymbol { TypeKind: TypeKind.Delegate, DelegateInvokeMethod: { } invoke }
            ? Body(body, invoke.ReturnsVoid)
            : null;
    }

    private static BlockSyntax Body(ExpressionSyntax expression, bool isVoid) => Block(
        s_check,
        expression is ThrowExpressionSyntax thrown ? ThrowStatement(thrown.Expression)
        : isVoid ? ExpressionStatement(expression)
        : ReturnStatement(Token(SyntaxKind.ReturnKeyword).WithTrailingTrivia(Space), expression, Token(SyntaxKind.SemicolonToken)));
}
