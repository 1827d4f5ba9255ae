using System.Text.Json.Nodes;

namespace AniSora.Cli.Notebook;

/// <summary>What a notebook begins as: a title, the project's names, and metadata by which Jupyter and VS Code's Polyglot Notebooks open it without asking.</summary>
internal static class NewNotebook
{
    private const string Start = "start.csx";

    /// <summary>A notebook that was not saved yet.</summary>
    /// <param name="path">Where it will lie: its name becomes the title, and its first cell imports <c>start.csx</c> where that is beside it.</param>
    public static NotebookFile For(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path).TrimStart([.. "0123456789-_ "]).Replace('-', ' ').Replace('_', ' ');
        string title = name.Length > 0 ? char.ToUpperInvariant(name[0]) + name[1..] : "Notebook";
        string first = File.Exists(Path.Combine(Path.GetDirectoryName(path)!, Start))
            ? $"#!import \"{Start}\""
            : $"#r \"{typeof(NewNotebook).Assembly.Location}\"\nusing AniSora.Models;\nusing TorchSharp;\nAniSora.Training.Notebook.TrainingNotebook.Start();";
        return NotebookFile.Of(new JsonObject
        {
            ["cells"] = new JsonArray(
                Markdown("title", $"# {title}\n\nWhat one will see, in a sentence or two."),
                Code("begin", first),
                Code("parameters", "int steps = 24;", new JsonArray("parameters")),
                Code("first", "steps"),
                Markdown("next", "## Next\n\n- What to try from here.")),
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["name"] = ".net-csharp", ["display_name"] = ".NET (C#)", ["language"] = "C#" },
                ["polyglot_notebook"] = new JsonObject { ["defaultKernelName"] = "csharp", ["items"] = new JsonArray(new JsonObject { ["name"] = "csharp" }) },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        });
    }

    private static JsonObject Markdown(string id, string source) =>
        new() { ["cell_type"] = "markdown", ["id"] = id, ["metadata"] = new JsonObject(), ["source"] = source };

    private static JsonObject Code(string id, string source, JsonArray? tags = null)
    {
        var metadata = new JsonObject
        {
            ["dotnet_interactive"] = new JsonObject { ["language"] = "csharp" },
            ["polyglot_notebook"] = new JsonObject { ["kernelName"] = "csharp" },
        };
        if (tags is not null)
            metadata["tags"] = tags;
        return new() { ["cell_type"] = "code", ["execution_count"] = null, ["id"] = id, ["metadata"] = metadata, ["outputs"] = new JsonArray(), ["source"] = source };
    }
}
