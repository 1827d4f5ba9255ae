using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AniSora.Display.Notebook;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.Magics;
using AniSora.Jupyter.Output;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Kernel;

/// <summary>Runs cells one after the other, on the thread that calls it, and publishes what comes of them.</summary>
internal sealed class CellRunner(
    CSharpSession session, Publisher publisher, KernelNotebook notebook, Action flush, CrashMarker? marker, History history)
{
    /// <summary>More is no cell: the compiler's own limit for text in one assembly is 16 MB.</summary>
    public const int LargestCell = 4 << 20;

    /// <summary>Files that import one another beyond this import themselves.</summary>
    private const int MostImports = 16;

    private readonly MagicCommands _magics = new(session);
    private int _count;

    /// <summary>Runs a cell.</summary>
    /// <param name="request">An <c>execute_request</c>.</param>
    /// <returns>The content of the reply.</returns>
    public JsonObject Run(JupyterMessage request)
    {
        string code = request.Text("code") ?? "";
        bool silent = request.Flag("silent", false);
        bool stored = !silent && request.Flag("store_history", true);
        if (stored)
            _count++;
        var cell = new CellContext(request.RawHeader, request.Identities, _count, request.Flag("allow_stdin", false));
        cell.Enter();
        if (!silent)
            publisher.Publish("execute_input", request.RawHeader, new JsonObject { ["code"] = code, ["execution_count"] = _count });
        ReportCrash();

        string name = string.Create(CultureInfo.InvariantCulture, $"cell {_count}");
        var interruption = new Interruption(cell, text => publisher.Stream(cell, "stderr", text));
        notebook.Running = interruption;
        session.Packages.Cancel = interruption.Token;
        marker?.Note($"{name}: {Beginning(code)}");
        var expressions = new JsonObject();
        CellError? error = null;
        string? output = null;
        try
        {
            output = RunCode(code, name, silent, interruption);
            foreach (var (key, expression) in request.Content["user_expressions"] as JsonObject ?? [])
                expressions[key] = Evaluate(expression?.ToString() ?? "", interruption);
        }
        catch (Exception thrown)
        {
            error = interruption.Requested && thrown is OperationCanceledException or ThreadInterruptedException or ThreadAbortException
                ? CellError.Interrupted
                : CellError.Of(thrown);
        }
        finally
        {
            interruption.End();
            notebook.Running = null;
            marker?.Note(null);
        }
        flush();
        if (stored)
            history.Add(_count, code, output);
        return error is null ? Succeeded(expressions) : Failed(error, silent);
    }

    private string? RunCode(string code, string name, bool silent, Interruption interruption, int imports = 0)
    {
        if (code.Length > LargestCell)
        {
            throw new CellErrorException("CellTooLarge", string.Create(CultureInfo.InvariantCulture,
                $"the cell has {code.Length / 1e6:0.0} million characters, and the limit is {LargestCell / 1e6:0.0} million: read large data from a file"));
        }
        var source = CellSource.Of(code);
        foreach (string packageSource in source.PackageSources)
            session.Packages.AddSource(packageSource);
        foreach (var magic in source.Magics)
        {
            if (magic.Name == "import")
            {
                if (imports == MostImports)
                    throw new CellErrorException("MagicError", $"{name}, line {magic.Line}: import {magic.Argument}: {MostImports} files import one another; take out the line by which one imports itself");
                RunCode(ImportedFile.Read(magic), ImportedFile.Name(magic), silent, interruption, imports + 1);
            }
            else if (notebook.Language(magic.Name) is { } language)
                return ShowResult(Interruptibly(() => language(source.Code.Trim()), interruption), silent, interruption);
            else if (_magics.Run(magic) is { } shown)
                notebook.Show(Formatters.Format(shown));
        }
        if (string.IsNullOrWhiteSpace(source.Code))
            return null;
        var clock = Stopwatch.StartNew();
        var compiled = session.Compile(source.Code, name);
        var compiling = clock.Elapsed;
        clock.Restart();
        object? value = new CellScheduler(interruption).Run(compiled.Run);
        var running = clock.Elapsed;
        string? text = compiled.EndsWithValue && value is not DisplayedOutput ? ShowResult(value, silent, interruption) : null;
        if (source.Magics.Any(magic => magic.Name == "time"))
            Console.WriteLine($"time: {Duration(running)} (and {Duration(compiling)} to compile)");
        return text;
    }

    /// <returns>The value as text.</returns>
    private string? ShowResult(object? value, bool silent, Interruption interruption)
    {
        // A value's own text may run for ever (an endless sequence, a lazy query): it is code of the cell.
        var bundle = Interruptibly(() => Formatters.Format(value), interruption);
        flush();
        if (!silent)
        {
            publisher.Publish("execute_result", CellContext.Current?.ParentHeader, new JsonObject
            {
                ["execution_count"] = _count,
                ["data"] = Publisher.DataOf(bundle),
                ["metadata"] = Publisher.MetadataOf(bundle),
            });
        }
        return bundle.Data.GetValueOrDefault("text/plain")?.ToString();
    }

    private static T Interruptibly<T>(Func<T> work, Interruption interruption)
    {
        T? result = default;
        return interruption.Run(() => result = work()) ? result! : throw new OperationCanceledException();
    }

    private JsonObject Evaluate(string expression, Interruption interruption)
    {
        try
        {
            var compiled = session.Compile(expression, "user expression");
            var bundle = Formatters.Format(new CellScheduler(interruption).Run(compiled.Run));
            return new JsonObject { ["status"] = "ok", ["data"] = Publisher.DataOf(bundle), ["metadata"] = Publisher.MetadataOf(bundle) };
        }
        catch (Exception thrown) when (!interruption.Requested)
        {
            return ErrorContent(CellError.Of(thrown), "error");
        }
    }

    private JsonObject Succeeded(JsonObject expressions) => new()
    {
        ["status"] = "ok",
        ["execution_count"] = _count,
        ["payload"] = new JsonArray(),
        ["user_expressions"] = expressions,
    };

    private JsonObject Failed(CellError error, bool silent)
    {
        if (!silent)
            publisher.Publish("error", CellContext.Current?.ParentHeader, ErrorContent(error, null));
        var reply = ErrorContent(error, "error");
        reply["execution_count"] = _count;
        reply["payload"] = new JsonArray();
        reply["user_expressions"] = new JsonObject();
        return reply;
    }

    private static JsonObject ErrorContent(CellError error, string? status)
    {
        var content = new JsonObject
        {
            ["ename"] = error.Name,
            ["evalue"] = error.Message,
            ["traceback"] = new JsonArray([.. error.Traceback.Select((line, i) => (JsonNode)JsonValue.Create(i == 0 ? $"\e[31m{line}\e[0m" : line))]),
        };
        if (status is not null)
            content["status"] = status;
        return content;
    }

    private bool _crashReported;

    private void ReportCrash()
    {
        if (_crashReported || marker?.Predecessor is not { } doing)
            return;
        _crashReported = true;
        publisher.Stream(CellContext.Current, "stderr", $"The kernel before this one died in {doing}\nIts variables are gone: run the cells above again.\n");
    }

    private static string Beginning(string code)
    {
        string line = code.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? "";
        return line.Length <= 100 ? line : line[..100] + "…";
    }

    private static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        >= 60 => time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture),
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms"),
    };
}
