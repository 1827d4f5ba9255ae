using System.Globalization;
using AniSora.Inference;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;
using Microsoft.ML.OnnxRuntime;

namespace AniSora.Onnx.Engine;

/// <summary>Runs an exported model (<see cref="OnnxModelIndex"/>) with ONNX Runtime. Nothing here loads libtorch.</summary>
public sealed class OnnxVideoEngine : IVideoEngine
{
    private readonly string _folder;
    private readonly OnnxModelIndex _index;
    private readonly OnnxSessionOptions _options;
    private readonly CaptionConfig _captionConfig;
    private readonly CaptionTokenizer _tokenizer;
    private readonly OnnxSession _captions, _transformer;
    private readonly OnnxVaeHalf _encoder, _decoder;

    private OnnxVideoEngine(string folder, OnnxModelIndex index, CaptionConfig captions, OnnxSessionOptions options)
    {
        (_folder, _index, _captionConfig, _options) = (folder, index, captions, options);
        Schedule = new NoiseSchedule(index.Model.SnrShift);
        _tokenizer = new CaptionTokenizer(captions);
        _encoder = new(name => Load(name, ["video"], ["latent"]), "vae_encoder", "video", "latent", index.ChunkedVae ? CausalVae.FramesPerChunk : null);
        _decoder = new(name => Load(name, ["latent"], ["video"]), "vae_decoder", "latent", "video", index.ChunkedVae ? CausalVae.LatentsPerChunk : null);
        _captions = Load("caption_encoder", ["tokens"], ["text"]);
        try
        {
            _transformer = Load("transformer", ["latent", "guide", "text", "timestep"], ["velocity"]);
        }
        catch
        {
            _captions.Dispose();
            throw;
        }
    }

    /// <summary>Opens an exported model. The VAE's files are opened when they are first needed.</summary>
    /// <param name="folder">A folder that <c>anisora export onnx</c> wrote.</param>
    /// <param name="options">Threads and provider; without a number of threads, <c>OMP_NUM_THREADS</c> or all cores, as with libtorch.</param>
    /// <exception cref="InputException">The folder holds no exported model or a damaged one, or there is no such provider; the message names the file.</exception>
    public static OnnxVideoEngine Open(string folder, OnnxSessionOptions? options = null)
    {
        options ??= new();
        var index = OnnxModelIndex.Read(folder);
        var captions = index.Captions ?? throw new InputException($"{folder}: holds a VAE alone, which makes no video; export a whole model");
        captions.Validate($"{Path.Combine(folder, OnnxModelIndex.FileName)}: captions");
        return new(folder, index, captions, options with { Threads = options.Threads > 0 ? options.Threads : ThreadsOfEnvironment() });
    }

    /// <inheritdoc/>
    public ModelIndex Index => _index.Model;

    /// <inheritdoc/>
    public NoiseSchedule Schedule { get; }

    /// <inheritdoc/>
    public CaptionConfig Captions => _captionConfig;

    /// <inheritdoc/>
    public int LatentChannels => _index.LatentChannels;

    /// <inheritdoc/>
    public DenseArray Encode(DenseArray video, CancellationToken cancellation = default) => _encoder.Run(video, cancellation);

    /// <inheritdoc/>
    public DenseArray Decode(DenseArray latent, CancellationToken cancellation = default) => _decoder.Run(latent, cancellation);

    /// <inheritdoc/>
    public DenseArray EncodeCaptions(IReadOnlyList<string?> captions)
    {
        var (length, width) = (_captionConfig.MaxLength, _captionConfig.Dim);
        var text = DenseArray.Zeros(captions.Count, length, width);
        if (captions.All(c => c is null))
            return text;
        long[] words = [.. captions.SelectMany(c => _tokenizer.Tokenize(c ?? ""))];
        using (var tokens = OrtValue.CreateTensorValueFromMemory(words, [captions.Count, length]))
        using (var embedded = text.Over())
            _captions.RunInto(new Dictionary<string, OrtValue> { ["tokens"] = tokens }, new Dictionary<string, OrtValue> { ["text"] = embedded });
        for (int i = 0; i < captions.Count; i++)
        {
            if (captions[i] is null)
                text.Values.AsSpan(i * length * width, length * width).Clear();
        }
        return text;
    }

    /// <inheritdoc/>
    public DenseArray PredictVelocity(DenseArray noisy, DenseArray guide, DenseArray text, int timestep, CancellationToken cancellation = default)
    {
        var result = DenseArray.Zeros(noisy.Shape);
        var timesteps = new long[noisy.Shape[0]];
        Array.Fill(timesteps, timestep);
        using OrtValue x = noisy.Over(), g = guide.Over(), words = text.Over(), time = OrtValue.CreateTensorValueFromMemory(timesteps, [timesteps.Length]), velocity = result.Over();
        _transformer.RunInto(
            new Dictionary<string, OrtValue> { ["latent"] = x, ["guide"] = g, ["text"] = words, ["timestep"] = time },
            new Dictionary<string, OrtValue> { ["velocity"] = velocity }, cancellation);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _captions.Dispose();
        _transformer.Dispose();
        _encoder.Dispose();
        _decoder.Dispose();
    }

    /// <summary>Opens one of the folder's files and checks that it is the one that the index was written for.</summary>
    private OnnxSession Load(string name, string[] inputs, string[] outputs)
    {
        string file = Path.Combine(_folder, name + ".onnx");
        if (!File.Exists(file))
            throw new InputException($"{file}: missing; copy the whole folder, or export the model again");
        if (_index.Parts.FirstOrDefault(p => p.Name == name) is { } part)
        {
            if (!OnnxPart.DigestOf(_folder, part.Files).Equals(part.Sha256, StringComparison.OrdinalIgnoreCase))
                throw new InputException($"{string.Join(" with ", part.Files.Select(f => Path.Combine(_folder, f)))}: is not the file that {OnnxModelIndex.FileName} was written for (its SHA-256 differs): damaged or replaced; copy the whole folder, or export the model again");
        }
        var session = OnnxSession.Open(file, _options);
        string? missing = inputs.Except(session.Inputs.Select(i => i.Name)).FirstOrDefault() ?? outputs.Except(session.Outputs.Select(o => o.Name)).FirstOrDefault();
        if (missing is null)
            return session;
        session.Dispose();
        throw new InputException($"{file}: has no input or output \"{missing}\", so it is no {name} of an exported model; export the model again");
    }

    private static int ThreadsOfEnvironment() =>
        int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")?.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int threads) ? threads : 0;
}

/// <summary>Plain arrays as ONNX Runtime's tensors.</summary>
internal static class OnnxArrays
{
    /// <summary>A tensor over the array's own memory.</summary>
    public static OrtValue Over(this DenseArray array) => OrtValue.CreateTensorValueFromMemory(array.Values, array.Shape);
}
