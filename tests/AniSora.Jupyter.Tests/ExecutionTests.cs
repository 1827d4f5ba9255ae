using System.Text.Json.Nodes;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Tests;

/// <summary>Cells and what comes of them.</summary>
[Collection(SharedKernelTests.Name)]
public sealed class ExecutionTests(SharedKernel shared)
{
    private readonly KernelClient _client = shared.Client;

    [Fact]
    public void VariablesFunctionsAndTypesLiveOn()
    {
        _client.Run("using System.Globalization; int lives = 3; int Twice(int n) => n * 2; record Point(int X, int Y);").Ok();
        Assert.Equal("6", _client.Run("Twice(lives)").Ok().Value);
        Assert.Equal("Point { X = 1, Y = 2 }", _client.Run("new Point(1, 2)").Ok().Value);
        _client.Run("lives++;").Ok();
        Assert.Equal("4", _client.Run("lives").Ok().Value);
        Assert.Equal("1.5", _client.Run("1.5.ToString(CultureInfo.InvariantCulture)").Ok().Value);
        Assert.Equal("text", _client.Run("var lives = \"text\"; lives").Ok().Value);
        // A cell that declares nothing leaves no trace, but its lambdas and anonymous types work.
        Assert.Equal("[{ a = 1 }, { a = 2 }]", _client.Run("Enumerable.Range(1, 2).Select(a => new { a })").Ok().Value);
        _client.Run("var anonymous = new { Deep = new { Value = 7 } };").Ok();
        Assert.Equal("7", _client.Run("anonymous.Deep.Value").Ok().Value);
    }

    [Fact]
    public void WhatWasAssignedBeforeAFailureStays()
    {
        Assert.Equal("error", _client.Run("var before = 5; throw new InvalidOperationException(\"halfway\");").Status);
        Assert.Equal("5", _client.Run("before").Ok().Value);
    }

    [Fact]
    public void AwaitWorksAtTheTopOfACell()
    {
        Assert.Equal("12", _client.Run("async Task<int> Slow(int n) { await Task.Delay(5); return n; }\nawait Slow(5) + await Slow(7)").Ok().Value);
        // Waiting for a task whose continuations belong to the cell must not lock up.
        Assert.Equal("3", _client.Run("Slow(3).Result").Ok().Value);
    }

    [Fact]
    public void OutputsComeInOrder()
    {
        var result = _client.Run("Console.Write(\"a\"); Console.Error.Write(\"b\"); display(\"c\"); Console.Write(\"d😀\"); \"e\"").Ok();
        Assert.Equal(["stdout:a", "stderr:b", "c", "stdout:d😀", "e"], result.Outputs.Where(o => o.Type != "execute_input")
            .Select(o => o.Type == "stream" ? $"{o.Text("name")}:{o.Text("text")}" : o.Text("data", "text/plain")));
    }

    [Fact]
    public void NativeOutputAndThatOfChildrenIsCaught()
    {
        var result = _client.Run("""
            [System.Runtime.InteropServices.DllImport("libc")] static extern int puts(string text);
            puts("from C");
            Console.WriteLine("from C#");
            System.Diagnostics.Process.Start("sh", ["-c", "echo from a child; echo its error >&2"]).WaitForExit();
            """).Ok();
        Assert.Contains("from C\n", result.Stream(), StringComparison.Ordinal);
        Assert.Contains("from C#\n", result.Stream(), StringComparison.Ordinal);
        Assert.Contains("from a child\n", result.Stream(), StringComparison.Ordinal);
        Assert.Equal("its error\n", result.Stream("stderr"));
    }

    [Fact]
    public void ACellEndsThoughItsChildWritesOn()
    {
        var result = _client.Run("var endless = System.Diagnostics.Process.Start(\"yes\"); Thread.Sleep(100); \"over\"").Ok();
        Assert.Equal("over", result.Value);
        Assert.StartsWith("y\ny\n", result.Stream(), StringComparison.Ordinal);
        _client.Run("endless.Kill(); endless.WaitForExit();").Ok();
    }

    [Fact]
    public void ManyWritersAreSlowedDownAndNotStopped()
    {
        var result = _client.Run("""
            string line = new('x', 999);
            Parallel.For(0, 3000, _ => Console.WriteLine(line));
            """).Ok();
        Assert.Equal(3_000_000, result.Stream().Length);
    }

