using System.Reflection;
using AniSora.Benchmarks.Stock;
using AniSora.Models.Checkpoints;
using AniSora.Models.Sampling;

namespace AniSora.Benchmarks;

/// <summary>A whole clip by the shipped model: our engine, and the stock networks, under the same sampler.</summary>
internal static class SamplingRow
{
    private const int Frames = 17, Side = 64, Steps = 24;

    private static string Folder => Path.Combine(
        typeof(SamplingRow).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!, "models", "anisora-demo");

    public static Row Clip() => new(
        "sample", $"the shipped model samples {Frames}×{Side}×{Side} between two key frames in {Steps} steps", 0.5,
        () => new() { ["first"] = Picture(12), ["last"] = Picture(40) },
        source =>
        {
            var (model, index) = ModelFolder.Load(Folder);
            return Sample(new TorchVideoEngine(model, index), source);
        },
        source => new StockEngine(Folder) is var engine ? new(Sample(engine, source), engine.Networks) : null!)
    {
        // A byte more or less where a number lies between two.
        Tolerance = 2.0 / 255,
        MemoryAim = 0.7,
    };

    /// <summary>A disc on grey at some column: [64, 64, 3], uint8.</summary>
    private static Tensor Picture(int column)
    {
        var place = arange(Side, dtype: float32);
        var near = (place.unsqueeze(1) - 32).square() + (place.unsqueeze(0) - column).square() < 100;
        return where(near.unsqueeze(2), tensor(new float[] { 220, 60, 40 }), tensor(new float[] { 150, 160, 170 })).to(uint8);
    }

    private static Step Sample(IVideoEngine engine, ITensorSource source)
    {
        byte[] Bytes(string name) => source.Load(name).data<byte>().ToArray();
        var guide = Guide.FromKeyFrames(new Dictionary<int, byte[]> { [0] = Bytes("first"), [Frames - 1] = Bytes("last") }, "a penguin walks to the east", Frames, Side, Side);
        var options = new SamplingOptions { Steps = Steps };
        return () => Rows.Output(tensor(VideoSampler.Sample(engine, [guide], options)[0]).to(float32));
    }
}
