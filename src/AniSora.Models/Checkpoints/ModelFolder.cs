using System.Security.Cryptography;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;

namespace AniSora.Models.Checkpoints;

/// <summary>
/// A model on disk, in the layout of the published checkpoints:
/// <code>
/// model_index.json
/// vae/               config.json, model.safetensors
/// transformer/       config.json, model.safetensors
/// caption_encoder/   config.json, model.safetensors
/// </code>
/// A training run is such a folder too: what it trains lies in the same layout in its newest checkpoint
/// (<c>checkpoints/step-…/</c>), what it only uses beside it.
/// </summary>
public static class ModelFolder
{
    /// <summary>What the folder says of itself; written last.</summary>
    public const string IndexFile = "model_index.json";

    /// <summary>The autoencoder's folder.</summary>
    public const string Vae = "vae";

    /// <summary>The diffusion transformer's folder.</summary>
    public const string Transformer = "transformer";

    /// <summary>The caption encoder's folder.</summary>
    public const string CaptionEncoder = "caption_encoder";

    /// <summary>A part's sizes.</summary>
    public const string ConfigFileName = "config.json";

    /// <summary>A part's weights.</summary>
    public const string WeightsFileName = "model.safetensors";

    private const string CheckpointPrefix = "step-";

    /// <summary>Loads a whole model, of a training run its newest checkpoint's averaged weights.</summary>
    /// <param name="folder">The model's or the run's folder.</param>
    /// <param name="device">Where it is wanted; null = the CPU.</param>
    /// <exception cref="InputException">A file is missing, damaged or of another version.</exception>
    public static (MaskedVideoModel Model, ModelIndex Index) Load(string folder, Device? device = null)
    {
        var index = ReadIndex(folder);
        var vae = LoadVae(folder, device);
        string transformer = PartFolder(folder, Transformer);
        if (!Directory.Exists(transformer))
            throw new InputException($"{folder}: holds no {Transformer}, only a VAE; name the folder of a whole model, or the --out folder of 'anisora train dit'");
        var dit = new MaskedDiT(DitConfig.Load(Path.Combine(transformer, ConfigFileName)));
        LoadWeights(dit, transformer);
        var captions = LoadCaptions(PartFolder(folder, CaptionEncoder), device);
        var model = new MaskedVideoModel(new LatentSpace(vae, index.Latents), dit, captions, new NoiseSchedule(index.SnrShift));
        model.Eval();
        return (model, index);
    }

    /// <summary>Whether a folder holds a transformer too, and not a VAE alone.</summary>
    /// <param name="folder">A model's or a run's folder.</param>
    public static bool IsWhole(string folder) => Directory.Exists(PartFolder(folder, Transformer));

    /// <summary>What a folder says of itself, or null where it says nothing, as a published VAE's.</summary>
    /// <exception cref="InputException">What it says is damaged or of another version.</exception>
    public static ModelIndex? TryReadIndex(string folder) => File.Exists(IndexPath(folder)) ? ReadIndex(folder) : null;

    /// <summary>Reads what a model folder or training run says of itself.</summary>
    /// <exception cref="InputException">It is no model folder, or of another version.</exception>
    public static ModelIndex ReadIndex(string folder)
    {
        string path = IndexPath(folder);
        if (!File.Exists(path))
            throw new InputException($"{folder}: no model folder ({IndexFile} is missing); name one such as models/anisora-demo, the --out folder of 'anisora train dit', or write one with 'anisora export weights'");
        var index = ConfigFile.Load<ModelIndex>(path);
        if (index.Version != ModelIndex.CurrentVersion)
            throw new InputException($"{path}: version {index.Version} of the layout; this program reads version {ModelIndex.CurrentVersion}");
        return index;
    }

