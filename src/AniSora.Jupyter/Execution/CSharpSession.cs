using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using AniSora.Display.Notebook;
using AniSora.Jupyter.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace AniSora.Jupyter.Execution;

/// <summary>
/// A C# session: cells in Roslyn's script dialect, each of which sees what the ones before it declared. Only cells that declare
/// something join the chain that later cells are compiled against, so a thousand cells that call and print cost the last one nothing.
/// </summary>
internal sealed class CSharpSession
{
    private static readonly CSharpParseOptions s_parsing = new(LanguageVersion.Latest, DocumentationMode.Parse, SourceCodeKind.Script);

    private static readonly ImmutableArray<string> s_usings =
    [
        "System", "System.IO", "System.Linq", "System.Text", "System.Collections.Generic", "System.Threading", "System.Threading.Tasks",
        "AniSora.Display", "AniSora.Display.Notebook", "AniSora.Display.Notebook.NotebookCommands",
    ];

    /// <summary>How the names of cells' assemblies begin.</summary>
    public const string AssemblyPrefix = "cell#";

    private static int s_serial;

    private readonly LibraryFiles _files;
    private readonly ImmutableArray<MetadataReference> _usual;

    private volatile Chain _chain;

    /// <summary>Begins with nothing declared.</summary>
    /// <param name="packages">Where NuGet packages come from.</param>
    public CSharpSession(NuGetPackages packages)
    {
        var framework = new FrameworkReferences();
        _files = new LibraryFiles(framework);
        _usual = [.. framework.Usual(), .. new[] { "AniSora.Display", "Plotly.NET", "Plotly.NET.CSharp", "DynamicObj", "FSharp.Core" }.Select(name => framework.Find(name)!)];
        Packages = packages;
        _chain = NewChain();
    }

    /// <summary>NuGet packages of this session.</summary>
    public NuGetPackages Packages { get; }

    /// <summary>Forgets all that cells declared. What they referred to stays loaded.</summary>
    public void Reset() => _chain = NewChain();

