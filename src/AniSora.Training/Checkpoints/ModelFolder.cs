using AniSora.Data;
using AniSora.Training.Conditioning;
using AniSora.Training.Config;
using AniSora.Training.Diffusion;
using AniSora.Training.Models;
using AniSora.Training.Sampling;

namespace AniSora.Training.Checkpoints;

/// <summary>What a model folder says of itself (<c>model_index.json</c>).</summary>
public sealed record ModelIndex
{
    /// <summary>Version of the folder's layout.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the layout that this folder was written with.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The model's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Frames of the clips it was trained on, 4k+1.</summary>
    public int Frames { get; init; } = 17;

    /// <summary>Height in pixels of the clips it was trained on.</summary>
    public int Height { get; init; } = 64;

    /// <summary>Width in pixels of the clips it was trained on.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Frames per second of the clips it was trained on.</summary>
    public double Fps { get; init; } = 16;

    /// <summary>SNR shift of the noise schedule.</summary>
    public double SnrShift { get; init; } = 1;

    /// <summary>The latents' statistics.</summary>
    public LatentStatistics Latents { get; init; } = new();

    /// <summary>How it was trained, for people: steps, hours, data.</summary>
    public Dictionary<string, string> Training { get; init; } = [];
}

/// <summary>
/// A model as it is shipped, in the layout of the published checkpoints:
/// <code>
/// model_index.json
/// vae/               config.json, model.safetensors
/// transformer/       config.json, model.safetensors
/// caption_encoder/   config.json, model.safetensors
/// </code>
/// </summary>
public static class ModelFolder
{
    internal const string IndexFile = "model_index.json";
    private const string ConfigName = "config.json";
    private const string WeightsName = "model.safetensors";

    /// <summary>Loads a whole model.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="device">Where it is wanted; null = the CPU.</param>
    /// <exception cref="InputException">A file is missing, damaged or of another version.</exception>
    public static (MaskedVideoModel Model, ModelIndex Index) Load(string folder, Device? device = null)
    {
        var index = ReadIndex(folder);
        using var there = device_scope(device ?? CPU);
        var vae = LoadVae(Path.Combine(folder, "vae"), device);
        var dit = new MaskedDiT(DitConfig.Load(Path.Combine(folder, "transformer", ConfigName)));
        LoadWeights(dit, Path.Combine(folder, "transformer"));
        var captions = LoadCaptions(Path.Combine(folder, "caption_encoder"), device);
        var model = new MaskedVideoModel(new LatentSpace(vae, index.Latents), dit, captions, new NoiseSchedule(index.SnrShift));
        model.Eval();
        return (model, index);
    }

    /// <summary>Reads what a model folder says of itself.</summary>
    /// <exception cref="InputException">It is no model folder, or of another version.</exception>
    public static ModelIndex ReadIndex(string folder)
    {
        string path = Path.Combine(folder, IndexFile);
        if (!File.Exists(path))
            throw new InputException($"{folder}: no model folder ({IndexFile} is missing); name one such as models/anisora-demo, or write one with 'anisora export weights'");
        var index = ConfigFile.Load<ModelIndex>(path);
        if (index.Version != ModelIndex.CurrentVersion)
            throw new InputException($"{path}: version {index.Version} of the layout; this program reads version {ModelIndex.CurrentVersion}");
        return index;
    }

    /// <summary>Loads a VAE from a model folder, a folder with <c>config.json</c> and weights (a published one, say), or a training run.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where it is wanted; null = the CPU.</param>
    /// <exception cref="InputException">None of these is there, or a file is damaged.</exception>
    public static CausalVae LoadVae(string folder, Device? device = null)
    {
        using var there = device_scope(device ?? CPU);
        if (RunFolder.Checkpoints(folder).LastOrDefault() is { } checkpoint)
        {
            var trained = new CausalVae(ConfigFile.Load<VaeTrainingConfig>(Path.Combine(folder, ConfigName)).Model);
            using var average = Checkpoint.Open(checkpoint, Checkpoint.Average);
            Weights.Load(trained, average);
            trained.eval();
            return trained;
        }
        if (Directory.Exists(Path.Combine(folder, "vae")))
            return LoadVae(Path.Combine(folder, "vae"), device);
        if (!File.Exists(Path.Combine(folder, ConfigName)))
            throw new InputException($"{folder}: no VAE here ({ConfigName} is missing); name a model folder, a training run or a folder with {ConfigName} and {WeightsName}");
        var vae = new CausalVae(VaeConfig.Load(Path.Combine(folder, ConfigName)));
        LoadWeights(vae, folder);
        vae.eval();
        return vae;
    }

    /// <summary>Loads a caption encoder.</summary>
    /// <param name="folder">A model's <c>caption_encoder</c> folder.</param>
    /// <param name="device">Where it is wanted; null = the CPU.</param>
    /// <exception cref="InputException">A file is missing or damaged.</exception>
    public static CaptionEncoder LoadCaptions(string folder, Device? device = null)
    {
        using var there = device_scope(device ?? CPU);
        var captions = new CaptionEncoder(CaptionConfig.Load(Path.Combine(folder, ConfigName)));
        LoadWeights(captions, folder);
        captions.eval();
        return captions;
    }

    /// <summary>Writes a caption encoder in float32.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="captions">The encoder.</param>
    public static void SaveCaptions(string folder, CaptionEncoder captions) => SavePart(folder, captions, captions.Config.ToJson(), float32);

    /// <summary>Writes a whole model; each file appears whole or not at all, the index last.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">The model.</param>
    /// <param name="index">What the folder says of itself.</param>
    /// <param name="dtype">How weights are stored: float32, or float16 for half the size.</param>
    public static void Save(string folder, MaskedVideoModel model, ModelIndex index, ScalarType dtype)
    {
        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, IndexFile));
        SavePart(Path.Combine(folder, "vae"), model.Latents.Vae, model.Latents.Vae.Config.ToJson(), dtype);
        SavePart(Path.Combine(folder, "transformer"), model.Dit, model.Dit.Config.ToJson(), dtype);
        SavePart(Path.Combine(folder, "caption_encoder"), model.Captions, model.Captions.Config.ToJson(), dtype);
        ConfigFile.Save(Path.Combine(folder, IndexFile), index);
    }

    private static void SavePart(string folder, nn.Module module, string config, ScalarType dtype)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(folder);
        SafeTensorsFile.Save(Path.Combine(folder, WeightsName), module.named_parameters().Select(p => (p.name, p.parameter.to(dtype))));
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), config + "\n");
    }

    /// <summary>Copies weights from a folder's safetensors file (any name, sharded or not), converting the number format; checks the digest when there is one.</summary>
    private static void LoadWeights(nn.Module module, string folder)
    {
        string sharded = Directory.GetFiles(folder, "*.safetensors.index.json").FirstOrDefault() ?? "";
        string single = Path.Combine(folder, WeightsName);
        if (!File.Exists(single))
            single = Directory.GetFiles(folder, "*.safetensors").FirstOrDefault() ?? single;
        using ITensorSource source = sharded != "" ? SafeTensorsIndex.Open(sharded) : Verified(single);
        Weights.Load(module, source);
    }

    private static SafeTensorsFile Verified(string path)
    {
        var file = SafeTensorsFile.Open(path);
        try
        {
            file.Verify();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
