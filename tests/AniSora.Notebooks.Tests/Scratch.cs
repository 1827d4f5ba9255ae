using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace AniSora.Notebooks.Tests;

/// <summary>
/// A copy of the notebooks in a folder of its own, beside links to what they use: what is run changes nothing in the repository.
/// </summary>
public sealed class Scratch : IDisposable
{
    // Only for what never ends: a busy machine takes its time.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private static readonly string[] s_linked = ["src", "models", "node_modules", "AniSora.sln", ".config"];

    /// <summary>Makes the copy and prepares the clips.</summary>
    public Scratch()
    {
        Folder = Directory.CreateTempSubdirectory("anisora-notebooks-").FullName;
        Directory.CreateDirectory(Notebooks);
        foreach (string file in Directory.GetFiles(Path.Combine(Root, "notebooks")).Where(f => f.EndsWith(".ipynb", StringComparison.Ordinal) || f.EndsWith(".csx", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(Notebooks, Path.GetFileName(file)));
        foreach (string script in Directory.GetFiles(Notebooks, "*.csx"))
            File.WriteAllText(script, File.ReadAllText(script).Replace("/bin/Release/", $"/bin/{Configuration}/", StringComparison.Ordinal));
        foreach (string name in s_linked)
            File.CreateSymbolicLink(Path.Combine(Folder, name), Path.Combine(Root, name));

        // Made once from cached packages, and taken over where it is there.
        string demo = Path.Combine(Root, "data", "demo");
        Directory.CreateDirectory(Path.Combine(Folder, "data"));
        if (File.Exists(Path.Combine(demo, "ingest.json")))
            Directory.CreateSymbolicLink(Path.Combine(Folder, "data", "demo"), demo);
        else
            Succeed(Command("data", "prepare", "demo", "--out", Path.Combine(Folder, "data", "demo")));
    }

    /// <summary>The repository.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>Stands for the repository.</summary>
    public string Folder { get; }

    /// <summary>The copied notebooks.</summary>
    public string Notebooks => Path.Combine(Folder, "notebooks");

    private static string Configuration { get; } = Metadata("Configuration");

    /// <summary>Runs a notebook from top to bottom, as a person without a browser does.</summary>
    /// <param name="name">Its file's name.</param>
    /// <returns>The exit code, what was said, and the file with its outputs.</returns>
    public (int Code, string Log, string File) Execute(string name)
    {
        string done = Path.Combine(Notebooks, $"done-{name}");
        var start = Command("notebook", "run", Path.Combine(Notebooks, name), "--timeout", "10m", "--out", done);
        start.Environment["ANISORA_NOTEBOOKS"] = "fast";
        var (code, log) = Run(start);
        return (code, log, done);
    }

    /// <summary>Runs a notebook by Jupyter's own program and the kernel, which is installed for this folder alone.</summary>
    /// <param name="name">Its file's name.</param>
    /// <returns>The exit code, what was said, and the file with its outputs.</returns>
    public (int Code, string Log, string File) ExecuteByJupyter(string name)
    {
        Succeed(Command("kernel", "install", "--kernel", Path.Combine(Root, "src/AniSora.Jupyter/bin", Configuration, "net10.0/linux-x64"), "--prefix", Folder));
        return ExecuteByJupyter(name, "anisora-csharp");
    }

    /// <summary>Runs a notebook by Jupyter's own program and .NET Interactive, the tool that <c>make setup</c> restores.</summary>
    /// <param name="name">Its file's name.</param>
    /// <returns>The exit code, what was said, and the file with its outputs.</returns>
    public (int Code, string Log, string File) ExecuteByDotNetInteractive(string name)
    {
        // Without --http-local-only anyone on the network could run code in it.
        string[] command = [DotNet, "tool", "run", "dotnet-interactive", "--", "jupyter", "--default-kernel", "csharp", "--http-local-only", "{connection_file}"];
        // dotnet remembers restored tools in the home folder, which is another for Jupyter.
        var environment = new { DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT = "1", HOME = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) };
        var kernel = new { argv = command, display_name = ".NET (C#)", language = "C#", env = environment };
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "share", "jupyter", "kernels", ".net-csharp")).FullName;
        File.WriteAllText(Path.Combine(folder, "kernel.json"), JsonSerializer.Serialize(kernel));
        return ExecuteByJupyter(name, ".net-csharp");
    }

    private (int Code, string Log, string File) ExecuteByJupyter(string name, string kernel)
    {
        string done = $"jupyter-{name}";
        var start = new ProcessStartInfo("/usr/bin/python3", ["-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors",
            $"--ExecutePreprocessor.kernel_name={kernel}", "--ExecutePreprocessor.timeout=600", "--ExecutePreprocessor.record_timing=False", "--output", done, name])
        {
            WorkingDirectory = Notebooks,
        };
        // Of this kernel and no other, wherever the person who tests has installed one.
        start.Environment["JUPYTER_PATH"] = Path.Combine(Folder, "share", "jupyter");
        start.Environment["JUPYTER_DATA_DIR"] = Path.Combine(Folder, "jupyter");
        start.Environment["JUPYTER_RUNTIME_DIR"] = Path.Combine(Folder, "runtime");
        start.Environment["HOME"] = Folder;
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        start.Environment["ANISORA_NOTEBOOKS"] = "fast";
        var (code, log) = Run(start);
        return (code, log, Path.Combine(Notebooks, done));
    }

    /// <summary>Runs the lint on this copy.</summary>
    public (int Code, string Log) Lint() =>
        Run(new ProcessStartInfo("node", [Path.Combine(Root, "scripts", "lint-notebooks.mjs")]) { WorkingDirectory = Folder });

    /// <inheritdoc/>
    public void Dispose()
    {
        // Links go, what they lead to stays.
        foreach (string link in s_linked.Append("data/demo").Select(name => Path.Combine(Folder, name)))
        {
            if (File.ResolveLinkTarget(link, returnFinalTarget: false) is not null)
                File.Delete(link);
        }
        Directory.Delete(Folder, recursive: true);
    }

    private static ProcessStartInfo Command(params string[] arguments) =>
        new(DotNet, [Path.Combine(Root, "src/AniSora.Cli/bin", Configuration, "net10.0/anisora.dll"), .. arguments]) { WorkingDirectory = Root };

    private static string DotNet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static void Succeed(ProcessStartInfo start)
    {
        var (code, log) = Run(start);
        if (code != 0)
            throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {code}: {log}");
    }

    private static (int Code, string Log) Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var texts = new[] { process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync() };
        if (!process.WaitForExit(s_patience))
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return (process.ExitCode, string.Concat(texts.Select(text => text.Result)));
    }

    private static string Metadata(string key) =>
        typeof(Scratch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
