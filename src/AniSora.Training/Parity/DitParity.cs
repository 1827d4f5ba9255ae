using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Layers;
using AniSora.Models.Runtime;

namespace AniSora.Training.Parity;

/// <summary>Comparisons of the <see cref="MaskedDiT"/>.</summary>
internal static class DitParity
{
    public static IEnumerable<ParityResult> Run(string folder, double tolerance, Device device)
    {
        using var scope = NewDisposeScope();
        using var there = device_scope(device);
        var config = DitConfig.Load(Path.Combine(folder, "dit_config.json"));
        using var model = new MaskedDiT(config);
        Weights.Load(model, Path.Combine(folder, "dit_weights.safetensors"));
        using var io = SafeTensorsFile.Open(Path.Combine(folder, "dit_io.safetensors"));
        Tensor Load(string key) => io.Load(key).ToDevice(device);
        model.eval();

        // The published layout is [B, T, C, H, W]; ours has channels before time.
        static Tensor ChannelsFirst(Tensor x) => x.transpose(1, 2).contiguous();
        var latent = ChannelsFirst(Load("latent"));
        var results = new List<ParityResult>();
        if (config.UseRotaryPositionalEmbeddings)
        {
            var p = config.PatchSize;
            var (cos, sin) = PositionalEmbedding.Rotary(config.AttentionHeadDim, latent.shape[2], latent.shape[3] / p, latent.shape[4] / p);
            results.Add(ParityResult.Compare("dit rotary cosines", cos, io.Load("rope_cos"), tolerance));
            results.Add(ParityResult.Compare("dit rotary sines", sin, io.Load("rope_sin"), tolerance));
        }

        var output = model.forward(latent, Load("text"), Load("timestep"));
        var loss = F.mse_loss(output, ChannelsFirst(Load("target")));
        loss.backward();
        results.Add(ParityResult.Compare("dit output", output, ChannelsFirst(io.Load("output")), tolerance));
        results.Add(ParityResult.Compare("dit loss", loss, io.Load("loss"), tolerance));
        using var grads = SafeTensorsFile.Open(Path.Combine(folder, "dit_grads.safetensors"));
        results.AddRange(ParityCheck.Gradients("dit", model, grads, tolerance));
        return results;
    }
}
