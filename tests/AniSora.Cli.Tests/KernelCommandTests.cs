using System.Text.Json.Nodes;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora kernel</c>: what it leaves for Jupyter to find.</summary>
public sealed class KernelCommandTests
{
    [Fact]
    public async Task InstallsListsAndRemoves()
    {
        using var folder = new TemporaryFolder();
        string program = folder["anisora-kernel"];
        await File.WriteAllTextAsync(program, "");
        string[] place = ["--prefix", folder["prefix"]];
        string spec = folder["prefix/share/jupyter/kernels/anisora-csharp/kernel.json"];

        var installed = await CliRunner.RunAsync(["kernel", "install", "--kernel", folder.Path, .. place]);
        Assert.Equal(0, installed.ExitCode);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(spec))!;
        Assert.Equal([program, "{connection_file}"], json["argv"]!.AsArray().Select(argument => argument!.GetValue<string>()));
        Assert.Equal("C# (AniSora)", json["display_name"]!.GetValue<string>());
        Assert.Equal("C#", json["language"]!.GetValue<string>());
        Assert.Equal("message", json["interrupt_mode"]!.GetValue<string>());

        await CliRunner.RunAsync(["kernel", "install", "--kernel", folder.Path, "--name", "second", .. place]);
        Assert.Equal($"anisora-csharp\t{program}\nsecond\t{program}\n", (await CliRunner.RunAsync(["kernel", "list", .. place])).Output);
        Assert.Equal(0, (await CliRunner.RunAsync(["kernel", "uninstall", .. place])).ExitCode);
        Assert.False(File.Exists(spec));
        File.Delete(program);
        Assert.Equal($"second\t{program}\tmissing: make kernel\n", (await CliRunner.RunAsync(["kernel", "list", .. place])).Output);
    }

    [Fact]
    public async Task GoesWhereJupyterLooks()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["anisora-kernel"], "");
        var environment = new Dictionary<string, string> { ["JUPYTER_DATA_DIR"] = folder["data"], ["VIRTUAL_ENV"] = folder["venv"] };
        await CliRunner.RunAsync(["kernel", "install", "--kernel", folder.Path], folder: null, environment);
        Assert.True(File.Exists(folder["data/kernels/anisora-csharp/kernel.json"]));
        await CliRunner.RunAsync(["kernel", "install", "--kernel", folder.Path, "--sys-prefix"], folder: null, environment);
        Assert.True(File.Exists(folder["venv/share/jupyter/kernels/anisora-csharp/kernel.json"]));
    }

    [Fact]
    public async Task BadInputIsOneLine()
    {
        using var folder = new TemporaryFolder();
        (await CliRunner.RunAsync("kernel", "install", "--kernel", folder.Path, "--prefix", folder.Path)).AssertBadInput("anisora-kernel", "make kernel");
        await File.WriteAllTextAsync(folder["anisora-kernel"], "");
        (await CliRunner.RunAsync("kernel", "install", "--kernel", folder.Path, "--prefix", folder.Path, "--name", "Not/OK")).AssertBadInput("--name Not/OK", "lower-case");
        (await CliRunner.RunAsync("kernel", "install", "--kernel", folder.Path, "--prefix", folder.Path, "--sys-prefix")).AssertBadInput("--sys-prefix", "--prefix");
        (await CliRunner.RunAsync("kernel", "uninstall", "--prefix", folder.Path)).AssertBadInput("anisora-csharp", "no kernel of ours");
        // A kernel of that name that somebody else installed stays.
        string other = Directory.CreateDirectory(folder["share/jupyter/kernels/anisora-csharp"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "kernel.json"), """{ "argv": ["/usr/bin/python3", "-m", "other"] }""");
        (await CliRunner.RunAsync("kernel", "uninstall", "--prefix", folder.Path)).AssertBadInput("no kernel of ours");
        Assert.True(Directory.Exists(other));
    }
}
