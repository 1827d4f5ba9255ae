using System.Reflection;
using AniSora.Benchmarks.Stock;
using AniSora.Models.Sampling;

namespace AniSora.Benchmarks;

/// <summary>A whole clip by the shipped model: our engine, and the stock networks, under the same sampler.</summary>
internal static class SamplingRow
{
    private static string Folder => Path.Combine(
        typeof(SamplingRow).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!, "models", "anisora-demo");

    public static Row Clip() => new(
        "sample", "the shipped model samples a clip of 17×64×64 from a caption in 24 steps", 0.5, () => [],
        _ =>
        {
            var (model, index) = ModelFolder.Load(Folder);
            return Sample(new TorchVideoEngine(model, index));
        },
        _ =>
        {
            var engine = new StockEngine(Folder);
            return new(Sample(engine), engine.Networks);
        })
    {
        Tolerance = 2.0 / 255, // frames are bytes: where a number lies between two, either will do
        MemoryAim = 0.7,
    };

    /// <summary>Nothing is given but a caption, so that no given pixel hides a difference.</summary>
    private static Step Sample(IVideoEngine engine)
    {
        var guide = Guide.Nothing("a penguin walks to the east", 17, 64, 64);
        var options = new SamplingOptions { Steps = 24, Temperature = 1 };
        return () => Rows.Output(tensor(VideoSampler.Sample(engine, [guide], options)[0]).to(float32));
    }
}
