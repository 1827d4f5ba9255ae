using System.Diagnostics;
using System.Runtime.InteropServices;
using AniSora.Data;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Sampling;
using AniSora.Onnx.Engine;

namespace AniSora.Cli.Tests;

/// <summary>The shipped model as ONNX files, and who else can read them.</summary>
public sealed class ExportOnnxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_shipped_model_leaves_as_ONNX_and_makes_the_same_video_everywhere()
    {
        string root = SlurmTests.RepositoryRoot(), model = Path.Combine(root, "models", "anisora-demo"), export = _folder["onnx"];
        var exported = await RealData.Succeed("export", "onnx", model, export);
        Assert.Contains("transformer", exported.Output, StringComparison.Ordinal);
        Assert.EndsWith(export, exported.Output.TrimEnd(), StringComparison.Ordinal);
        var index = OnnxModelIndex.Read(export);
        Assert.All(index.Parts, part => Assert.InRange(part.RelativeError, 1e-12, 1e-4));

        // The ONNX project's own checker, which writes the shapes that it infers into the files: it gets copies.
        Directory.CreateDirectory(_folder["checked"]);
        string[] copies = [.. Directory.GetFiles(export, "*.onnx").Select(file => Path.Combine(_folder["checked"], Path.GetFileName(file)))];
        foreach (string copy in copies)
            File.Copy(Path.Combine(export, Path.GetFileName(copy)), copy);
        await Run("/usr/bin/python3", ["-c", "import onnx, sys\nfor f in sys.argv[1:]: onnx.checker.check_model(f, full_check=True)", .. copies], root);

        // Our two engines.
        const string caption = "a penguin runs";
        string[] sample = ["sample", caption, "--seed", "3", "--steps", "6", "--temperature", "1"];
        await RealData.Succeed([.. sample, "--model", model, "--out", _folder["torch"]]);
        await RealData.Succeed([.. sample, "--engine", "onnx", "--model", export, "--out", _folder["ours"]]);
        byte[] wanted = RgbOf(_folder["torch.png"]), got = RgbOf(_folder["ours.png"]);
        Assert.InRange(Psnr(wanted, got), 50, 1000);

        // A client in another language.
        var words = new CaptionTokenizer(index.Captions!).Tokenize(caption);
        var shape = (T: 5, H: index.Model.Height / VaeConfig.SpatialCompression, W: index.Model.Width / VaeConfig.SpatialCompression);
        File.WriteAllBytes(_folder["noise"], MemoryMarshal.AsBytes<float>(new NoiseStream(3).Draw(index.LatentChannels * shape.T * shape.H * shape.W)).ToArray());
        await Run("node", [Path.Combine(root, "scripts", "sample-onnx.mjs"), export, string.Join(',', words), _folder["noise"], _folder["node"], "6"], root);
        Assert.InRange(Psnr(wanted, Strip(File.ReadAllBytes(_folder["node"]), index.Model)), 45, 1000);
    }

    [Fact]
    public async Task Bad_command_lines_and_checkpoints_are_told_so()
    {
        (await CliRunner.RunAsync("export", "onnx", _folder["nothing"], _folder["out"])).AssertBadInput(_folder["nothing"], "no such folder");
        (await CliRunner.RunAsync("export", "onnx", _folder["nothing"], _folder["out"], "--weights", "int4")).AssertBadInput("--weights int4", "float32, float16, int8");
        (await CliRunner.RunAsync("export", "onnx", _folder["nothing"], _folder["out"], "--external-above", "4000")).AssertBadInput("--external-above 4000", "0 to 1900");
        Assert.False(Directory.Exists(_folder["out"]));
    }

    /// <summary>Frames [T, H, W, 3] side by side, as <c>sample</c> draws its strips.</summary>
    private static byte[] Strip(byte[] video, ModelIndex size)
    {
        var strip = new byte[video.Length];
        int row = size.Width * 3;
        for (int t = 0; t < size.Frames; t++)
            for (int y = 0; y < size.Height; y++)
                video.AsSpan((t * size.Height + y) * row, row).CopyTo(strip.AsSpan((y * size.Frames + t) * row));
        return strip;
    }

    private static byte[] RgbOf(string picture) => [.. Media.ReadPicture(picture).Rgba.Chunk(4).SelectMany(pixel => pixel[..3])];

    private static double Psnr(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        double error = a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average();
        return error == 0 ? 999 : 10 * Math.Log10(255 * 255 / error);
    }

    private static async Task Run(string program, string[] arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardError = true })!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }
}