    /// <summary>Identifies a model by its files, without loading it: SHA-256 of index, sizes and weights, hexadecimal.</summary>
    /// <param name="folder">The model's or the run's folder.</param>
    /// <exception cref="InputException">It is none.</exception>
    public static string Checksum(string folder)
    {
        ReadIndex(folder);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var parts = new[] { Vae, Transformer, CaptionEncoder }.Select(part => PartFolder(folder, part)).Where(Directory.Exists);
        foreach (string file in parts.SelectMany(part => Directory.GetFiles(part).Where(f => f.EndsWith(".json", StringComparison.Ordinal) || f.EndsWith(".safetensors", StringComparison.Ordinal)).Order(StringComparer.Ordinal)).Prepend(IndexPath(folder)))
        {
            using var stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Loads a VAE from a model folder, a training run, or a folder with <c>config.json</c> and weights (a published one, say).</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where it is wanted; null = the CPU.</param>
    /// <exception cref="InputException">None of these is there, or a file is damaged.</exception>
    public static CausalVae LoadVae(string folder, Device? device = null)
    {
        string part = PartFolder(folder, Vae) is var inside && Directory.Exists(inside) ? inside : folder;
        string config = Path.Combine(part, ConfigFileName);
        if (part == folder && Directory.Exists(Path.Combine(folder, "checkpoints")))
            throw new InputException($"{folder}: this training run has no checkpoint yet; wait for its first one, or name another folder");
        if (!File.Exists(config))
            throw new InputException($"{folder}: no VAE here ({ConfigFileName} is missing); name a model folder, a training run or a folder with {ConfigFileName} and {WeightsFileName}");
        return Ready(new CausalVae(VaeConfig.Load(config)), part, device);
    }

    /// <summary>Loads a caption encoder.</summary>
    /// <param name="folder">A model's <c>caption_encoder</c> folder.</param>
    /// <param name="device">Where it is wanted; null = the CPU.</param>
    /// <exception cref="InputException">A file is missing or damaged.</exception>
    public static CaptionEncoder LoadCaptions(string folder, Device? device = null) =>
        Ready(new CaptionEncoder(CaptionConfig.Load(Path.Combine(folder, ConfigFileName))), folder, device);

    /// <summary>Writes a whole model; each file appears whole or not at all, the index last.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">The model.</param>
    /// <param name="index">What the folder says of itself.</param>
    /// <param name="dtype">How weights are stored: float32, or float16 for half the size.</param>
    public static void Save(string folder, MaskedVideoModel model, ModelIndex index, ScalarType dtype)
    {
        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, IndexFile));
        SavePart(Path.Combine(folder, Vae), model.Latents.Vae, model.Latents.Vae.Config.ToJson(), dtype);
        SavePart(Path.Combine(folder, Transformer), model.Dit, model.Dit.Config.ToJson(), dtype);
        SavePart(Path.Combine(folder, CaptionEncoder), model.Captions, model.Captions.Config.ToJson(), dtype);
        ConfigFile.Save(Path.Combine(folder, IndexFile), index);
    }

    /// <summary>Writes one part of a model.</summary>
    /// <param name="folder">Its own folder.</param>
    /// <param name="module">The part.</param>
    /// <param name="config">Its sizes, as JSON text.</param>
    /// <param name="dtype">How weights are stored.</param>
    public static void SavePart(string folder, nn.Module module, string config, ScalarType dtype)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        SavePart(folder, module.named_parameters().Select(p => (p.name, p.parameter.to(dtype))), config);
    }

    /// <summary>Writes one part of a model from its weights by name.</summary>
    /// <inheritdoc cref="SavePart(string, nn.Module, string, ScalarType)"/>
    public static void SavePart(string folder, IEnumerable<(string Name, Tensor Value)> weights, string config)
    {
        Directory.CreateDirectory(folder);
        TensorFile.Save(Path.Combine(folder, WeightsFileName), weights);
        AtomicFile.WriteText(Path.Combine(folder, ConfigFileName), config + "\n");
    }

    /// <summary>The complete checkpoints of a run's folder, oldest first; none when it is no run's folder. A checkpoint gets its name only
    /// when it is whole.</summary>
    /// <param name="runFolder">The run's folder.</param>
    public static IReadOnlyList<string> Checkpoints(string runFolder)
    {
        string folder = Path.Combine(runFolder, "checkpoints");
        return Directory.Exists(folder) ? [.. Directory.GetDirectories(folder, CheckpointPrefix + "*").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Where the checkpoint of a step belongs.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="step">Steps done.</param>
    public static string CheckpointFolder(string runFolder, long step) =>
        Path.Combine(runFolder, "checkpoints", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{CheckpointPrefix}{step:D8}"));

    private static string IndexPath(string folder) => Path.Combine(Checkpoints(folder).LastOrDefault() ?? folder, IndexFile);

    /// <summary>Where a part of a model lies: in a run's newest checkpoint, or in the folder itself.</summary>
    private static string PartFolder(string folder, string part) =>
        Checkpoints(folder).LastOrDefault() is { } checkpoint && Directory.Exists(Path.Combine(checkpoint, part))
            ? Path.Combine(checkpoint, part)
            : Path.Combine(folder, part);

    private static T Ready<T>(T module, string folder, Device? device)
        where T : nn.Module
    {
        LoadWeights(module, folder);
        module.eval();
        if (device is not null)
            module.to(device);
        return module;
    }

    /// <summary>Copies weights from a folder's safetensors file (any name, sharded or not), converting the number format; checks the digest when there is one.</summary>
    private static void LoadWeights(nn.Module module, string folder)
    {
        string sharded = Directory.GetFiles(folder, "*.safetensors.index.json").FirstOrDefault() ?? "";
        string single = Path.Combine(folder, WeightsFileName);
        if (!File.Exists(single))
            single = Directory.GetFiles(folder, "*.safetensors").FirstOrDefault() ?? single;
        if (sharded == "" && !File.Exists(single) && Directory.GetFiles(folder, "*.bin").FirstOrDefault() is { } pickle)
            throw new InputException($"{pickle}: is a PyTorch pickle, which can run code when it is opened, and there is no .safetensors file beside it; fetch that, or convert this one with the safetensors package");
        using ITensorSource source = sharded != "" ? SafeTensorsIndex.Open(sharded) : SafeTensorsFile.OpenVerified(single);
        Weights.Load(module, source);
    }
}
