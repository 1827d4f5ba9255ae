using System.Text.Json.Nodes;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora notebook</c> on small notebooks, as a process of its own.</summary>
public sealed class NotebookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_takes_typed_parameters_and_writes_what_cells_show()
    {
        string file = Write("experiment.ipynb", [
            ("#load \"shared.csx\"", null), ("int steps = 24; double rate = 1e-3; var name = \"demo\"; bool quick = true; // defaults", "parameters"),
            ("$\"{name}: {steps * 2} {rate} {quick} {Twice(4)}\"", null), ("", null),
            ("Console.WriteLine(\"é 😀\"); Console.Error.WriteLine(\"oops\"); var shown = display(1); shown.Update(2);", null),
            ("throw new InvalidOperationException(\"expected\");", "raises-exception"), ("Console.ReadLine()", "raises-exception"),
        ]);
        File.WriteAllText(_folder["shared.csx"], "int Twice(int n) => 2 * n;");
        byte[] before = File.ReadAllBytes(file);
        string[] set = ["--set", "steps=50", "--set", "rate=0.25", "--set", "name=a \"b\" = c", "--set", "quick=false"];

        var run = await CliRunner.RunAsync(["notebook", "run", file, "--out", _folder["done.ipynb"], .. set]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(_folder["done.ipynb"] + "\n", run.Output);
        Assert.Contains("experiment.ipynb: 7 cells in ", run.Error);
        Assert.Equal(before, File.ReadAllBytes(file));
        var cells = Cells(_folder["done.ipynb"]);
        Assert.Equal("// Parameters\nint steps = 50;\ndouble rate = 0.25;\nstring name = \"a \\\"b\\\" = c\";\nbool quick = false;", Text(cells[2]["source"]));
        Assert.Equal("injected-parameters", (string?)cells[2]["metadata"]!["tags"]![0]);
        Assert.Equal("a \"b\" = c: 100 0.25 False 8", Text(cells[3]["outputs"]![0]!["data"]!["text/plain"]));
        Assert.Equal([1, 2, 3, 4, null, 5, 6, 7], cells.Select(cell => (int?)cell["execution_count"]));
        Assert.Equal([("stream", "é 😀\n"), ("stream", "oops\n"), ("display_data", "2")], cells[5]["outputs"]!.AsArray()
            .Select(output => ((string)output!["output_type"]!, Text(output["text"] ?? output["data"]!["text/plain"]))));
        Assert.Equal("InvalidOperationException", (string?)cells[6]["outputs"]![0]!["ename"]);
        Assert.Contains("unattended", (string?)cells[7]["outputs"]![0]!["evalue"]);

        // Run again with other values, in place: the injected cell is replaced.
        run = await CliRunner.RunAsync("notebook", "run", _folder["done.ipynb"], "--set", "steps=3");
        Assert.True(run.ExitCode == 0, run.Error);
        cells = Cells(_folder["done.ipynb"]);
        Assert.Equal(8, cells.Length);
        Assert.Equal("demo: 6 0.001 True 8", Text(cells[3]["outputs"]![0]!["data"]!["text/plain"]));
    }

    [Theory]
    [InlineData("var a = 1;\nint b = a / 0 + c;", "line 2: CompilationError: CS0103: The name 'c' does not exist in the current context")]
    [InlineData("int zero = 0;\nConsole.WriteLine(\"begun\");\n\nint b = 1 / zero;", "line 4: DivideByZeroException: Attempted to divide by zero.")]
    public async Task The_first_error_ends_a_run_and_what_ran_is_kept(string bad, string error)
    {
        string file = Write("fails.ipynb", [("1 + 1", null), (bad, null), ("3", null)], outputs: true);
        var run = await CliRunner.RunAsync("notebook", "run", file);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains($"error: {file}: cell 2 of 3, {error}\n", run.Error);
        var cells = Cells(file);
        Assert.Equal("2", Text(cells[0]["outputs"]![0]!["data"]!["text/plain"]));
        Assert.Equal("error", (string?)cells[1]["outputs"]!.AsArray()[^1]!["output_type"]);
        Assert.Empty(cells[2]["outputs"]!.AsArray()); // an earlier run's
        Assert.Null(cells[2]["execution_count"]);
    }

    [Fact]
    public async Task Ctrl_C_stops_the_cell_and_writes_what_is_there()
    {
        string file = Write("long.ipynb", [("Console.WriteLine(\"begun\"); File.WriteAllText(Environment.GetEnvironmentVariable(\"BEGUN\"), \"\"); while (true) { Thread.Sleep(10); }", null), ("2", null)]);
        var run = await CliRunner.RunAsync(["notebook", "run", file], null, started: async process =>
        {
            // The cell says itself that it runs: the file is written before.
            while (!File.Exists(_folder["running"]))
                await Task.Delay(20);
            CliRunner.Signal(process, "INT");
        }, environment: new Dictionary<string, string> { ["BEGUN"] = _folder["running"] });
        Assert.Equal(130, run.ExitCode);
        var outputs = Cells(file)[0]["outputs"]!.AsArray();
        Assert.Equal("begun\n", Text(outputs[0]!["text"]));
        Assert.Equal("Interrupted", (string?)outputs[1]!["ename"]);
    }

    [Fact]
    public async Task A_cell_has_its_time_and_a_thread_that_it_leaves_behind_keeps_nobody()
    {
        string file = Write("slow.ipynb", [("new Thread(() => Thread.Sleep(-1)).Start();", null), ("await Task.Delay(-1);", null)]);
        var run = await CliRunner.RunAsync("notebook", "run", file, "--timeout", "3s");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("cell 2 of 2: Timeout: the cell took longer than 3 s", run.Error);
        (await CliRunner.RunAsync("notebook", "run", file, "--timeout", "soon")).AssertBadInput("--timeout soon", "90s");
    }

    [Fact]
    public async Task What_is_no_notebook_of_this_kind_is_refused_by_name()
    {
        string good = File.ReadAllText(Write("good.ipynb", [("int steps = 1; System.Uri site = null;", "parameters")]));
        foreach (var (name, text, set, named) in new (string, string?, string?, string[])[]
        {
            ("damaged", good[..^9], null, ["damaged JSON", "line "]),
            ("old", good.Replace("\"nbformat\":4", "\"nbformat\":3"), null, ["nbformat: 3", "nbconvert"]),
            ("python", good.Replace("\"C#\"", "\"python\""), null, ["a notebook in python", "only C#"]),
            ("list", "[]", null, ["no JSON object"]),
            ("cells", "{\"nbformat\":4,\"cells\":[{\"cell_type\":\"code\",\"source\":7}]}", null, ["cells[0].source"]),
            ("missing", null, null, ["missing.ipynb"]),
            ("unknown", good, "step=2", ["no parameter 'step'", "site, steps"]),
            ("type", good, "steps=many", ["'steps' is of the type int", "'many'"]),
            ("kind", good, "site=a", ["'site' is of the type System.Uri", "double"]),
            ("none", good.Replace("\"parameters\"", "\"other\""), "steps=2", ["no cell is tagged 'parameters'"]),
            ("form", good, "steps", ["--set steps", "name=value"]),
        })
        {
            string file = _folder[name + ".ipynb"];
            if (text is not null)
                File.WriteAllText(file, text);
            (await CliRunner.RunAsync(["notebook", "run", file, .. set is null ? Array.Empty<string>() : ["--set", set]])).AssertBadInput(named);
            Assert.Equal(text, File.Exists(file) ? File.ReadAllText(file) : null);
        }
        (await CliRunner.RunAsync("notebook", "view", _folder["old.ipynb"])).AssertBadInput("nbformat: 3");
    }

    [Fact]
    public async Task A_new_notebook_runs_and_is_viewed_as_one_page()
    {
        var made = await CliRunner.RunAsync(["notebook", "new", "07-my-idea"], _folder.Path);
        string file = _folder["07-my-idea.ipynb"];
        Assert.Equal(file + "\n", made.Output);
        var metadata = JsonNode.Parse(File.ReadAllText(file))!["metadata"]!;
        Assert.Equal((".net-csharp", "csharp"), ((string?)metadata["kernelspec"]!["name"], (string?)metadata["polyglot_notebook"]!["defaultKernelName"]));
        (await CliRunner.RunAsync(["notebook", "new", "07-my-idea.ipynb"], _folder.Path)).AssertBadInput("there already");

        var run = await CliRunner.RunAsync("notebook", "run", file, "--set", "steps=7");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("7", Text(Cells(file)[4]["outputs"]![0]!["data"]!["text/plain"]));

        var view = await CliRunner.RunAsync(["notebook", "view", file], _folder.Path);
        Assert.Equal(_folder["out/07-my-idea.html"] + "\n", view.Output);
        string page = File.ReadAllText(_folder["out/07-my-idea.html"]);
        Assert.Contains("<title>My idea</title>", page);
        Assert.Contains("<h2>Next</h2>", page);
        Assert.Contains("<span class=\"keyword\">int</span> steps = <span class=\"numeral\">7</span>;", page);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page);
    }

    [Fact]
    public async Task A_page_holds_the_pictures_that_its_texts_show()
    {
        byte[] png = AniSora.Pictures.Png.Encode([200, 30, 30], 1, 1, 3);
        File.WriteAllBytes(_folder["a dot.png"], png);
        File.WriteAllText(_folder["pictures.ipynb"], new JsonObject
        {
            ["cells"] = new JsonArray(new JsonObject
            {
                ["cell_type"] = "markdown",
                ["id"] = "a",
                ["metadata"] = new JsonObject(),
                ["attachments"] = new JsonObject { ["b.png"] = new JsonObject { ["image/png"] = Convert.ToBase64String(png) } },
                ["source"] = "# Dots\n![one](a%20dot.png) ![two](attachment:b.png) ![gone](gone.png)",
            }),
            ["metadata"] = new JsonObject(),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        }.ToJsonString());
        var view = await CliRunner.RunAsync(["notebook", "view", "pictures.ipynb"], _folder.Path);
        Assert.True(view.ExitCode == 0, view.Error);
        string page = File.ReadAllText(_folder["out/pictures.html"]);
        string data = $"src=\"data:image/png;base64,{Convert.ToBase64String(png)}\"";
        Assert.Equal(3, page.Split(data).Length);
        Assert.Contains("src=\"gone.png\"", page);
    }

    private string Write(string name, (string Source, string? Tag)[] cells, bool outputs = false)
    {
        var json = new JsonObject
        {
            ["cells"] = new JsonArray([.. cells.Select(cell => (JsonNode)new JsonObject
            {
                ["cell_type"] = "code", ["execution_count"] = outputs ? 9 : null, ["source"] = cell.Source,
                ["metadata"] = new JsonObject { ["tags"] = new JsonArray(cell.Tag is null ? [] : [cell.Tag]) },
                ["outputs"] = new JsonArray(outputs ? [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = "old" }] : []),
            })]),
            ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["name"] = "anisora-csharp", ["display_name"] = "C#", ["language"] = "C#" } },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 2,
        };
        File.WriteAllText(_folder[name], json.ToJsonString());
        return _folder[name];
    }

    private static JsonObject[] Cells(string file) => [.. JsonNode.Parse(File.ReadAllText(file))!["cells"]!.AsArray().Select(cell => (JsonObject)cell!)];

    private static string Text(JsonNode? node) => node is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)node ?? "";
}
