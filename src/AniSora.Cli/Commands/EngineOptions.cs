using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Inference;
using AniSora.Models.Checkpoints;
using AniSora.Models.Runtime;
using AniSora.Models.Sampling;
using AniSora.Onnx.Engine;
using AniSora.Onnx.Export;
using AniSora.Training.Checkpoints;
using AniSora.Training.Distributed;
using AniSora.Training.Train;

namespace AniSora.Cli.Commands;

/// <summary><c>--engine</c>, <c>--provider</c>, <c>--threads</c> and <c>--device</c>: what runs a model, and on what.</summary>
internal sealed class EngineOptions
{
    private const string Auto = "auto", LibTorch = "libtorch", Onnx = "onnx";

    private const int MostThreads = 1024;

    private readonly Option<string> _engine = new("--engine")
    {
        Description = "What runs the model: auto (what the model's folder is made for), libtorch, onnx (a folder of 'anisora export onnx'; libtorch is not loaded).",
        DefaultValueFactory = _ => Auto,
    };

    private readonly Option<string?> _provider = new("--provider") { Description = "What ONNX Runtime computes on: cpu, or what its build has besides, such as cuda." };

    private readonly Option<int?> _threads = new("--threads") { Description = "Threads to compute with; OMP_NUM_THREADS or all cores unless told." };

    private readonly Option<string> _device = DeviceOption.Create();

    /// <summary>The options, for the command.</summary>
    public IEnumerable<Option> All => [_engine, _provider, _threads, _device];

    /// <summary>What was asked for, checked as far as possible without opening the model.</summary>
    /// <exception cref="InputException">Options or folder do not go together.</exception>
    public EngineChoice Read(ParseResult parsed, string folder)
    {
        var (engine, provider, threads, device) = (parsed.GetValue(_engine)!, parsed.GetValue(_provider), parsed.GetValue(_threads), parsed.GetValue(_device)!);
        bool exported = File.Exists(Path.Combine(folder, OnnxModelIndex.FileName));
        bool onnx = engine switch
        {
            Auto => exported,
            LibTorch when exported => throw new InputException($"--engine libtorch: {folder} is an exported model, which ONNX Runtime runs; use --engine onnx, or name the model that it was exported from"),
            LibTorch => false,
            Onnx when !exported => throw new InputException($"--engine onnx: {folder} is no exported model ({OnnxModelIndex.FileName} is missing); write one with 'anisora export onnx {folder} OUT' and name it: --model OUT"),
            Onnx => true,
            _ => throw new InputException($"--engine {engine}: unknown; use auto, libtorch or onnx"),
        };
        if (threads is < 1 or > MostThreads)
            throw new InputException($"--threads {threads}: use 1 to {MostThreads}");
        if (!onnx && provider is not null)
            throw new InputException($"--provider {provider}: is ONNX Runtime's; with libtorch use --device, or name an exported model with --model");
        if (onnx && device is not (Devices.Auto or "cpu"))
            throw new InputException($"--device {device}: is libtorch's; with ONNX Runtime use --provider");
        return new(folder, onnx, new OnnxSessionOptions { Provider = provider ?? new OnnxSessionOptions().Provider, Threads = threads ?? 0 }, device);
    }
}

/// <summary>What runs a model.</summary>
/// <param name="Folder">The model's folder.</param>
/// <param name="Onnx">Whether ONNX Runtime runs it, otherwise libtorch.</param>
/// <param name="Session">Threads, 0 = not told, and ONNX Runtime's provider.</param>
/// <param name="Device">libtorch's device.</param>
internal sealed record EngineChoice(string Folder, bool Onnx, OnnxSessionOptions Session, string Device)
{
    /// <summary>What the model says of itself, read without opening it.</summary>
    /// <exception cref="InputException">There is no model.</exception>
    public ModelIndex ReadIndex() =>
        Onnx ? OnnxModelIndex.Read(Folder).Model : ModelFolder.ReadIndex(Folder);

    /// <summary>Identifies the model by its files, without opening it: SHA-256, hexadecimal.</summary>
    /// <exception cref="InputException">There is no model.</exception>
    public string Checksum() => Onnx ? OnnxModelIndex.Read(Folder).Checksum() : ModelFolder.Checksum(Folder);

    /// <summary>Opens the model.</summary>
    /// <exception cref="InputException">The model is damaged, or device or provider are not there.</exception>
    public IVideoEngine Open() => Onnx ? OnnxVideoEngine.Open(Folder, Session) : OpenWithLibTorch();

    private TorchVideoEngine OpenWithLibTorch()
    {
        var place = Devices.Choose(Device, LaunchEnvironment.Alone);
        if (Session.Threads > 0)
            set_num_threads(Session.Threads);
        var (model, index) = ModelFolder.Load(Folder, place);
        return new(model, index);
    }
}
