using System.Buffers.Binary;
using System.Text;
using AniSora.Data;
using AniSora.Data.Tables;
using DuckDB.NET.Data;
using TorchSharp;

namespace AniSora.Cli.Tests;

/// <summary>Bad input of every kind ends in one line that names the file, the field and the fix, and leaves nothing half-written.</summary>
[Collection(RealDataCollection.Name)]
public sealed class BadInputTests(RealData real) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_data_set() =>
        (await CliRunner.RunAsync("train", "vae", "--data", _folder["none"], "--out", _folder["run"])).AssertBadInput(_folder["none"], "data prepare");

    [Fact]
    public async Task A_missing_model() =>
        (await CliRunner.RunAsync("sample", "a player runs", "--model", _folder["none"], "--out", _folder["made"])).AssertBadInput(_folder["none"], "model_index.json");

    [Fact]
    public async Task A_missing_picture() =>
        (await Sample("--keyframe", $"0={_folder["none.png"]}")).AssertBadInput(_folder["none.png"]);

    [Fact]
    public async Task A_picture_that_is_none()
    {
        File.WriteAllText(_folder["text.png"], "this is no picture");
        (await Sample("--keyframe", $"0={_folder["text.png"]}")).AssertBadInput(_folder["text.png"]);
        Assert.Empty(Directory.GetFiles(_folder.Path, "made*"));
    }

    [Fact]
    public async Task A_key_frame_outside_the_clip_or_twice()
    {
        Media.WritePng(_folder["a.png"], new byte[64 * 64 * 3], 64, 64);
        (await Sample("--keyframe", $"17={_folder["a.png"]}")).AssertBadInput("17", "0 to 16");
        (await Sample("--keyframe", $"0={_folder["a.png"]}", "--keyframe", $"first={_folder["a.png"]}")).AssertBadInput("given twice");
        (await Sample("--keyframe", _folder["a.png"])).AssertBadInput("TIME=FILE");
    }

    [Fact]
    public async Task A_mask_without_a_key_frame_and_an_unknown_fit()
    {
        Media.WritePng(_folder["mask.png"], new byte[32 * 48 * 3], 32, 48);
        (await Sample("--mask", _folder["mask.png"])).AssertBadInput("--mask", "--keyframe 0=");
        (await Sample("--feather", "2")).AssertBadInput("--feather", "--mask");
        (await Sample("--fit", "squeeze")).AssertBadInput("squeeze");
    }

    [Fact]
    public async Task An_unknown_word_names_the_nearest_known_ones() =>
        (await CliRunner.RunAsync("sample", "a red footballer runz", "--model", real.Model, "--steps", "1", "--out", _folder["made"])).AssertBadInput("runz", "runs");

    [Fact]
    public async Task An_unknown_label_in_a_filter() =>
        (await CliRunner.RunAsync("train", "vae", "--preset", "debug", "--data", real.Data, "--out", _folder["run"], "--set", "data.where=label = 'flying'")).AssertBadInput("flying");

    [Fact]
    public async Task Settings_presets_and_options_out_of_range()
    {
        (await CliRunner.RunAsync("train", "vae", "--preset", "smal", "--out", _folder["run"])).AssertBadInput("smal", "small");
        (await CliRunner.RunAsync("train", "vae", "--set", "optimizer.lr=1", "--out", _folder["run"])).AssertBadInput("optimizer.lr");
        (await CliRunner.RunAsync("train", "dit", "--data", real.Data, "--preset", "debug", "--out", _folder["run"])).AssertBadInput("--vae");
        (await Sample("--steps", "0")).AssertBadInput("--steps 0");
        (await Sample("--guidance", "-1")).AssertBadInput("--guidance");
        (await Sample("--temperature", "3")).AssertBadInput("--temperature");
        (await Sample("--sampler", "euler")).AssertBadInput("euler", "ddim");
        (await CliRunner.RunAsync("demo", "--train-seconds", "-5")).AssertBadInput("--train-seconds");
    }

    [Fact]
    public async Task A_device_that_is_not_there()
    {
        (await Sample("--device", "gpu")).AssertBadInput("--device gpu", "cuda:N");
        Assert.SkipWhen(torch.cuda.is_available(), "there is a GPU in this machine");
        (await Sample("--device", "cuda")).AssertBadInput("--device cuda", torch.__version__, "TorchDevice=cuda", "--device cpu");
        (await CliRunner.RunAsync("train", "vae", "--preset", "debug", "--data", real.Data, "--out", _folder["run"], "--device", "cuda:0")).AssertBadInput("--device cuda:0");
        (await CliRunner.RunAsync("train", "dit", "--preset", "debug", "--data", real.Data, "--out", _folder["run"], "--device", "cuda")).AssertBadInput("--device cuda");
        (await CliRunner.RunAsync("parity", _folder.Path, "--device", "cuda")).AssertBadInput("--device cuda");
        (await CliRunner.RunAsync("demo", "--data", real.Data, "--out", _folder["demo"], "--device", "cuda")).AssertBadInput("--device cuda");
        Assert.False(Directory.Exists(_folder["run"]) || Directory.Exists(_folder["demo"]));
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("vae/model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("state.json")]
    public async Task A_flipped_bit_in_a_checkpoint(string file)
    {
        string path = Path.Combine(CopyOfVaeCheckpoint(), file);
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length * 3 / 4] ^= 1;
        File.WriteAllBytes(path, bytes);
        (await Resume()).AssertBadInput(path, "step-00000004");
    }

    [Fact]
    public async Task A_truncated_checkpoint()
    {
        string path = Path.Combine(CopyOfVaeCheckpoint(), "weights.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..1000]);
        (await Resume()).AssertBadInput(path);
    }

    [Fact]
    public async Task A_state_that_is_missing_or_changed_without_breaking()
    {
        string path = Path.Combine(CopyOfVaeCheckpoint(), "state.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"position\": 16", "\"position\": 17"));
        (await Resume()).AssertBadInput(path, "digest", "step-00000004");
        File.Delete(path);
        (await Resume()).AssertBadInput(path, "step-00000004");
    }

    [Fact]
    public async Task A_run_of_another_kind_and_a_configuration_that_no_longer_fits()
    {
        string checkpoint = CopyOfVaeCheckpoint(), config = Path.Combine(_folder["run"], "config.json");
        (await CliRunner.RunAsync("train", "dit", "--resume", "--vae", real.Vae, "--out", _folder["run"])).AssertBadInput(checkpoint, "'vae'", "'dit'", "--out");
        string text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"latent_channels\": 8", "\"latent_channels\": 12"));
        (await Resume()).AssertBadInput(Path.Combine(checkpoint, "weights.safetensors"), "shape", "config.json");
        File.WriteAllText(config, text.Replace("latent_channels", "latent_chanels"));
        (await Resume()).AssertBadInput(config, "model.latent_chanels", "unknown");
    }

    [Fact]
    public async Task A_safetensors_header_that_lies_about_sizes()
    {
        Copy(real.Model, _folder["model"]);
        string path = Path.Combine(_folder["model"], "vae", "model.safetensors");
        var header = Encoding.UTF8.GetBytes("{\"w\":{\"dtype\":\"F32\",\"shape\":[1000000,1000000],\"data_offsets\":[0,16]}}");
        var file = new byte[8 + header.Length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        File.WriteAllBytes(path, file);
        (await CliRunner.RunAsync("sample", "--model", _folder["model"], "--out", _folder["made"])).AssertBadInput(path, "'w'");

        BinaryPrimitives.WriteInt64LittleEndian(file, long.MaxValue);
        File.WriteAllBytes(path, file);
        (await CliRunner.RunAsync("sample", "--model", _folder["model"], "--out", _folder["made"])).AssertBadInput(path);
    }

    [Fact]
    public async Task An_index_without_a_column_or_that_is_no_parquet()
    {
        Directory.CreateDirectory(_folder["data"]);
        string index = Path.Combine(_folder["data"], "clips.parquet");
        File.WriteAllText(index, "PAR1 but not really PAR1");
        (await CliRunner.RunAsync("train", "vae", "--data", _folder["data"], "--out", _folder["run"])).AssertBadInput(index);

        using (var database = Database.Open())
            database.Execute($"copy (select * exclude (checksum) from read_parquet('{Path.Combine(real.Data, "clips.parquet")}')) to '{index}' (format parquet)");
        (await CliRunner.RunAsync("train", "vae", "--data", _folder["data"], "--out", _folder["run"])).AssertBadInput(index, "checksum", "data prepare");
    }

    [Fact]
    public async Task A_full_disk_during_a_checkpoint_leaves_the_earlier_one()
    {
        string run = _folder["run"];
        await RealData.Succeed("train", "vae", "--preset", "debug", "--data", real.Data, "--out", run);
        Directory.Delete(Path.Combine(run, "checkpoints", "step-00000008"), recursive: true);

        // A limit on file sizes, with its signal ignored, makes the kernel refuse writes half-way, as a full disk does.
        using var limited = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash")
        {
            ArgumentList = { "-c", "trap '' XFSZ; ulimit -f 400; exec dotnet \"$0\" train vae --resume --out \"$1\"", CliRunner.Program, run },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            // The runtime's own protection of executable memory is a file, too large for the limit.
            Environment = { ["DOTNET_EnableWriteXorExecute"] = "0" },
        })!;
        var output = limited.StandardOutput.ReadToEndAsync();
        var error = await limited.StandardError.ReadToEndAsync();
        await limited.WaitForExitAsync();
        new CliResult(limited.ExitCode, await output, error).AssertBadInput("step-00000008", "--resume");
        Assert.Equal([Path.Combine(run, "checkpoints", "step-00000004")], Directory.GetDirectories(Path.Combine(run, "checkpoints")));

        await RealData.Succeed("train", "vae", "--resume", "--out", run);
        Assert.True(Directory.Exists(Path.Combine(run, "checkpoints", "step-00000008")));
    }

    [Fact]
    public async Task A_run_is_not_overwritten() =>
        (await CliRunner.RunAsync("train", "vae", "--preset", "debug", "--data", real.Data, "--out", real.Vae)).AssertBadInput(real.Vae, "--resume");

    [Fact]
    public async Task A_parity_folder_without_the_files() =>
        (await CliRunner.RunAsync("parity", _folder.Path)).AssertBadInput(_folder.Path);

    [Fact]
    public async Task A_run_without_a_checkpoint_cannot_be_exported() =>
        (await CliRunner.RunAsync("export", "weights", _folder.Path, _folder["model"])).AssertBadInput(_folder.Path, "train dit");

    private Task<CliResult> Sample(params string[] options) =>
        CliRunner.RunAsync(["sample", "--model", real.Model, "--out", _folder["made"], .. options]);

    private Task<CliResult> Resume() => CliRunner.RunAsync("train", "vae", "--resume", "--out", _folder["run"]);

    private string CopyOfVaeCheckpoint()
    {
        Copy(real.Vae, _folder["run"]);
        return Path.Combine(_folder["run"], "checkpoints", "step-00000008");
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
