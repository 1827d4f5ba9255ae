using AniSora.Inference;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;
using AniSora.Onnx.Engine;
using AniSora.Onnx.Export;
using AniSora.Onnx.Export.Models;

namespace AniSora.Onnx.Export;

/// <summary>Settings of an export.</summary>
public sealed record OnnxExportSettings
{
    /// <summary>How weights are stored.</summary>
    public OnnxWeightFormat Weights { get; init; } = OnnxWeightFormat.Float32;

    /// <summary>Bytes of weights above which they stand in files of their own, beside the ONNX files.</summary>
    public long ExternalDataAbove { get; init; } = new OnnxExportOptions().ExternalDataAbove;

    /// <summary>Is shown every graph before it is written; null for nobody.</summary>
    public Action<GraphBuilder>? Built { get; init; }

    private readonly double? _mostRelativeError;
    private readonly double? _leastVideoPsnr;

    /// <summary>Largest relative error of a part that is accepted; by default what the weights' format allows (float32: 1e-4).</summary>
    public double MostRelativeError
    {
        get => _mostRelativeError ?? Weights switch { OnnxWeightFormat.Float32 => 1e-4, OnnxWeightFormat.Float16 => 1e-2, _ => 0.1 };
        init => _mostRelativeError = value;
    }

    /// <summary>Least PSNR in dB of a generated video against libtorch's that is accepted; by default what the weights' format allows (float32: 50).</summary>
    public double LeastVideoPsnr
    {
        get => _leastVideoPsnr ?? Weights switch { OnnxWeightFormat.Float32 => 50, OnnxWeightFormat.Float16 => 40, _ => 30 };
        init => _leastVideoPsnr = value;
    }
}

/// <summary>A part as it was written and measured.</summary>
/// <param name="Part">File, checksum, error.</param>
/// <param name="Nodes">Nodes of the graph.</param>
/// <param name="WeightBytes">Bytes of its weights.</param>
/// <param name="OnnxMilliseconds">Median time of a run in ONNX Runtime, at the model's own size.</param>
/// <param name="TorchMilliseconds">The same in libtorch.</param>
public sealed record OnnxPartReport(OnnxPart Part, int Nodes, long WeightBytes, double OnnxMilliseconds, double TorchMilliseconds);

/// <summary>What an export wrote and measured.</summary>
/// <param name="Index">The folder's index.</param>
/// <param name="Parts">Each part.</param>
/// <param name="Problems">Errors beyond the limits; when there are any, nothing was written.</param>
public sealed record OnnxExportReport(OnnxModelIndex Index, IReadOnlyList<OnnxPartReport> Parts, IReadOnlyList<string> Problems);

