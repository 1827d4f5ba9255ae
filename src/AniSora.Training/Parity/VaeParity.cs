using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Runtime;

namespace AniSora.Training.Parity;

/// <summary>Comparisons of the <see cref="CausalVae"/>.</summary>
internal static class VaeParity
{
    public static IEnumerable<ParityResult> Run(string folder, double tolerance, Device device)
    {
        using var scope = NewDisposeScope();
        using var there = device_scope(device);
        using var model = new CausalVae(VaeConfig.Load(Path.Combine(folder, "vae_config.json")));
        Weights.Load(model, Path.Combine(folder, "vae_weights.safetensors"));
        using var io = SafeTensorsFile.Open(Path.Combine(folder, "vae_io.safetensors"));
        Tensor Load(string key) => io.Load(key).ToDevice(device);
        model.eval();

        var results = new List<ParityResult>();
        void Check(string name, Tensor actual, string? key = null) =>
            results.Add(ParityResult.Compare($"vae {name}", actual, io.Load(key ?? name), tolerance));

        var video = Load("video");
        using (no_grad())
        {
            var posterior = model.Encode(video);
            Check("mean", posterior.Mean);
            Check("logvar", posterior.LogVar);
            Check("decoded", model.Decode(Load("mean")));

            var image = model.Encode(video.narrow(2, 0, 1));
            Check("image mean", image.Mean, "image_mean");
            Check("image decoded", model.Decode(Load("image_mean")), "image_decoded");
        }

        var nine = video.narrow(2, 0, 9);
        var reconstruction = model.Decode(model.Encode(nine).Mean);
        var loss = (reconstruction - nine).abs().mean();
        loss.backward();
        Check("reconstruction of 9 frames", reconstruction, "recon9");
        Check("loss of 9 frames", loss, "loss9");
        using var grads = SafeTensorsFile.Open(Path.Combine(folder, "vae_grads.safetensors"));
        results.AddRange(ParityCheck.Gradients("vae", model, grads, tolerance));
        return results;
    }
}
