using AniSora.Data;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;
using AniSora.Inference;
using AniSora.Onnx.Export;
using AniSora.Torch.Recording;
using AniSora.Training.Precompute;

namespace AniSora.Onnx.Model;

/// <summary>Settings of an export.</summary>
public sealed record OnnxExportSettings
{
    /// <summary>How weights are stored.</summary>
    public OnnxWeightFormat Weights { get; init; } = OnnxWeightFormat.Float32;

    /// <summary>Bytes of weights above which they stand in files of their own, beside the ONNX files.</summary>
    public long ExternalDataAbove { get; init; } = new OnnxExportOptions().ExternalDataAbove;

    /// <summary>Is shown every graph as it was recorded, before it is translated; null for nobody.</summary>
    public Action<RecordedGraph>? Recorded { get; init; }

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
    /// <exception cref="InputException">The checkpoint is damaged or of another version, the model cannot be recorded, or the folder cannot be written.</exception>
    public static OnnxExportReport Export(string checkpoint, string folder, OnnxExportSettings settings, Action<string>? say = null, CancellationToken cancellation = default)
    {
        using var target = new FolderReplacement(folder, OnnxModelIndex.FileName);
        say?.Invoke($"loading {checkpoint}");
        var source = ExportSource.Load(checkpoint);
        var reports = new List<OnnxPartReport>();
        if (source.Model is { } model)
        {
            reports.AddRange(WriteTogether(source, target.Path, settings, say, cancellation, ModelParts.CaptionEncoder(model.Captions)));
            reports.AddRange(WriteTogether(source, target.Path, settings, say, cancellation, ModelParts.Transformer(model)));
        }
        reports.AddRange(WriteTogether(source, target.Path, settings, say, cancellation,
            ModelParts.VaeEncoder(source.Latents), first => ModelParts.VaeEncoderNext(source.Latents, first)));
        reports.AddRange(WriteTogether(source, target.Path, settings, say, cancellation,
            ModelParts.VaeDecoder(source.Latents), first => ModelParts.VaeDecoderNext(source.Latents, first)));

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

    /// <summary>Records, writes and measures a part and, if there is one, the part that goes on from it; both share their weights.</summary>
    private static List<OnnxPartReport> WriteTogether(ExportSource source, string folder, OnnxExportSettings settings, Action<string>? say,
        CancellationToken cancellation, ModelPart first, Func<RecordedGraph, ModelPart>? next = null)
    {
        say?.Invoke($"recording {first.Name}");
        using var graph = first.Record();
        var second = next?.Invoke(graph);
        using var nextGraph = second?.Record();
        ModelPart[] parts = second is null ? [first] : [first, second];
        RecordedGraph[] graphs = nextGraph is null ? [graph] : [graph, nextGraph];
        Array.ForEach(graphs, recorded => settings.Recorded?.Invoke(recorded));
        cancellation.ThrowIfCancellationRequested();

        var written = OnnxExport.Write(
            [.. parts.Zip(graphs).Select(p => new OnnxExportItem(p.Second, Path.Combine(folder, p.First.Name + ".onnx"), OptionsOf(source, p.First, settings)))],
            Path.Combine(folder, first.Name + ".weights"), cancellation);
        var reports = new List<OnnxPartReport>();
        foreach (var (part, file) in parts.Zip(written))
        {
            say?.Invoke($"comparing {part.Name}");
            using var session = OnnxSession.Open(file.Path);
            var measured = PartMeasurement.Of(part, session, SizesFor(part, source), cancellation);
            string[] files = file.WeightsPath is null ? [Path.GetFileName(file.Path)] : [Path.GetFileName(file.Path), Path.GetFileName(file.WeightsPath)];
            var entry = new OnnxPart(part.Name, files, OnnxPart.DigestOf(folder, files), measured.RelativeError);
            reports.Add(new OnnxPartReport(entry, file.Nodes, file.WeightBytes, measured.OnnxMilliseconds, measured.TorchMilliseconds));
        }
        return reports;
    }

    /// <summary>The model's own size, then sizes that share nothing with it or with those recorded.</summary>
    private static Dictionary<string, long>[] SizesFor(ModelPart part, ExportSource source)
    {
        var (index, vae) = (source.Index, source.Latents.Vae.Config);
        var dit = source.Model?.Dit.Config;
        long token = dit?.PatchSize ?? 1;
        // Learned positions end at the clip length that they were made for.
        long mostSteps = dit is { UseLearnedPositionalEmbeddings: true } ? vae.LatentFrames(dit.SampleFrames) : long.MaxValue;
        long steps = vae.LatentFrames(index.Frames), rows = index.Height / VaeConfig.SpatialCompression, columns = index.Width / VaeConfig.SpatialCompression;
        return [part.Sizes(1, steps, rows, columns, token), part.Sizes(3, 1, 5 * token, 7 * token, token), part.Sizes(1, Math.Min(6, mostSteps), 6 * token, 5 * token, token)];
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