    [Fact]
    public void LateOutputLandsInItsOwnCell()
    {
        string first = _client.Begin("_ = Task.Run(async () => { await Task.Delay(300); Console.Write(\"late\"); });");
        _client.Finish(first);
        var second = _client.Run("Thread.Sleep(600); Console.Write(\"second\");").Ok();
        Assert.Equal("second", second.Stream());
        Assert.Equal("late", _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == first).Text("text"));
    }

    [Fact]
    public void DisplaysAreReplacedAndCleared()
    {
        var outputs = _client.Run("var shown = 1.Display(); clear_output(wait: true); shown.Update(2);").Ok().Outputs;
        var display = Assert.Single(outputs, o => o.Type == "display_data");
        var update = Assert.Single(outputs, o => o.Type == "update_display_data");
        Assert.True(Assert.Single(outputs, o => o.Type == "clear_output").Content["wait"]!.GetValue<bool>());
        Assert.Equal("1", display.Text("data", "text/plain"));
        Assert.Equal("2", update.Text("data", "text/plain"));
        Assert.Equal(display.Text("transient", "display_id"), update.Text("transient", "display_id"));
        Assert.NotEmpty(display.Text("transient", "display_id"));
    }

    [Fact]
    public void ExceptionsHaveTheLinesOfTheirCells()
    {
        var define = _client.Run("int one = 1;\n[System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]\nint Fail(int n)\n{\n    return n / 0 * one;\n}".Replace("/ 0", "/ (one - 1)")).Ok();
        int defined = define.Reply["execution_count"]!.GetValue<int>();
        var result = _client.Run("var x = 1;\n\nFail(x)");
        int called = result.Reply["execution_count"]!.GetValue<int>();
        Assert.Equal("DivideByZeroException", result.Reply["ename"]!.GetValue<string>());
        Assert.Contains($"at cell {defined}, line 5, in Fail(int)", result.Error, StringComparison.Ordinal);
        Assert.EndsWith($"at cell {called}, line 3", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Outputs, o => o.Type == "error");
    }

    [Fact]
    public void AllErrorsOfTheCompilerAreShownWithTheirPlaces()
    {
        var result = _client.Run("int a = \"text\";\nfor (;;) { undefined(); }\nnew Missing()");
        int number = result.Reply["execution_count"]!.GetValue<int>();
        Assert.Equal("CompilationError", result.Reply["ename"]!.GetValue<string>());
        Assert.Contains($"cell {number}, line 1, column 9: CS0029", result.Error, StringComparison.Ordinal);
        Assert.Contains($"cell {number}, line 2, column 12: CS0103", result.Error, StringComparison.Ordinal);
        Assert.Contains($"cell {number}, line 3, column 5: CS0246", result.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", _client.Run("using var stream = new MemoryStream();").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void CellsAfterAFailedOneAreAborted()
    {
        string[] cells = [_client.Begin("Thread.Sleep(300); throw new Exception(\"stop\");"), _client.Begin("\"never\""), _client.Begin("\"never\"")];
        Assert.Equal(["error", "aborted", "aborted"], cells.Select(cell => _client.Finish(cell).Status));
        cells = [_client.Begin("Thread.Sleep(300); throw new Exception(\"go on\");", new JsonObject { ["stop_on_error"] = false }), _client.Begin("\"runs\"")];
        Assert.Equal(["error", "ok"], cells.Select(cell => _client.Finish(cell).Status));
    }

    [Fact]
    public void SilentCellsPublishNoResultAndCountNothing()
    {
        int before = _client.Run("1").Reply["execution_count"]!.GetValue<int>();
        var silent = _client.Run("int quiet = 8; quiet", new JsonObject { ["silent"] = true }).Ok();
        Assert.Empty(silent.Outputs);
        Assert.Equal(before, silent.Reply["execution_count"]!.GetValue<int>());
        Assert.Equal(before + 1, _client.Run("quiet").Ok().Reply["execution_count"]!.GetValue<int>());
    }

    [Fact]
    public void UserExpressionsAreEvaluated()
    {
        var result = _client.Run("int u = 20;", new JsonObject { ["user_expressions"] = new JsonObject { ["good"] = "u + 1", ["bad"] = "nothing" } }).Ok();
        var expressions = result.Reply["user_expressions"]!;
        Assert.Equal("21", expressions["good"]!["data"]!["text/plain"]!.GetValue<string>());
        Assert.Equal("error", expressions["bad"]!["status"]!.GetValue<string>());
    }

    [Fact]
    public void InputIsAskedOfTheUser()
    {
        string cell = _client.Begin("var name = Console.ReadLine(); $\"hello {name}\"");
        _client.Await(Channel.Stdin, reply => reply.Type == "input_request" && reply.ParentId == cell);
        _client.Send(Channel.Stdin, "input_reply", new JsonObject { ["value"] = "Ada" });
        Assert.Equal("hello Ada", _client.Finish(cell).Ok().Value);
        var refused = _client.Run("Console.ReadLine()", new JsonObject { ["allow_stdin"] = false });
        Assert.Contains("cannot ask for input", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void HistoryIsKept()
    {
        int number = _client.Run("\"remember me\"").Reply["execution_count"]!.GetValue<int>();
        Assert.Equal($"""[[1,{number},"\u0022remember me\u0022"]]""", History("""{"hist_access_type":"tail","n":1}"""));
        Assert.Equal($"""[[1,{number},["\u0022remember me\u0022","remember me"]]]""", History("""{"hist_access_type":"search","pattern":"*member*","n":1,"output":true}"""));
        Assert.Equal($"""[[1,{number},"\u0022remember me\u0022"]]""", History($$"""{"hist_access_type":"range","session":0,"start":{{number}},"stop":{{number + 1}}}"""));
        Assert.Equal("[]", History("""{"hist_access_type":"range","session":-1,"start":1,"stop":9}"""));

        string History(string request) => _client.Ask("history_request", (JsonObject)JsonNode.Parse(request)!)["history"]!.ToJsonString();
    }

    [Fact]
    public void AFailedBackgroundThreadDoesNotEndTheKernel()
    {
        string cell = _client.Begin("var failing = new Thread(() => throw new Exception(\"in the background\")); failing.Start(); failing.Join();");
        _client.Finish(cell).Ok();
        Assert.Equal("2", _client.Run("1 + 1").Ok().Value);
    }
}
