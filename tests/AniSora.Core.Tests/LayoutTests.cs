using System.Reflection;
using System.Xml.Linq;

namespace AniSora.Tests;

/// <summary>
/// The repository's rooms (docs/architecture.md): references point down only, tests stand beside what they test, and nothing is written in
/// a language that has to be compiled for a machine.
/// </summary>
public sealed class LayoutTests
{
    private const string Prefix = "AniSora.", Suffix = ".Tests";

    /// <summary>What each project may refer to: only what stands above it here. A new project gets a line, here and in docs/architecture.md.</summary>
    private static readonly (string Project, string[] May)[] _layers =
    [
        ("Core", []),
        ("Kernels", ["Core"]),
        ("Pictures", []),
        ("Data", ["Core", "Kernels", "Pictures"]),
        ("Models", ["Core", "Kernels"]),
        ("Display", ["Pictures"]),
        ("Training", ["Models", "Data", "Display"]),
        ("Onnx", ["Core", "Models"]),
        ("Evaluation", ["Training"]),
        ("Jupyter", ["Display"]),
        ("Interactive", ["Display"]),
        ("Cli", ["Core", "Kernels", "Data", "Models", "Display", "Training", "Onnx", "Evaluation", "Jupyter", "Interactive"]),
    ];

    /// <summary>Tests of several projects at once: in a browser, of the notebooks from outside, and of cells that load the program.</summary>
    private static readonly Dictionary<string, string[]> _testsOfTheWhole =
        new[] { "Browser", "Jupyter", "Notebooks" }.ToDictionary(name => name, _ => new[] { "Cli", "Jupyter" });

    private static readonly string _root = typeof(LayoutTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    [Fact]
    public void References_point_down()
    {
        for (int i = 0; i < _layers.Length; i++)
            Assert.All(_layers[i].May, below => Assert.Contains(below, _layers[..i].Select(l => l.Project)));

        Assert.Equal(_layers.Select(l => l.Project).Order(StringComparer.Ordinal), Projects("src"));
        Assert.All(_layers, layer => Assert.All(References("src", layer.Project), to =>
            Assert.True(layer.May.Contains(to), $"{Prefix}{layer.Project} refers to {Prefix}{to}; it may refer to: {string.Join(", ", layer.May.DefaultIfEmpty("nothing of ours"))}")));
    }

    [Fact]
    public void Each_project_of_tests_mirrors_a_project()
    {
        Assert.All(Projects("tests"), project => Assert.EndsWith(Suffix, project));
        string[] tested = [.. Projects("tests").Select(project => project[..^Suffix.Length])];
        Assert.All(tested, name => Assert.Equal(_testsOfTheWhole.GetValueOrDefault(name, [name]), References("tests", name + Suffix)));
        // What Display writes is looked at where people see it, in a browser; Interactive is run by the tool that it is made for.
        Assert.Equal(["Display", "Interactive"], _layers.Select(l => l.Project).Except(tested));
    }

    [Fact]
    public void The_architecture_is_written_down()
    {
        string text = File.ReadAllText(Path.Combine(_root, "docs", "architecture.md"));
        Assert.All(_layers, layer => Assert.Contains($"`{Prefix}{layer.Project}`", text));
    }

    [Fact]
    public void Nothing_is_compiled_for_a_machine()
    {
        string[] native = [".c", ".cc", ".cpp", ".cxx", ".cu", ".h", ".hpp", ".cmake"];
        string[] folders = ["src", "tests", "benchmarks", "scripts", "data-scripts", "notebooks", "models", "runs", "docs"];
        var files = folders.SelectMany(folder => Sources(Path.Combine(_root, folder))).Concat(Directory.GetFiles(_root));
        Assert.DoesNotContain(files, file => native.Contains(Path.GetExtension(file)) || Path.GetFileName(file) == "CMakeLists.txt");
    }

    /// <summary>The projects of a folder, without <see cref="Prefix"/>.</summary>
    private static IEnumerable<string> Projects(string folder) =>
        Directory.GetDirectories(Path.Combine(_root, folder), Prefix + "*")
            .Where(project => Directory.GetFiles(project, "*.csproj").Length > 0) // what git leaves of a project that has gone has none
            .Select(project => Path.GetFileName(project)[Prefix.Length..]).Order(StringComparer.Ordinal);

    /// <summary>What a project refers to, without <see cref="Prefix"/>.</summary>
    private static IEnumerable<string> References(string folder, string project) =>
        XDocument.Load(Path.Combine(_root, folder, Prefix + project, $"{Prefix}{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!)[Prefix.Length..])
            .Order(StringComparer.Ordinal);

    /// <summary>A folder's files, without what builds leave there.</summary>
    private static IEnumerable<string> Sources(string folder) =>
        Path.GetFileName(folder) is "bin" or "obj" ? [] : Directory.GetFiles(folder).Concat(Directory.GetDirectories(folder).SelectMany(Sources));
}
