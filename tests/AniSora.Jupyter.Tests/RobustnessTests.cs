using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Tests;

/// <summary>What must not take a kernel down, and what must.</summary>
public sealed class RobustnessTests
{
    [Fact]
    public async Task BadMessagesAreDroppedAndSaidInTheLog()
    {
        using var kernel = new KernelProcess();
        using var client = new KernelClient(kernel.ConnectionFile);
        using (var stranger = new KernelClient(kernel.ConnectionFile, key: "another key", wait: false))
        {
            stranger.Send(Channel.Shell, "execute_request", new JsonObject { ["code"] = "Environment.Exit(3);" });
            await kernel.WaitForLogAsync("wrong signature");
        }
        client.SendRaw(Channel.Shell, ["no"u8.ToArray(), "message"u8.ToArray()]);
        await kernel.WaitForLogAsync("no Jupyter message");
        client.Send(Channel.Control, "debug_request", []);
        await kernel.WaitForLogAsync("unknown message: debug_request");
        client.Send(Channel.Shell, "execute_request", new JsonObject { ["code"] = 7 });
        client.Send(Channel.Shell, "complete_request", new JsonObject { ["code"] = "x", ["cursor_pos"] = -5 });
        client.Send(Channel.Shell, "inspect_request", []);
        Assert.True(client.Beats());
        Assert.Equal("2", client.Run("1 + 1").Ok().Value);
    }

    [Fact]
    public async Task MalformedJsonIsDroppedEvenWhenNobodySigns()
    {
        using var kernel = new KernelProcess(key: "");
        using var client = new KernelClient(kernel.ConnectionFile);
        var frames = client.Encode("execute_request", new JsonObject { ["code"] = "1" });
        frames[^1] = "{ \"code\": "u8.ToArray();
        client.SendRaw(Channel.Shell, frames);
        await kernel.WaitForLogAsync("malformed JSON");
        Assert.Equal("2", client.Run("1 + 1").Ok().Value);
    }

    [Fact]
    public void LargeMessagesAndTwoClients()
    {
        using var kernel = new KernelProcess();
        using var client = new KernelClient(kernel.ConnectionFile);
        using var other = new KernelClient(kernel.ConnectionFile);
        // 50 MB by a comm arrive; as a cell they are refused.
        client.Run("int length = 0; CurrentNotebook.Value.AcceptComms(\"large\", (comm, data) => { length = data[\"text\"].ToString().Length; comm.Send(length); });").Ok();
        string text = new('x', 50 << 20);
        client.Send(Channel.Shell, "comm_open", new JsonObject { ["comm_id"] = "l", ["target_name"] = "large", ["data"] = new JsonObject { ["text"] = text } });
        Assert.Equal((50 << 20).ToString(CultureInfo.InvariantCulture), client.AwaitPublished(reply => reply.Type == "comm_msg").Text("data"));
        Assert.Contains("the limit is", client.Run($"\"{text}\".Length").Error, StringComparison.Ordinal);

        string a = client.Begin("var mine = 1; Thread.Sleep(100); mine"), b = other.Begin("\"from another\"");
        Assert.Equal("1", client.Finish(a).Ok().Value);
        Assert.Equal("from another", other.Finish(b).Ok().Value);
        Assert.Equal("1", other.Run("mine").Ok().Value); // both see one session
        Assert.True(other.Beats());
    }

    [Fact]
    public async Task ShutsDownWhenAskedAlsoWithinACell()
    {
        using var kernel = new KernelProcess();
        using var client = new KernelClient(kernel.ConnectionFile);
        client.Begin("Thread.Sleep(Timeout.Infinite);");
        Assert.False(client.Ask("shutdown_request", new JsonObject { ["restart"] = false }, Channel.Control)["restart"]!.GetValue<bool>());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await kernel.Process.WaitForExitAsync(limit.Token);
        Assert.Equal(0, kernel.Process.ExitCode);
    }

    [Fact]
    public void ACrashIsToldByTheNextKernel()
    {
        using var kernel = new KernelProcess();
        using (var client = new KernelClient(kernel.ConnectionFile))
        {
            client.Begin("[System.Runtime.InteropServices.DllImport(\"libc\")] static extern nint strlen(nint text);\nstrlen(1);");
            Assert.True(kernel.Process.WaitForExit(TimeSpan.FromSeconds(20)));
        }
        kernel.StartAgain();
        using var next = new KernelClient(kernel.ConnectionFile);
        string told = next.Run("1 + 1").Ok().Stream("stderr");
        Assert.Contains("died in cell 1: [System.Runtime.InteropServices.DllImport(\"libc\")]", told, StringComparison.Ordinal);
        Assert.Equal("", next.Run("1 + 1").Ok().Stream("stderr"));
    }

    [Fact]
    public async Task EndsWhenItsFrontEndIsGone()
    {
        // The shell stays the kernel's parent, and is killed.
        using var kernel = new KernelProcess(launcher: ["sh", "-c", "JPY_PARENT_PID=$$ \"$@\" & echo kernel=$! >&2; wait", "sh"]);
        using var client = new KernelClient(kernel.ConnectionFile);
        await kernel.WaitForLogAsync("kernel=");
        int id = int.Parse(kernel.Log.Split("kernel=")[1].Split('\n')[0], CultureInfo.InvariantCulture);
        using var process = Process.GetProcessById(id);
        kernel.Process.Kill();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task ABadConnectionFileIsRefusedInOneLine()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{ "shell_port": 70000 }""");
        var start = new ProcessStartInfo(KernelProcess.DotNet, [KernelProcess.Program, file]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        File.Delete(file);
        Assert.Equal(1, process.ExitCode);
        Assert.EndsWith($"{file}: shell_port must be a port\n", error, StringComparison.Ordinal);
    }
}
