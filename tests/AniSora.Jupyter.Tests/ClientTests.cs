using System.Diagnostics;
using System.Text.Json.Nodes;

namespace AniSora.Jupyter.Tests;

/// <summary>Jupyter's own programs drive the kernel.</summary>
public sealed class ClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-clients-").FullName;

    public ClientTests()
    {
        string spec = Directory.CreateDirectory(Path.Combine(_folder, "kernels", "anisora-test")).FullName;
        File.WriteAllText(Path.Combine(spec, "kernel.json"), new JsonObject
        {
            ["argv"] = new JsonArray(KernelProcess.DotNet, KernelProcess.Program, "-f", "{connection_file}"),
            ["display_name"] = "C# of this build",
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
        }.ToJsonString());
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task JupytersOwnKernelTestsPass()
    {
        var (code, output) = await PythonAsync(Path.Combine(AppContext.BaseDirectory, "clients", "test_kernel.py"));
        Assert.True(code == 0, output);
        Assert.Contains("OK", output, StringComparison.Ordinal);
        Assert.DoesNotContain("skipped=", output.Replace("skipped=1", "", StringComparison.Ordinal), StringComparison.Ordinal); // the pager is IPython's own
    }

    [Fact]
    public async Task NbconvertRunsANotebook()
    {
        string notebook = Path.Combine(_folder, "small.ipynb");
        var cells = new[] { "var numbers = new[] { 1, 2, 3 };", "numbers.Select(n => new { n, Square = n * n }).ToList()", "Console.WriteLine(\"printed\");" };
        await File.WriteAllTextAsync(notebook, new JsonObject
        {
            ["cells"] = new JsonArray([.. cells.Select((cell, i) => (JsonNode)new JsonObject
            {
                ["cell_type"] = "code", ["id"] = $"c{i}", ["metadata"] = new JsonObject(), ["execution_count"] = null, ["outputs"] = new JsonArray(), ["source"] = cell,
            })]),
            ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["name"] = "anisora-test", ["display_name"] = "C#", ["language"] = "C#" } },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        }.ToJsonString());
        var (code, output) = await PythonAsync("-m", "nbconvert", "--to", "html", "--execute", "--output", "small.html", notebook);
        Assert.True(code == 0, output);
        string html = await File.ReadAllTextAsync(Path.Combine(_folder, "small.html"));
        Assert.Contains("<th>Square</th>", html, StringComparison.Ordinal);
        Assert.Contains("printed", html, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> PythonAsync(params string[] arguments)
    {
        // Debian's Python, whatever else is on the path: its packages are the ones that apt-packages.txt names.
        var start = new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        start.Environment["JUPYTER_PATH"] = _folder;
        start.Environment["JUPYTER_RUNTIME_DIR"] = Path.Combine(_folder, "runtime");
        start.Environment["IPYTHONDIR"] = Path.Combine(_folder, "ipython");
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
