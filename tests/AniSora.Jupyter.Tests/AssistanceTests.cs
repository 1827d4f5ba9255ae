using System.Reflection;
using System.Text.Json.Nodes;

namespace AniSora.Jupyter.Tests;

/// <summary>Completion, inspection, and whether code is complete.</summary>
[Collection(SharedKernelTests.Name)]
public sealed class AssistanceTests(SharedKernel shared)
{
    private readonly KernelClient _client = shared.Client;

    [Theory]
    [InlineData("Console.Wri|", "WriteLine")]                                   // static members
    [InlineData("\"abc\".Subs|", "Substring")]                                  // members of a value
    [InlineData("\"abc\".|", "Length")]
    [InlineData("new List<int>().Sel|", "Select")]                              // extension methods
    [InlineData("using System.Tex|", "Text")]                                   // namespaces
    [InlineData("System.Tex|", "Text")]
    [InlineData("Diction|", "Dictionary")]                                      // types
    [InlineData("{ int local = 1; loc|", "local")]                              // locals
    [InlineData("whi|", "while")]                                               // keywords
    [InlineData("var s = \"x\"; foreach (var c in s.ToCh|", "ToCharArray")]      // inside unfinished code
    [InlineData("int[] a = [1]; a.Select(z => z.CompareT|", "CompareTo")]
    [InlineData("string t = \"\"; t?.Len|", "Length")]
    [InlineData("new FileStreamOptions { Buff|", "BufferSize")]
    [InlineData("%ti|", "%time")]
    [InlineData("// 😀\nMath.Ma|", "Max")]
    [InlineData("Math.Ma|; int after = 1;", "Max")]
    public void Completes(string code, string expected)
    {
        int cursor = code.IndexOf('|', StringComparison.Ordinal);
        string text = code.Remove(cursor, 1);
        int position = text[..cursor].EnumerateRunes().Count();
        var reply = _client.Ask("complete_request", new JsonObject { ["code"] = text, ["cursor_pos"] = position });
        Assert.Contains(expected, reply["matches"]!.AsArray().Select(match => match!.GetValue<string>()));
        Assert.Equal(position, reply["cursor_end"]!.GetValue<int>());
        int start = reply["cursor_start"]!.GetValue<int>();
        string typed = string.Concat(text.EnumerateRunes().Skip(start).Take(position - start));
        Assert.StartsWith(typed, expected, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void CompletesWhatCellsDeclared()
    {
        _client.Run("var declaredInACell = new { FieldOfIt = 1 };").Ok();
        Assert.Contains("declaredInACell", Matches("declaredIn"));
        Assert.Contains("FieldOfIt", Matches("declaredInACell.Fie"));
        Assert.Empty(Matches("\"declaredIn"));
        Assert.Empty(Matches("// declaredIn"));
    }

    [Fact]
    public void CompletionDoesNotWaitForTheRunningCell()
    {
        string cell = _client.Begin("Console.ReadLine()");
        _client.Await(Wire.Channel.Stdin, reply => reply.Type == "input_request" && reply.ParentId == cell);
        Assert.Contains("Max", Matches("Math.Ma"));
        _client.Send(Wire.Channel.Stdin, "input_reply", new JsonObject { ["value"] = "" });
        _client.Finish(cell).Ok();
    }

    [Theory]
    [InlineData("Console.WriteLine", "Writes the current line terminator")]
    [InlineData("Math.Max(1, ", "Returns the larger of two")]
    [InlineData("new List<int>(", "capacity")]
    [InlineData("\"abc\".Length", "int string.Length")]
    [InlineData("display", "Shows a value below the running cell")]
    public void InspectsWithDocumentation(string code, string expected)
    {
        var reply = Inspect(code);
        Assert.True(reply["found"]!.GetValue<bool>());
        Assert.Contains(expected, reply["data"]!["text/plain"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith("```csharp\n", reply["data"]!["text/markdown"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void InspectsSourceAndValues()
    {
        _client.Run("/// <summary>Of a cell's own.</summary>\nint Documented(int n) => n;\nint inspected = 77;").Ok();
        Assert.Contains("Of a cell's own.", Inspect("Documented(")["data"]!["text/plain"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("int inspected\n\nvalue: 77", Inspect("inspected")["data"]!["text/plain"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.False(Inspect("nothingOfThatName")["found"]!.GetValue<bool>());
    }

    [Fact]
    public void KnowsTorchSharpAndTheModels()
    {
        string program = typeof(AssistanceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Program").Value!;
        _client.Run($"#r \"{program}\"\nusing AniSora.Models; using TorchSharp; using static TorchSharp.torch;\nTensor x = null;").Ok();
        Assert.Contains("Linear", Matches("nn.Lin"));
        Assert.Contains("square", Matches("x.squ"));
        Assert.Contains("scaled_dot_product_attention", Matches("nn.functional.scaled"));
        Assert.Contains("MaskedDiT", Matches("new Maske"));
        Assert.Contains("NumLayers", Matches("new DitConfig { NumL"));
        // TorchSharp's package has no documentation file: of its members only the signature is known.
        Assert.Contains("long inputSize", Inspect("nn.Linear(")["data"]!["text/plain"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("transformer", Inspect("MaskedDiT")["data"]!["text/plain"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("1 + 1", "complete")]
    [InlineData("int x = 3;", "complete")]
    [InlineData("%time", "complete")]
    [InlineData("class A { }", "complete")]
    [InlineData("for (int i = 0; i < 3; i++) {", "incomplete")]
    [InlineData("1 +", "incomplete")]
    [InlineData("\"\"\"\ntext", "incomplete")]
    [InlineData("int x = = 3;", "invalid")]
    public void KnowsWhetherCodeIsComplete(string code, string status)
    {
        var reply = _client.Ask("is_complete_request", new JsonObject { ["code"] = code });
        Assert.Equal(status, reply["status"]!.GetValue<string>());
    }

    private List<string> Matches(string code) =>
        [.. _client.Ask("complete_request", new JsonObject { ["code"] = code, ["cursor_pos"] = code.Length })["matches"]!.AsArray().Select(match => match!.GetValue<string>())];

    private JsonObject Inspect(string code) => _client.Ask("inspect_request", new JsonObject { ["code"] = code, ["cursor_pos"] = code.Length, ["detail_level"] = 0 });
}
