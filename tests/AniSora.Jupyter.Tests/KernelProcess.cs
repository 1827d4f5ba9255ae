using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace AniSora.Jupyter.Tests;

/// <summary>A kernel of this build as a process of its own, started as Jupyter starts it.</summary>
internal sealed class KernelProcess : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-kernel-test-").FullName;
    private readonly ConcurrentQueue<string> _log = new();

    /// <summary>Starts it.</summary>
    /// <param name="key">Key of the signatures; empty: none.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="launcher">A program that starts the kernel in its stead.</param>
    public KernelProcess(string key = "a key", IReadOnlyDictionary<string, string>? environment = null, string[]? launcher = null)
    {
        ConnectionFile = Path.Combine(_folder, "connection.json");
        File.WriteAllText(ConnectionFile, Connection(key).ToJsonString());
        Process = Start(environment, launcher ?? []);
    }

    /// <summary>Its connection file.</summary>
    public string ConnectionFile { get; }

    /// <summary>The process.</summary>
    public Process Process { get; private set; }

    /// <summary>A folder for the test's files, removed in the end.</summary>
    public string Folder => _folder;

    /// <summary>What it has written to its own standard error.</summary>
    public string Log => string.Join("\n", _log);

    /// <summary>The .NET host that runs this test.</summary>
    public static string DotNet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The kernel beside this test.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "anisora-kernel.dll");

    /// <summary>Starts another kernel with the same connection file, as Jupyter does after a crash.</summary>
    public void StartAgain()
    {
        Process.WaitForExit();
        Process.Dispose();
        Process = Start(null, []);
    }

    /// <summary>Waits until the log says something.</summary>
    public async Task WaitForLogAsync(string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!Log.Contains(text, StringComparison.Ordinal))
            await Task.Delay(20, limit.Token);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill(entireProcessTree: true);
        Process.WaitForExit();
        Process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Process Start(IReadOnlyDictionary<string, string>? environment, string[] launcher)
    {
        string[] command = [.. launcher, DotNet, Program, "-f", ConnectionFile];
        var start = new ProcessStartInfo(command[0]) { RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = _folder };
        foreach (string argument in command[1..])
            start.ArgumentList.Add(argument);
        start.Environment["ANISORA_KERNEL_CACHE"] = Path.Combine(_folder, "cache");
        start.Environment["XDG_RUNTIME_DIR"] = _folder;
        // What this test process was tuned with is not what a kernel is started with.
        start.Environment.Remove("JPY_PARENT_PID");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
        return process;
    }

    private static JsonObject Connection(string key)
    {
        var json = new JsonObject { ["transport"] = "tcp", ["ip"] = "127.0.0.1", ["key"] = key, ["signature_scheme"] = "hmac-sha256" };
        var listeners = new List<TcpListener>();
        foreach (string port in new[] { "shell_port", "control_port", "iopub_port", "stdin_port", "hb_port" })
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            listeners.Add(listener);
            json[port] = ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        listeners.ForEach(listener => listener.Stop());
        return json;
    }
}
