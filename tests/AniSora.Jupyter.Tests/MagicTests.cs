namespace AniSora.Jupyter.Tests;

/// <summary>Magics, formatters, and the directives of a cell.</summary>
[Collection(SharedKernelTests.Name)]
public sealed class MagicTests(SharedKernel shared)
{
    private readonly KernelClient _client = shared.Client;

    [Fact]
    public void VariablesAreListedAndForgotten()
    {
        _client.Run("int listed = 41; string other = \"o\";").Ok();
        var table = _client.Run("%whos").Ok().Outputs.Single(o => o.Type == "display_data").Text("data", "text/html");
        Assert.Contains("<td>listed</td><td>int</td><td>41</td>", table, StringComparison.Ordinal);
        Assert.Contains("listed", Shown("%who"), StringComparison.Ordinal);
        _client.Run("%reset").Ok();
        Assert.Equal("no variables yet", Shown("%who"));
        Assert.Contains("CS0103", _client.Run("listed").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%time 40 + 2")]
    [InlineData("%%time\n40 + 2")]
    [InlineData("#!time\n40 + 2")]
    public void TimeIsTaken(string cell)
    {
        var result = _client.Run(cell).Ok();
        Assert.Equal("42", result.Value);
        Assert.Matches(@"^time: [\d.]+ (ms|s)", result.Stream());
    }

    [Fact]
    public void AnUnknownMagicSuggestsTheNearest()
    {
        Assert.Contains("did you mean %time?", _client.Run("%tmie 1").Error, StringComparison.Ordinal);
        Assert.Contains("did you mean %whos?", _client.Run("%whoos").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ARemainderIsNoMagic() => Assert.Equal("1", _client.Run("7\n% 3").Ok().Value);

    [Fact]
    public void FolderAndEnvironment()
    {
        string here = Shown("%cd");
        string folder = Directory.CreateDirectory(Path.Combine(shared.Kernel.Folder, "cd")).FullName;
        Assert.Equal(folder, Shown($"%cd {folder}"));
        Assert.Equal(folder, _client.Run("Environment.CurrentDirectory").Value);
        Assert.Contains("%cd /no/such/folder", _client.Run("%cd /no/such/folder").Error, StringComparison.Ordinal);
        _client.Run($"%cd {here}").Ok();
        _client.Run("%env ANISORA_MAGIC=set").Ok();
        Assert.Equal("set", Shown("%env ANISORA_MAGIC"));
    }

    [Theory]
    [InlineData("%help")]
    [InlineData("#!help")]
    public void HelpNamesEveryMagic(string cell)
    {
        string help = Shown(cell);
        Assert.All(Shown("%lsmagic").Split("  "), magic => Assert.Contains(magic, help, StringComparison.Ordinal));
        Assert.Contains("#r \"nuget:", help, StringComparison.Ordinal);
    }

    [Fact]
    public void RecordsBecomeTablesThatSayWhatIsLeftOut()
    {
        _client.Run("record Row(string Name, double Value);").Ok();
        var result = _client.Run("Enumerable.Range(0, 1000).Select(i => new Row($\"<r{i}>\", i / 2.0)).ToList()").Ok();
        Assert.Contains("<th>Name</th><th>Value</th>", result.Html, StringComparison.Ordinal);
        Assert.Contains("<td>&lt;r3&gt;</td><td>1.5</td>", result.Html, StringComparison.Ordinal);
        Assert.Contains("the first 50 of 1000 rows", result.Html, StringComparison.Ordinal);
        Assert.StartsWith("List<Row> (1000) [Row { Name = <r0>", result.Value, StringComparison.Ordinal);
        // An endless sequence ends where the table does.
        Assert.Contains("there are more", _client.Run("IEnumerable<Row> Endless() { while (true) yield return new(\"e\", 1); }\nEndless()").Ok().Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new Dictionary<string, int> { [\"a\"] = 1 }", "{\"a\": 1}")]
    [InlineData("new[] { 1, 2, 3 }", "int[3] [1, 2, 3]")]
    [InlineData("new int[2, 2] { { 1, 2 }, { 3, 4 } }", "int[2, 2] [[1, 2], [3, 4]]")]
    [InlineData("(1, \"x\")", "(1, x)")]
    [InlineData("new { A = 1, B = new[] { 'c' } }", "{ A = 1, B = System.Char[] }")]
    [InlineData("1e-3f", "0.001")]
    [InlineData("\"two\\nlines\"", "two\nlines")]
    [InlineData("(string?)null", "null")]
    [InlineData("typeof(List<int?>)", "List<int?>")]
    [InlineData("new DateTime(2026, 1, 2)", "2026-01-02")]
    [InlineData("DayOfWeek.Friday", "Friday")]
    public void ValuesHaveAPlainText(string cell, string text) => Assert.Equal(text, _client.Run(cell).Ok().Value);

    [Fact]
    public void OtherTypesSayHowTheyAreShown()
    {
        _client.Run("class Shape { public int Sides = 3; }\nFormatters.Register<Shape>(s => Formatters.TextAndHtml($\"{s.Sides} sides\", Html.Of($\"<b>{s.Sides}</b>\")));").Ok();
        var result = _client.Run("new Shape()").Ok();
        Assert.Equal("3 sides", result.Value);
        Assert.Equal("<b>3</b>", result.Html);
        Assert.Equal("<i>x</i>", _client.Run("HTML(\"<i>x</i>\")").Ok().Html);
        // A value that fails while it is shown does not fail its cell.
        Assert.Contains("cannot be shown", _client.Run("class Bad { public override string ToString() => throw new Exception(\"no\"); }\nnew Bad()").Ok().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void FilesAreLoaded()
    {
        string file = Path.Combine(shared.Kernel.Folder, "loaded.csx");
        File.WriteAllText(file, "int FromFile(int n) => n * 3;\nint Broken(int n) => n / (n - n);\n");
        Assert.Equal("12", _client.Run($"#load \"{file}\"\nFromFile(4)").Ok().Value);
        Assert.Equal("15", _client.Run("FromFile(5)").Ok().Value);
        Assert.Contains("no.csx", _client.Run("#load \"no.csx\"").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnImportedFileRunsBeforeItsCellAndItsUsingsHold()
    {
        string file = Path.Combine(shared.Kernel.Folder, "usings.csx");
        File.WriteAllText(Path.Combine(shared.Kernel.Folder, "first.csx"), "int first = 1;");
        File.WriteAllText(file, $"#!import \"{shared.Kernel.Folder}/first.csx\"\nusing System.Globalization;\nusing static System.Math;\nint second = first + 1;\n");
        Assert.Equal("3", _client.Run($"#!import \"{file}\"\nMax(3, second)").Ok().Value);
        Assert.Equal("2", _client.Run("Min(2, new CultureInfo(\"\").Name.Length + second)").Ok().Value);
        Assert.Contains("line 2: import \"no.csx\": ", _client.Run("%time\n#!import \"no.csx\"").Error, StringComparison.Ordinal);
        File.WriteAllText(file, "int third = 3\nint fourth = 4;");
        Assert.Contains("usings.csx, line 1, column 14: CS1002", _client.Run($"#!import \"{file}\"").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatImportsItselfIsNamedAndTheKernelLives()
    {
        string file = Path.Combine(shared.Kernel.Folder, "round.csx");
        File.WriteAllText(file, $"#!import \"{file}\"\n");
        string error = _client.Run($"#!import \"{file}\"").Error;
        Assert.Contains("round.csx, line 1: import", error, StringComparison.Ordinal);
        Assert.Contains("imports itself", error, StringComparison.Ordinal);
        Assert.Equal("2", _client.Run("1 + 1").Ok().Value);
    }

    [Fact]
    public void CellsOfALanguageThatTheNotebookAddedAreRunByIt()
    {
        Assert.Contains("there is no %shout", _client.Run("#!shout\nhello").Error, StringComparison.Ordinal);
        _client.Run("CurrentNotebook.Value.AddLanguage(\"shout\", text => text == \"bad\" ? throw new ArgumentException(\"too quiet\") : text.ToUpperInvariant());").Ok();
        Assert.Equal("SELECT 'A;' --", _client.Run("#!shout\nselect 'a;' --\n").Ok().Value);
        Assert.Contains("too quiet", _client.Run("#!shout\nbad").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void BuiltAssembliesBringWhatTheyNeed()
    {
        // This test's own assembly: its dependencies (xunit) are found by its .deps.json.
        string path = typeof(MagicTests).Assembly.Location;
        Assert.Equal("OtherLib.Value", _client.Run($"#r \"{path}\"\nAniSora.Jupyter.Tests.ForCells.Name").Ok().Value);
        Assert.Equal("FactAttribute", _client.Run("typeof(Xunit.FactAttribute).Name").Ok().Value);
        Assert.Equal("0", _client.Run("#r \"System.Data.Common\"\nnew System.Data.DataTable().Rows.Count").Ok().Value);
        Assert.Contains("does not exist", _client.Run("#r \"no/such.dll\"").Error, StringComparison.Ordinal);
        string text = Path.Combine(shared.Kernel.Folder, "text.dll");
        File.WriteAllText(text, "no assembly");
        Assert.Contains("is not a .NET assembly", _client.Run($"#r \"{text}\"").Error, StringComparison.Ordinal);
    }

    private string Shown(string cell) => _client.Run(cell).Ok().Outputs.Single(o => o.Type == "display_data").Text("data", "text/plain");
}

/// <summary>Used by a cell.</summary>
public static class ForCells
{
    /// <summary>Any text.</summary>
    public static string Name => "OtherLib.Value";
}
