using AniSora.Data;
using AniSora.Models.Checkpoints;
using AniSora.Onnx.Engine;

namespace AniSora.Cli.Tests;

/// <summary>A run knows its own clips: their frames, size and rate go from the index to samples and exports.</summary>
public sealed class PortraitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SmallDataset _data = SmallDataset.Portrait();

    public void Dispose()
    {
        _folder.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task A_portrait_run_of_another_rate_samples_and_exports_as_it_was_trained()
    {
        string[] shared = ["--preset", "debug", "--data", _data.Folder, "--steps", "2", "--set", "schedule.evaluate_clips=1"];
        await RealData.Succeed(["train", "vae", "--out", _folder["vae"], .. shared]);
        await RealData.Succeed(["train", "dit", "--vae", _folder["vae"], "--out", _folder["dit"], .. shared]);
        foreach (string run in (string[])["vae", "dit"])
            Assert.Equal((9, 96, 64, 12.0), SizeOf(ModelFolder.ReadIndex(_folder[run])));

        await RealData.Succeed("sample", "a footballer in a red shirt runs", "--model", _folder["dit"], "--steps", "2", "--out", _folder["torch"]);
        AssertPortrait(_folder["torch.mp4"]);

        await RealData.Succeed("export", "onnx", _folder["dit"], _folder["onnx"]);
        Assert.Equal((9, 96, 64, 12.0), SizeOf(OnnxModelIndex.Read(_folder["onnx"]).Model));
        await RealData.Succeed("sample", "a footballer in a red shirt runs", "--engine", "onnx", "--model", _folder["onnx"], "--steps", "2", "--out", _folder["exported"]);
        AssertPortrait(_folder["exported.mp4"]);
    }

    private static (int Frames, int Height, int Width, double Fps) SizeOf(ModelIndex index) => (index.Frames, index.Height, index.Width, index.Fps);

    private static void AssertPortrait(string film)
    {
        var video = Media.ReadVideo(film);
        Assert.Equal((9, 1.5), (video.Frames, (double)video.Height / video.Width));
        Assert.Equal(12, video.Fps, 3);
    }
}
