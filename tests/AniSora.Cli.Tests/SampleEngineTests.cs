using AniSora.Data;
using AniSora.Inference;
using AniSora.Onnx.Engine;
using AniSora.Tests;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora sample</c> with ONNX Runtime, on an exported model of a few operators.</summary>
public sealed class SampleEngineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SampleEngineTests() => TinyExport.Write(_folder["export"], chunked: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_exported_model_makes_video_where_there_is_no_libtorch()
    {
        using var copy = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory).Where(file => !file.EndsWith(".so", StringComparison.Ordinal)))
            File.Copy(file, copy[Path.GetFileName(file)]);
        foreach (var file in new[] { "libonnxruntime.so", "libSkiaSharp.so" }.SelectMany(name => Directory.GetFiles(AppContext.BaseDirectory, name, SearchOption.AllDirectories)))
        {
            string target = copy[Path.GetRelativePath(AppContext.BaseDirectory, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        var picture = new byte[TinyExport.Side * TinyExport.Side * 3];
        new Random(1).NextBytes(picture);
        Media.WritePng(_folder["first.png"], picture, TinyExport.Side, TinyExport.Side);

        var made = await CliRunner.RunAsync(
            ["sample", "a ball runs", "--engine", "onnx", "--model", _folder["export"], "--keyframe", $"0={_folder["first.png"]}", "--guidance", "2", "--steps", "3", "--threads", "1", "--provider", "cpu", "--out", _folder["made"]],
            AppContext.BaseDirectory, program: copy["anisora.dll"]);
        Assert.True(made.ExitCode == 0, made.Error);
        var (frames, height, width) = (TinyExport.Frames, TinyExport.Side, TinyExport.Side);
        var strip = Media.ReadPicture(_folder["made.png"]);
        Assert.Equal((frames * width, height), (strip.Width, strip.Height));
        Assert.True(new FileInfo(_folder["made.mp4"]).Length > 0);

        // What is there to run it is found out from the folder.
        var again = await CliRunner.RunAsync(
            ["sample", "a ball runs", "--model", _folder["export"], "--keyframe", $"0={_folder["first.png"]}", "--guidance", "2", "--steps", "3", "--out", _folder["again"]],
            AppContext.BaseDirectory, program: copy["anisora.dll"]);
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal(File.ReadAllBytes(_folder["made.png"]), File.ReadAllBytes(_folder["again.png"]));
    }

    [Fact]
    public async Task Engines_and_folders_that_do_not_go_together()
    {
        Directory.CreateDirectory(_folder["model"]);
        string model = _folder["model"], export = _folder["export"];
        (await Sample(model, "--engine", "onnx")).AssertBadInput("--engine onnx", model, $"anisora export onnx {model} OUT");
        (await Sample(export, "--engine", "libtorch")).AssertBadInput("--engine libtorch", export, "--engine onnx");
        (await Sample(export, "--engine", "tensorflow")).AssertBadInput("--engine tensorflow", "auto, libtorch or onnx");
        (await Sample(model, "--provider", "cpu")).AssertBadInput("--provider cpu", "--device");
        (await Sample(export, "--device", "cuda")).AssertBadInput("--device cuda", "--provider");
        (await Sample(export, "--threads", "0")).AssertBadInput("--threads 0", "1 to");
        (await Sample(export, "--provider", "abacus")).AssertBadInput("--provider abacus", string.Join(", ", OnnxSession.Providers));
    }

    [Fact]
    public async Task Words_and_files_that_an_exported_model_lacks()
    {
        string export = _folder["export"];
        (await CliRunner.RunAsync("sample", "a ball rans", "--model", export, "--out", _folder["made"])).AssertBadInput("rans", "runs");
        File.Delete(Path.Combine(export, "vae_decoder_next.onnx"));
        (await Sample(export)).AssertBadInput("vae_decoder_next.onnx", OnnxModelIndex.FileName);
        Assert.Empty(Directory.GetFiles(_folder.Path, "made*"));
    }

    private Task<CliResult> Sample(string model, params string[] options) =>
        CliRunner.RunAsync(["sample", "--model", model, "--steps", "1", "--out", _folder["made"], .. options]);
}
