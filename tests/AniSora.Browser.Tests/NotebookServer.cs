using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace AniSora.Browser.Tests;

/// <summary>Debian's classic Jupyter notebook with the kernel of this build, for itself alone: its own folders, no other kernel, no token.</summary>
internal sealed class NotebookServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-notebook-").FullName;
    private readonly List<string> _log = [];
    private readonly int _port;
    private readonly Process _process;

    private NotebookServer(IReadOnlyList<string> cells)
    {
        string spec = Directory.CreateDirectory(Path.Combine(_folder, "kernels", "anisora-test")).FullName;
        File.WriteAllText(Path.Combine(spec, "kernel.json"), new JsonObject
        {
            ["argv"] = new JsonArray(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "anisora-kernel.dll"), "{connection_file}"),
            ["display_name"] = "C# of this build",
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
        }.ToJsonString());
        Notebook = Path.Combine(_folder, "test.ipynb");
        File.WriteAllText(Notebook, new JsonObject
        {
            ["cells"] = new JsonArray([.. cells.Select((cell, i) => (JsonNode)new JsonObject
            {
                ["cell_type"] = "code", ["id"] = $"c{i}", ["metadata"] = new JsonObject(), ["execution_count"] = null, ["outputs"] = new JsonArray(), ["source"] = cell,
            })]),
            ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["name"] = "anisora-test", ["display_name"] = "C#", ["language"] = "C#" } },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        }.ToJsonString());
        _port = FreePort();
        string[] arguments = ["-m", "notebook", "--no-browser", "--ip=127.0.0.1", $"--port={_port}", "--port-retries=0", "--allow-root", "--NotebookApp.token=", "--NotebookApp.password=", $"--notebook-dir={_folder}"];
        var start = new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        foreach (string name in new[] { "JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "ANISORA_KERNEL_CACHE" })
            start.Environment[name] = name == "JUPYTER_PATH" ? _folder : Path.Combine(_folder, name.ToLowerInvariant());
        start.Environment["ANISORA_NATIVE"] = Path.GetDirectoryName(AniSora.Display.PlotlyLibrary.Find());
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>The notebook's file.</summary>
    public string Notebook { get; }

    /// <summary>The notebook's address.</summary>
    public string Address => $"http://127.0.0.1:{_port}/notebooks/test.ipynb";

    /// <summary>What the server and the kernel wrote.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log);
        }
    }

    /// <summary>Starts a server on a notebook of these cells.</summary>
    public static async Task<NotebookServer> StartAsync(params IReadOnlyList<string> cells)
    {
        var server = new NotebookServer(cells);
        using var client = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (server._process.HasExited)
                throw new InvalidOperationException("jupyter notebook ended (is the Debian package python3-notebook installed? run `make setup`):\n" + server.Log);
            try
            {
                using var answer = await client.GetAsync(server.Address, limit.Token);
                answer.EnsureSuccessStatusCode();
                return server;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100, limit.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Note(string? line)
    {
        lock (_log)
            _log.Add(line ?? "");
    }
}
