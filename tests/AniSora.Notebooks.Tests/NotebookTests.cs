using System.Globalization;
using System.Text.RegularExpressions;

namespace AniSora.Notebooks.Tests;

/// <summary>What runs a notebook's cells: <c>anisora notebook run</c>, or Jupyter with the kernel of .NET Interactive.</summary>
public enum Front
{
    /// <summary>The engine of this project's own kernel.</summary>
    Anisora,

    /// <summary>The genuine tool.</summary>
    DotNetInteractive,
}

/// <summary>Every notebook runs from top to bottom, at the fast setting, and comes to what its text says, whatever runs it.</summary>
public sealed class NotebookTests(Scratch scratch) : IClassFixture<Scratch>
{
    private const long LightestBytes = 20_000, MostBytes = 400_000;

    [Fact]
    public void Every_notebook_is_tested() => Assert.Equal(
        Directory.GetFiles(Path.Combine(Scratch.Root, "notebooks"), "*.ipynb").Select(Path.GetFileName).Order(),
        typeof(NotebookTests).GetMethods().Select(m => m.Name).Where(name => name.StartsWith("Notebook_", StringComparison.Ordinal))
            .Select(name => name["Notebook_".Length..].Replace('_', '-') + ".ipynb").Order());

    [Theory]
    [InlineData(Front.Anisora)]
    [InlineData(Front.DotNetInteractive)]
    public void Notebook_01_explore_the_data(Front front)
    {
        var done = Run("01-explore-the-data.ipynb", front);
        Assert.Contains("136 sequences; 212 clips to test, 1644 clips to train", done.Shown);
        // The last question finds no base sequence in two splits.
        Assert.DoesNotContain("tuxfootball/", done.Cells[^1].Shown);
        Assert.InRange(Number(done.Shown, @"motion score ([\d.]+)"), 1, 8);
    }