/// <summary>
/// Writes a checkpoint as a folder of ONNX files (<see cref="OnnxModelIndex"/>) and compares each with the model it came from. The folder
/// takes its name when all of it is written, measured and found good.
/// </summary>
public static class OnnxModelExporter
{
    /// <summary>Exports a checkpoint.</summary>
    /// <param name="checkpoint">A model folder, a training run, or a folder with a VAE's config and weights.</param>
    /// <param name="folder">Where to; an earlier export there is replaced, anything else is refused.</param>
    /// <param name="settings">How.</param>
    /// <param name="say">Hears what is being done, a line each.</param>
    /// <param name="cancellation">Stops it; nothing is left behind.</param>
    /// <exception cref="InputException">The checkpoint is damaged or of another version, a module has no form in ONNX, or the folder cannot be written.</exception>
    public static OnnxExportReport Export(string checkpoint, string folder, OnnxExportSettings settings, Action<string>? say = null, CancellationToken cancellation = default)
    {
        using var target = new FolderReplacement(folder, OnnxModelIndex.FileName);
        say?.Invoke($"loading {checkpoint}");
        var source = ExportSource.Load(checkpoint);
        var reports = new List<OnnxPartReport>();
        if (source.Model is { } model)
        {
            Write(ModelParts.CaptionEncoder(model.Captions));
            Write(ModelParts.Transformer(model));
        }
        Write(ModelParts.VaeEncoder(source.Latents), ModelParts.VaeEncoderNext(source.Latents));
        Write(ModelParts.VaeDecoder(source.Latents), ModelParts.VaeDecoderNext(source.Latents));

        // Parts that are written together share their weights.
        void Write(params ModelPart[] parts)
        {
            say?.Invoke($"writing and comparing {string.Join(", ", parts.Select(p => p.Name))}");
            var items = parts.Select(part => new OnnxExportItem(part, Path.Combine(target.Path, part.Name + ".onnx"), OptionsOf(source, part, settings))).ToArray();
            foreach (var (part, file) in parts.Zip(OnnxExport.Save(items, Path.Combine(target.Path, parts[0].Name + ".weights"), cancellation)))
            {
                string[] files = [.. new[] { file.Path, file.WeightsPath }.OfType<string>().Select(f => Path.GetFileName(f))];
                var entry = new OnnxPart(part.Name, files, OnnxPart.DigestOf(target.Path, files), file.Measured.RelativeError);
                reports.Add(new OnnxPartReport(entry, file.Nodes, file.WeightBytes, file.Measured.OnnxMilliseconds, file.Measured.TorchMilliseconds));
            }
        }

        var index = new OnnxModelIndex
        {
            Model = source.Index,
            Captions = source.Model?.Captions.Config,
            Weights = settings.Weights,
            AlphasCumprod = [.. new NoiseSchedule(source.Index.SnrShift).AlphasCumprod],
            LatentChannels = source.Latents.Vae.Config.LatentChannels,
            ChunkedVae = source.Latents.Vae.Config.Norm == VaeNorm.Group,
            Parts = [.. reports.Select(r => r.Part)],
        };
        ConfigFile.Save(Path.Combine(target.Path, OnnxModelIndex.FileName), index);
        if (source.Model is not null)
        {
            say?.Invoke("sampling a video with both engines");
            index = index with { VideoPsnr = VideoComparison.Psnr(source, target.Path, cancellation) };
            ConfigFile.Save(Path.Combine(target.Path, OnnxModelIndex.FileName), index);
        }
        string[] problems =
        [
            .. reports.Where(r => !(r.Part.RelativeError <= settings.MostRelativeError))
                .Select(r => $"{r.Part.Name}: relative error {r.Part.RelativeError:g2}, at most {settings.MostRelativeError:g2} is accepted"),
            .. index.VideoPsnr is { } psnr && !(psnr >= settings.LeastVideoPsnr)
                ? [$"video: {psnr:0.0} dB, at least {settings.LeastVideoPsnr:0} dB are accepted"]
                : Array.Empty<string>(),
        ];
        if (problems.Length == 0)
            target.Commit();
        return new OnnxExportReport(index, reports, problems);
    }

    /// <summary>The model's own size, then two that share nothing with it.</summary>
    private static Dictionary<string, long>[] Sizes(ExportSource source)
    {
        var (index, vae) = (source.Index, source.Latents.Vae.Config);
        var dit = source.Model?.Dit.Config;
        long token = dit?.PatchSize ?? 1;
        // Learned positions end at the clip length that they were made for.
        long mostSteps = dit is { UseLearnedPositionalEmbeddings: true } ? vae.LatentFrames(dit.SampleFrames) : long.MaxValue;
        Dictionary<string, long> At(long batch, long steps, long height, long width) => new()
        {
            ["batch"] = batch,
            ["steps"] = steps,
            ["height"] = height,
            ["width"] = width,
            ["rows"] = height / token,
            ["columns"] = width / token,
        };
        return
        [
            At(1, vae.LatentFrames(index.Frames), index.Height / VaeConfig.SpatialCompression, index.Width / VaeConfig.SpatialCompression),
            At(3, 1, 5 * token, 7 * token),
            At(1, Math.Min(6, mostSteps), 6 * token, 5 * token),
        ];
    }

    private static OnnxExportOptions OptionsOf(ExportSource source, ModelPart part, OnnxExportSettings settings)
    {
        var (config, digest, what) = part.Module switch
        {
            CausalVae vae => (vae.Config.ToJson(), ModelDigest.Of(vae), "3D causal VAE (CogVideoX, arXiv 2408.06072)"),
            MaskedDiT dit => (dit.Config.ToJson(), ModelDigest.Of(dit), "masked diffusion transformer (CogVideoX, AniSora, arXiv 2412.10255)"),
            CaptionEncoder captions => (captions.Config.ToJson(), ModelDigest.Of(captions), "caption encoder"),
            _ => throw new ArgumentException($"no part is a {part.Module.GetName()}", nameof(part)),
        };
        return new OnnxExportOptions
        {
            Weights = settings.Weights,
            ExternalDataAbove = settings.ExternalDataAbove,
            Sizes = Sizes(source),
            Runs = 6,
            // All errors are reported together, against the limits in the settings.
            Tolerance = double.PositiveInfinity,
            Built = settings.Built,
            Producer = "AniSora",
            Description = $"{source.Index.Name}: {part.Name}, part of a {what}",
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["model"] = source.Index.Name,
                ["part"] = part.Name,
                ["config"] = config,
                ["checkpoint_sha256"] = digest,
                ["licence"] = source.Index.Training.GetValueOrDefault("licence", "not stated in the checkpoint"),
            },
        };
    }
}