    /// <summary>Parses a cell.</summary>
    /// <param name="code">Its text.</param>
    /// <param name="name">How its lines are named in messages, such as <c>cell 3</c>.</param>
    public static SyntaxTree Parse(string code, string name = "cell") =>
        CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), s_parsing, name);

    /// <summary>The cell as it would be compiled now, for questions about it. Fetches nothing.</summary>
    public CSharpCompilation Preview(SyntaxTree tree) => Compile(tree, _chain, new CellReferenceResolver(_files, packages: null));

    /// <summary>Compiles and loads a cell.</summary>
    /// <param name="code">Its text, without magics.</param>
    /// <param name="name">How its lines are named in messages.</param>
    /// <exception cref="CellErrorException">It has errors, or refers to something that cannot be had.</exception>
    public CompiledCell Compile(string code, string name)
    {
        var chain = _chain;
        var resolver = new CellReferenceResolver(_files, Packages);
        var tree = Parse(code, name);
        var written = Compile(tree, chain, resolver);
        var instrumented = Instrumentation.Of(tree, () => written.GetSemanticModel(tree));
        // The compiler has nothing to write for a cell of usings and references only.
        bool hasCode = HasCode(written);
        var compilation = ReferenceEquals(tree, instrumented) ? written : written.ReplaceSyntaxTree(tree, instrumented);
        using MemoryStream assembly = new(), symbols = new();
        var diagnostics = hasCode ? Emit(compilation, assembly, symbols) : written.GetDiagnostics();
        if (HasErrors(diagnostics) && !ReferenceEquals(compilation, written))
        {
            // Errors are told of the cell as it was written; should it have none, it runs as it was written.
            compilation = written;
            diagnostics = Emit(written, assembly, symbols);
        }
        if (resolver.Failures.Count > 0)
            throw new CellErrorException("ReferenceError", string.Join("\n", resolver.Failures.Distinct()));
        if (HasErrors(diagnostics))
            throw CompilationErrors.Describe(diagnostics);

        bool declares = ((CompilationUnitSyntax)tree.GetRoot()).Usings.Count > 0 || compilation.SyntaxTrees.Length > 1
            || (compilation.ScriptClass is { } script && script.GetMembers().Any(member => !member.IsImplicitlyDeclared));
        var added = Added(chain, resolver);
        var next = declares
            ? chain with { Last = compilation, Slots = chain.Slots + (hasCode ? 1 : 0), References = chain.References.AddRange(added), Unchained = [] }
            : chain with { References = chain.References.AddRange(added), Unchained = chain.Unchained.AddRange(added) };
        Func<object?[], Task<object?>>? entry = null;
        if (hasCode)
        {
            var context = declares ? chain.Context : chain.Context.ForOneCell();
            var method = compilation.GetEntryPoint(CancellationToken.None)!;
            var type = context.Load(assembly, symbols).GetType(method.ContainingType.MetadataName, throwOnError: true)!;
            entry = type.GetMethod(method.MetadataName, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!
                .CreateDelegate<Func<object?[], Task<object?>>>();
        }
        return new CompiledCell(() => Enter(chain, next, hasCode && declares, entry), EndsWithValue(compilation, ReferenceEquals(compilation, written) ? tree : instrumented));
    }

    /// <summary>What cells have declared and is still visible: the newest of each name.</summary>
    public IEnumerable<Variable> Variables()
    {
        var chain = _chain;
        var seen = new HashSet<string>();
        int slot = chain.Slots;
        for (var compilation = chain.Last; compilation is not null; compilation = compilation.ScriptCompilationInfo?.PreviousScriptCompilation)
        {
            if (!HasCode(compilation))
                continue;
            object? state = chain.States[slot--];
            foreach (var field in compilation.ScriptClass!.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsImplicitlyDeclared))
            {
                if (seen.Add(field.Name))
                    yield return new Variable(field.Name, field.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat), ValueOf(state, field));
            }
        }
    }

    private static ImmutableArray<Diagnostic> Emit(CSharpCompilation compilation, MemoryStream assembly, MemoryStream symbols)
    {
        assembly.SetLength(0);
        symbols.SetLength(0);
        return compilation.Emit(assembly, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb)).Diagnostics;
    }

    private static bool HasErrors(ImmutableArray<Diagnostic> diagnostics) => diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    private static bool HasCode(CSharpCompilation compilation) =>
        compilation.SyntaxTrees.Any(tree => ((CompilationUnitSyntax)tree.GetRoot()).Members.Count > 0);

    private static object? ValueOf(object? state, IFieldSymbol field) =>
        state?.GetType().GetField(field.MetadataName, BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(state);

    private Task<object?> Enter(Chain chain, Chain next, bool keepsState, Func<object?[], Task<object?>>? entry)
    {
        // Slot 0 is for globals, which cells do without. The cell puts its own state into the slot after the chain's last.
        object?[] states = new object?[chain.Slots + 2];
        chain.States.AsSpan(0, chain.Slots + 1).CopyTo(states);
        // From here on the cell's declarations are known, even if it fails halfway: what it had assigned stays.
        _chain = next with { States = keepsState ? states : chain.States };
        return entry is null ? Task.FromResult<object?>(null) : entry(states);
    }

    private CSharpCompilation Compile(SyntaxTree tree, Chain chain, CellReferenceResolver resolver)
    {
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            usings: s_usings,
            optimizationLevel: OptimizationLevel.Release,
            allowUnsafe: true,
            concurrentBuild: false,
            nullableContextOptions: NullableContextOptions.Annotations,
            metadataReferenceResolver: resolver,
            sourceReferenceResolver: new CellSourceResolver(),
            assemblyIdentityComparer: DesktopAssemblyIdentityComparer.Default);
        // A cell inherits the references of those before it in the chain; giving them again would double them with every cell.
        var references = chain.Last is null ? _usual.AddRange(chain.Unchained) : chain.Unchained;
        var compilation = CSharpCompilation.CreateScriptCompilation(
            $"{AssemblyPrefix}{Interlocked.Increment(ref s_serial)}", tree, references, options, chain.Last, typeof(object));
        _ = compilation.Assembly; // follows the directives
        return compilation.AddReferences(Added(chain, resolver));
    }

    private Chain NewChain()
    {
        var references = _chain?.References ?? [];
        return new Chain(null, 0, new object?[1], references, references, new SubmissionContext(_files));
    }

    private IEnumerable<MetadataReference> Added(Chain chain, CellReferenceResolver resolver) =>
        resolver.Resolved.Where(reference => !chain.References.Contains(reference) && !_usual.Contains(reference)).ToList();

    // An expression without a semicolon at the end is what the cell shows; a call that returns nothing is not.
    private static bool EndsWithValue(CSharpCompilation compilation, SyntaxTree tree)
    {
        var end = ((CompilationUnitSyntax)tree.GetRoot()).Members.LastOrDefault() as GlobalStatementSyntax;
        if (end?.Statement is not ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last)
            return false;
        var type = compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression).Type;
        return type is null || type.SpecialType != SpecialType.System_Void;
    }

    // Files of #load are found from the current folder; the name of a cell stays a name and does not become a path.
    private sealed class CellSourceResolver() : SourceFileResolver([], Environment.CurrentDirectory)
    {
        public override string? NormalizePath(string path, string? baseFilePath) =>
            path.StartsWith("cell", StringComparison.Ordinal) ? path : base.NormalizePath(path, baseFilePath);
    }

    /// <summary>What the next cell is compiled and run against.</summary>
    /// <param name="Last">The newest cell that declares something.</param>
    /// <param name="Slots">Cells of the chain that have a state.</param>
    /// <param name="States">Their states, from slot 1 on.</param>
    /// <param name="References">What directives have referred to.</param>
    /// <param name="Unchained">Those of cells that did not join the chain.</param>
    /// <param name="Context">Where they are loaded.</param>
    private sealed record Chain(
        CSharpCompilation? Last, int Slots, object?[] States, ImmutableArray<MetadataReference> References,
        ImmutableArray<MetadataReference> Unchained, SubmissionContext Context);
}

/// <summary>A cell that is ready to run.</summary>
/// <param name="Run">Runs it, once; the result is the value of its last expression.</param>
/// <param name="EndsWithValue">Whether it ends with an expression that has a value.</param>
internal sealed record CompiledCell(Func<Task<object?>> Run, bool EndsWithValue);

/// <summary>A variable of the session.</summary>
internal sealed record Variable(string Name, string Type, object? Value);