    [Theory]
    [InlineData(Front.Anisora)]
    [InlineData(Front.DotNetInteractive)]
    public void Notebook_02_train_the_vae(Front front)
    {
        var done = Run("02-train-the-vae.ipynb", front);
        Assert.InRange(Number(done.Shown, @"dB on held-out clips ([\d.]+)"), 24, 32);
        Assert.Contains("vae: ended, of 24 steps 24", done.Shown);
        // More channels: a higher rate, and less lost.
        double[][] points = [.. Regex.Matches(done.Cells[^1].Shown, @"^(\d+) +([\d.]+) +([\d.]+)$", RegexOptions.Multiline)
            .Select(row => row.Groups.Values.Skip(1).Select(v => double.Parse(v.Value, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal([4, 8, 16, 32], points.Select(p => p[0]));
        Assert.All(points.Zip(points.Skip(1)), pair => Assert.True(pair.First[1] < pair.Second[1] && pair.First[2] < pair.Second[2]));
    }

    [Theory]
    [InlineData(Front.Anisora)]
    [InlineData(Front.DotNetInteractive)]
    public void Notebook_03_train_the_dit(Front front)
    {
        var done = Run("03-train-the-dit.ipynb", front);
        Assert.InRange(Number(done.Shown, @"dB on held-out clips ([\d.]+)"), 20, 28);
        Assert.Contains("the same weights, bit for bit", done.Shown);
        // A block that was written in a cell stands in for one of the model's.
        Assert.InRange(Number(done.Shown, @"the last steps miss (\d+) %"), 0, 5);
    }

    [Theory]
    [InlineData(Front.Anisora)]
    [InlineData(Front.DotNetInteractive)]
    public void Notebook_04_direct_a_shot(Front front)
    {
        var done = Run("04-direct-a-shot.ipynb", front);
        Assert.Contains("Mask painter [1, 64, 64]: key frames 1", done.Shown);
        Assert.InRange(Number(done.Shown, @"may move; ([\d.]+) dB"), 15, 30);
    }

    [Theory]
    [InlineData(Front.Anisora)]
    [InlineData(Front.DotNetInteractive)]
    public void Notebook_05_kernels(Front front)
    {
        var done = Run("05-kernels.ipynb", front);
        Assert.Contains("0 of 208,896 bytes differ", done.Shown);
        Assert.Contains("0 bytes of the two differ", done.Shown);
        Assert.InRange(Number(done.Shown, @"mean flow: ([\d.]+) right"), 1.9, 2.1);
        Assert.InRange(Number(done.Shown, @"([\d.]+) down"), 0.9, 1.1);
        Assert.Equal(Number(done.Shown, @"by hand ([\d.]+)"), Number(done.Shown, @"MotionScore ([\d.]+)"), 0.002);
    }

    [Theory]
    [InlineData(Front.Anisora)]
    [InlineData(Front.DotNetInteractive)]
    public void Notebook_06_export_and_run_onnx(Front front)
    {
        var done = Run("06-export-and-run-onnx.ipynb", front);
        Assert.InRange(Number(done.Shown, @"PSNR ([\d.]+) dB"), 50, double.PositiveInfinity);
        Assert.Contains("problems: 0", done.Shown);
        double exact = Number(done.Shown, @"^ONNX +[\d.]+ +([\d.]+)"), light = Number(done.Shown, @"^ONNX, 8 bits +[\d.]+ +([\d.]+)");
        Assert.InRange(exact, 50, double.PositiveInfinity);
        Assert.InRange(light, 28, exact - 1);
        // A network of the reader's own, with a module that is in no library.
        Assert.Contains("gate/Mul = Mul(", done.Shown);
        Assert.InRange(Number(done.Shown, @"68 scores; largest difference ([\d.e-]+)"), 0, 1e-5);
    }

    [Theory]
    [InlineData(Front.Anisora)]
    [InlineData(Front.DotNetInteractive)]
    public void Notebook_07_evaluate(Front front)
    {
        var done = Run("07-evaluate.ipynb", front);
        Assert.Contains("12 clips, 4 identities", done.Shown);
        // The model starts from the flow and is better than standing still.
        Assert.InRange(Number(done.Shown, @"model against flow, first-last: (-?[\d.]+)"), 0, 2);
        Assert.InRange(Number(done.Shown, @"model against hold, first-last: (-?[\d.]+)"), 1, 6);
    }

    [Theory]
    [InlineData("01-explore-the-data.ipynb")]
    [InlineData("tricky.ipynb")]
    public void A_run_writes_what_jupyter_writes_byte_for_byte(string name)
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "tricky.ipynb"), Path.Combine(scratch.Notebooks, "tricky.ipynb"), overwrite: true);
        // Times of an earlier run are kept by Jupyter and taken out here.
        string file = Path.Combine(scratch.Notebooks, name);
        File.WriteAllText(file, Regex.Replace(File.ReadAllText(file), @"""metadata"": \{\s*""execution"": \{[^}]*\}\s*\}", @"""metadata"": {}"));

        var (code, log, ours) = scratch.Execute(name);
        Assert.True(code == 0, log);
        var (theirCode, theirLog, theirs) = scratch.ExecuteByJupyter(name);
        Assert.True(theirCode == 0, theirLog);
        Assert.Equal(File.ReadAllText(theirs), File.ReadAllText(ours));
        Assert.True(File.ReadAllBytes(theirs).AsSpan().SequenceEqual(File.ReadAllBytes(ours)));
    }

    [Fact]
    public void The_lint_names_what_is_wrong_and_accepts_what_is_committed()
    {
        using var copy = new Scratch();
        Assert.Equal((0, ""), copy.Lint());
        string file = Path.Combine(copy.Notebooks, "05-kernels.ipynb"), good = File.ReadAllText(file);
        foreach (var (from, to, complaint) in new[]
        {
            ("\"name\": \".net-csharp\"", "\"name\": \"python3\"", "must name the kernel"),
            ("## Next", "## Later", "what to try next"),
            ("0 of 208,896 bytes differ", "read /home/somebody/clips.bin", "\\\"/home/somebody\\\"".Replace("\\", "", StringComparison.Ordinal)),
            ("\"execution_count\": 3,", "\"execution_count\": 13,", "was run as 13"),
            ("\"nbformat\": 4,", "\"nbformat\": 4", "is no notebook"),
            ("int differ = 0;\\n", "int differ = 0;" + string.Concat(Enumerable.Repeat("\\n", 20)), "at most 14"),
            ("int differ = 0;", "int differ = 0; //" + new string('x', 120), "fit the page"),
            ("\"output_type\": \"execute_result\"", "\"output_type\": \"error\", \"ename\": \"Oops\"", "ended with Oops"),
            ("bytes differ", new string('x', 400_000), "keep outputs light"),
        })
        {
            Assert.Contains(from, good);
            int at = good.IndexOf(from, StringComparison.Ordinal);
            File.WriteAllText(file, good[..at] + to + good[(at + from.Length)..]);
            var (code, log) = copy.Lint();
            Assert.Equal(1, code);
            Assert.Contains(complaint, log);
            Assert.Contains("05-kernels.ipynb", log);
        }
    }

    private NotebookFile Run(string name, Front front)
    {
        var (code, log, file) = front == Front.Anisora ? scratch.Execute(name) : scratch.ExecuteByDotNetInteractive(name);
        Assert.True(code == 0, log);
        var done = NotebookFile.Read(file);
        // Players, drawings and tables stand where they stand in the committed notebook.
        Assert.Equal(NotebookFile.Read(Path.Combine(Scratch.Root, "notebooks", name)).Cells.Select(cell => cell.Rich), done.Cells.Select(cell => cell.Rich));
        Assert.All(done.Cells, cell => Assert.True(cell.Errors.Count == 0, $"{cell.Source}\n{string.Join('\n', cell.Errors)}"));
        Assert.InRange(done.Bytes, LightestBytes, MostBytes);
        return done;
    }

    private static double Number(string text, string pattern)
    {
        var match = Regex.Match(text, pattern, RegexOptions.Multiline);
        Assert.True(match.Success, $"no {pattern} in\n{text}");
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
