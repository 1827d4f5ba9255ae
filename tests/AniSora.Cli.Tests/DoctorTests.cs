using System.Text.Json;
using TorchSharp;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora doctor</c> on the machine of the tests, and on broken ones.</summary>
public sealed class DoctorTests
{
    private static JsonElement Check(CliResult result, string name)
    {
        using var json = JsonDocument.Parse(result.Output);
        return Assert.Single(json.RootElement.GetProperty("checks").EnumerateArray(), check => check.GetProperty("name").GetString() == name).Clone();
    }

    [Fact]
    public async Task Json_holds_every_check_and_agrees_with_the_exit_code()
    {
        var result = await CliRunner.RunAsync("doctor", "--json");
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(json.RootElement.GetProperty("healthy").GetBoolean() ? 0 : 1, result.ExitCode);
        var names = json.RootElement.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()).ToList();
        Assert.Superset(new HashSet<string?> { ".NET", "libtorch", "TorchSharp", "numbers", "OpenMP", "threads", "GPU", "kernels", "ffmpeg", "duckdb", "onnxruntime", "skiasharp", "text models", "plotly.js", "anisora-demo", "demo clips" }, names.ToHashSet());
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public async Task Table_names_the_state_of_every_check_and_has_no_control_characters_in_a_pipe()
    {
        var result = await CliRunner.RunAsync("doctor");
        Assert.Matches(@"(✓|✗)\s+ffmpeg", result.Output);
        Assert.DoesNotContain(result.Output, character => character != '\n' && char.IsControl(character));
        Assert.DoesNotContain(" \n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_ffmpeg_is_named_with_the_command_that_mends_it()
    {
        // dotnet is started by its full path, so an empty PATH takes away everything but itself.
        using var empty = new TemporaryFolder();
        var result = await CliRunner.RunAsync(["doctor", "--json"], folder: null, new Dictionary<string, string> { ["PATH"] = empty.Path });
        Assert.Equal(1, result.ExitCode);
        var check = Check(result, "ffmpeg");
        Assert.Equal("missing", check.GetProperty("state").GetString());
        Assert.Contains("make setup", check.GetProperty("fix").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Npm_packages_that_were_not_installed_are_named()
    {
        using var bare = new TemporaryFolder();
        await File.WriteAllTextAsync(bare["AniSora.sln"], "");
        var result = await CliRunner.RunAsync(["doctor", "--json"], folder: null, new Dictionary<string, string> { ["ANISORA_ROOT"] = bare.Path });
        Assert.Equal(1, result.ExitCode);
        // These come with the program.
        Assert.Equal("ok", Check(result, "duckdb").GetProperty("state").GetString());
        Assert.Equal("ok", Check(result, "onnxruntime").GetProperty("state").GetString());
        Assert.Equal("ok", Check(result, "skiasharp").GetProperty("state").GetString());
        Assert.StartsWith("4.", Check(result, "skiasharp").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("missing", Check(result, "text models").GetProperty("state").GetString());
        Assert.Equal("missing", Check(result, "plotly.js").GetProperty("state").GetString());
        Assert.Equal("missing", Check(result, "anisora-demo").GetProperty("state").GetString());
    }

    [Fact]
    public async Task Half_a_model_is_none_and_the_current_folder_comes_first()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("ok", Check(await CliRunner.RunAsync(["doctor", "--json"], folder.Path), "anisora-demo").GetProperty("state").GetString());
        Directory.CreateDirectory(folder["models/anisora-demo/caption_encoder"]);
        await File.WriteAllTextAsync(folder["models/anisora-demo/caption_encoder/model.safetensors"], "version https://git-lfs.example/spec/v1\n");
        var result = await CliRunner.RunAsync(["doctor", "--json"], folder.Path);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("git lfs pull", Check(result, "anisora-demo").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Libtorch_is_read_from_the_process_itself_with_one_OpenMP()
    {
        var result = await CliRunner.RunAsync("doctor", "--json");
        Assert.StartsWith("2.10", Check(result, "libtorch").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("libtorch_cpu", Check(result, "libtorch").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("0.107", Check(result, "TorchSharp").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("ok", Check(result, "OpenMP").GetProperty("state").GetString());
        Assert.Contains("libgomp", Check(result, "OpenMP").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_device_will_be_is_said_as_training_would_choose_it()
    {
        var check = Check(await CliRunner.RunAsync("doctor", "--json"), "GPU");
        Assert.Contains(torch.cuda.is_available() ? "cuda:0" : "CPU", check.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thread_limit_that_leaves_cores_idle_is_noted()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "needs two cores");
        var result = await CliRunner.RunAsync(["doctor", "--json"], folder: null, new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" });
        var check = Check(result, "threads");
        Assert.Equal("note", check.GetProperty("state").GetString());
        Assert.Equal("unset OMP_NUM_THREADS", check.GetProperty("fix").GetString());
    }

    [Theory]
    [InlineData("OMP_DISPLAY_ENV", "VERBOSE", "GOMP_SPINCOUNT = '1000'")] // read by libgomp when it was loaded, so set in time
    [InlineData("GOMP_SPINCOUNT", "77", "GOMP_SPINCOUNT = '77'")]
    [InlineData("OMP_WAIT_POLICY", "passive", "GOMP_SPINCOUNT = '0'")]
    public async Task Threads_that_wait_leave_the_cores_to_others_unless_the_user_says_otherwise(string variable, string value, string expected)
    {
        var result = await CliRunner.RunAsync(["doctor"], folder: null, new Dictionary<string, string> { ["OMP_DISPLAY_ENV"] = "VERBOSE", [variable] = value });
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_libtorch_is_named_with_the_command_that_mends_it()
    {
        using var copy = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory))
            File.Copy(file, copy[Path.GetFileName(file)]);
        var result = await CliRunner.RunAsync(["doctor", "--json"], folder: null, program: copy["anisora.dll"]);
        Assert.Equal(1, result.ExitCode);
        var check = Check(result, "libtorch");
        Assert.Equal("missing", check.GetProperty("state").GetString());
        Assert.Contains("libtorch_cpu.so", check.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("make build", check.GetProperty("fix").GetString());
        // TorchSharp's own search would leave half a gigabyte of copies beside the program.
        Assert.False(Directory.Exists(copy["cpu"]));
    }

    /// <summary>Stops a doctor that waits for a hanging program: the signal must reach it, and its child must not stay behind.</summary>
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_stops_it_with_exit_code_130(string signal)
    {
        using var folder = new TemporaryFolder();
        var result = await CliRunner.RunAsync(["doctor"], folder: null, HangingFfmpeg(folder, signal));
        Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}: {result.Error}{result.Output}");
        Assert.Contains("stopped", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/proc/" + (await File.ReadAllTextAsync(folder["pid"])).Trim()), "the program it was waiting for still runs");
    }

    /// <summary>Scripts start what runs in their background with Ctrl-C ignored, because it is meant for what runs in front of it. It stays so.</summary>
    [Fact]
    public async Task Ctrl_C_that_was_ignored_from_the_start_stays_ignored_and_a_termination_stops_it()
    {
        using var folder = new TemporaryFolder();
        var result = await CliRunner.RunAsync(["doctor"], folder: null, HangingFfmpeg(folder, "INT", "TERM"), signals: "--ignore-signal=INT");
        Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}: {result.Error}{result.Output}");
        Assert.Equal("stopped\n", result.Error);
    }

    /// <summary>
    /// The PATH with an ffmpeg before all others that sends signals to the doctor, whose child it is, and then never answers. What is waited
    /// for sends them itself, so they come neither too early nor after the doctor has lost its patience.
    /// </summary>
    private static Dictionary<string, string> HangingFfmpeg(TemporaryFolder folder, params string[] signals)
    {
        File.WriteAllText(folder["ffmpeg"], $"#!/bin/sh\necho $$ > '{folder["pid"]}'\n{string.Concat(signals.Select(s => $"kill -s {s} $PPID\n"))}exec sleep 1000\n");
        File.SetUnixFileMode(folder["ffmpeg"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new() { ["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}" };
    }
}
