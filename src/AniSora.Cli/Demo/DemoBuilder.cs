using System.Diagnostics;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Display;
using AniSora.Evaluation;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Sampling;
using AniSora.Training.Config;
using AniSora.Training.Distributed;
using AniSora.Training.Train;

namespace AniSora.Cli.Demo;

/// <summary>What <c>anisora demo</c> is asked to do.</summary>
/// <param name="Data">The data set's folder.</param>
/// <param name="Model">The shipped model's folder.</param>
/// <param name="Out">Where the page goes; this run's training is kept under it.</param>
/// <param name="TrainTime">How long to train, VAE and DiT together.</param>
/// <param name="Clips">Held-out clips per control.</param>
/// <param name="Sampling">Steps, guidance, seed.</param>
/// <param name="Device">What to compute on.</param>
internal sealed record DemoOptions(string Data, string Model, string Out, TimeSpan TrainTime, int Clips, SamplingOptions Sampling, Device Device);

/// <summary>Trains a little, makes animation with the shipped model, measures it and hands everything to the page.</summary>
internal sealed class DemoBuilder(DemoOptions options, CancellationToken cancellation)
{
    /// <summary>Clips that are sampled together: large enough for full matrix products, small enough to show progress.</summary>
    private const int SampleBatch = 8;

    private const int PeekClips = 8;

    // The VAE starts as a principal-component code and needs little time to show learning; the DiT starts from nothing.
    private const double VaeShareOfTraining = 0.35;

    private readonly List<RunStage> _stages = [];

    /// <summary>Does it all.</summary>
    /// <returns>What the page shows.</returns>
    public DemoResults Run()
    {
        var started = DateTimeOffset.Now;
        using var index = ClipIndex.Open(options.Data);
        var modelIndex = ModelFolder.ReadIndex(options.Model);
        var curves = options.TrainTime > TimeSpan.Zero ? Train() : [];

        var (model, _) = Stage("Load the shipped model", "", () => ModelFolder.Load(options.Model, options.Device));
        var heldOut = HeldOutClips.Choose(index, options.Clips);
        var reconstruction = Stage("Rebuild held-out clips", "", () => Reconstruct(model, heldOut));
        var sampling = Stopwatch.StartNew();
        DemoControl[] controls = [DemoControl.FirstFrame, DemoControl.FirstLast, DemoControl.FirstMiddleLast, DemoControl.MotionMask];
        using var engine = new TorchVideoEngine(model, modelIndex);
        var results = controls.Select(control => Stage($"Make animation: {ControlResult.Name(control)}", "", () => Sample(engine, heldOut, control))).ToList();
        double secondsPerClip = sampling.Elapsed.TotalSeconds / (controls.Length * heldOut.Clips.Count);

        return new DemoResults(
            new DemoRun(started, Machine(), _stages) { PeakMemoryMebibytes = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0 },
            Describe(model, modelIndex, secondsPerClip),
            Summarise(index),
            results,
            reconstruction,
            curves);
    }

    private IReadOnlyList<LearningCurve> Train()
    {
        string vaeRun = Path.Combine(options.Out, "train", "vae"), ditRun = Path.Combine(options.Out, "train", "dit");
        if (Directory.Exists(Path.Combine(options.Out, "train")))
            Directory.Delete(Path.Combine(options.Out, "train"), recursive: true);
        var vaeTime = options.TrainTime * VaeShareOfTraining;
        var vae = Presets.Find(Presets.Vae, "tiny");
        var dit = Presets.Find(Presets.Dit, "tiny");
        Stage("Train the autoencoder", $"./anisora train vae --preset tiny --minutes {vaeTime.TotalMinutes:0.##}", () =>
            TrainingProgressLine.Run("vae", o => TrainingRuns.TrainVae(vae with { Data = vae.Data with { Folder = options.Data } }, o, cancellation), RunOptions(vaeRun, vaeTime)));
        cancellation.ThrowIfCancellationRequested();
        var ditTime = options.TrainTime - vaeTime;
        Stage("Train the diffusion transformer", $"./anisora train dit --preset tiny --minutes {ditTime.TotalMinutes:0.##}", () =>
            TrainingProgressLine.Run("dit", o => TrainingRuns.TrainDit(dit with { Data = dit.Data with { Folder = options.Data } }, vaeRun, o, cancellation), RunOptions(ditRun, ditTime)));
        cancellation.ThrowIfCancellationRequested();
        return
        [
            new("Autoencoder", "Mean squared error of rebuilt clips; lower is sharper.", LearningCurve.Read(Path.Combine(vaeRun, "metrics.jsonl")))
            {
                Shipped = ShippedCurve("vae"),
            },
            new("Diffusion transformer", "Weighted squared error of the predicted velocity; about 1 is knowing no more than the optical flow between what is given.", LearningCurve.Read(Path.Combine(ditRun, "metrics.jsonl")))
            {
                Shipped = ShippedCurve("dit"),
            },
        ];

        RunOptions RunOptions(string folder, TimeSpan longest) =>
            new() { Folder = folder, Longest = longest, World = World.Connect(LaunchEnvironment.Alone, device: options.Device) };
    }

    private IReadOnlyList<LearningPoint> ShippedCurve(string part)
    {
        string path = Path.Combine(options.Model, "training", $"{part}.jsonl");
        return File.Exists(path) ? LearningCurve.Read(path) : [];
    }

    private static Reconstruction Reconstruct(MaskedVideoModel model, HeldOutClips heldOut)
    {
        var scores = new List<(Score Score, string Sequence)>();
        var examples = new List<ReconstructionExample>();
        int latents = 0;
        foreach (var clip in heldOut.Clips)
        {
            using var scope = NewDisposeScope();
            var latent = model.Latents.Encode(Frames.ToVideo(clip.Rgb, (1, clip.T, clip.H, clip.W), model.Device));
            latents = (int)latent.numel();
            var rebuilt = Frames.ToBytes(model.Latents.Decode(latent));
            scores.Add((Score.Of(rebuilt, clip.Rgb, new(clip.T, clip.H, clip.W)), clip.Row.BaseSequence));
            if (examples.Count < 4)
                examples.Add(new(Video(clip.Rgb, clip), Video(rebuilt, clip), clip.Row.Caption));
        }
        return new Reconstruction(
            Statistic.Of(scores.Select(s => (s.Score.Psnr, s.Sequence))),
            Statistic.Of(scores.Select(s => (s.Score.Ssim, s.Sequence))),
            heldOut.Clips[0].Rgb.Length, latents, examples);
    }

    private ControlResult Sample(IVideoEngine engine, HeldOutClips heldOut, DemoControl control)
    {
        var task = control switch
        {
            DemoControl.FirstFrame => GuideTask.First,
            DemoControl.FirstLast => GuideTask.FirstLast,
            DemoControl.FirstMiddleLast => GuideTask.FirstMiddleLast,
            _ => GuideTask.Region,
        };
        var samples = new List<ControlSample>();
        using var progress = new ConsoleProgress($"sample {ControlResult.Name(control)}", heldOut.Clips.Count, "clips");
        foreach (var batch in heldOut.Clips.Chunk(SampleBatch))
        {
            var guides = batch.Select(clip => clip.Guide(task)).ToList();
            var made = VideoSampler.Sample(engine, guides, options.Sampling with { Seed = options.Sampling.Seed + (ulong)samples.Count }, cancellation: cancellation);
            foreach (var (clip, guide, video) in batch.Zip(guides, made))
            {
                samples.Add(new ControlSample(clip.Row.ClipId, clip.Row.BaseSequence, clip.Row.Label, clip.Row.Caption, Video(clip.Rgb, clip), guide.Mask, Video(video, clip))
                {
                    Guide = control == DemoControl.MotionMask ? Video(guide.Rgb, clip) : null,
                });
            }
            progress.Report(samples.Count);
        }
        return ControlResult.Of(control, samples);
    }

    private ShippedModel Describe(MaskedVideoModel model, ModelIndex index, double secondsPerClip)
    {
        double bytes = Directory.EnumerateFiles(options.Model, "*.safetensors", SearchOption.AllDirectories).Sum(f => (double)new FileInfo(f).Length);
        return new ShippedModel(
            index.Name,
            model.Latents.Vae.parameters().Sum(p => p.numel()),
            model.NamedParameters().Sum(p => p.Value.numel()),
            bytes / 1e6,
            Hours("vae_hours"), Hours("dit_hours"),
            "runs/anisora-demo.sh", options.Sampling.Steps, secondsPerClip);

        TimeSpan Hours(string name) =>
            index.Training.TryGetValue(name, out string? text) && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double hours) ? TimeSpan.FromHours(hours) : TimeSpan.Zero;
    }

    private DataSummary Summarise(ClipIndex index)
    {
        var rows = index.Query();
        var train = rows.Where(r => r.Split == "train").ToList();
        var test = rows.Where(r => r.Split == "test").ToList();
        var sources = rows.GroupBy(r => (r.Source, r.Licence)).Select(g => new DataSource(Game(g.Key.Source), g.Key.Source, g.Key.Licence, g.Count())).ToList();
        var peek = HeldOutClips.Choose(index, PeekClips, "split = 'train'").Clips.Select(c => new PeekClip(Video(c.Rgb, c), c.Row.Caption)).ToList();
        return new DataSummary(train.Count, test.Count, Sequences(train), Sequences(test), sources, peek);

        static string Game(string package) => package.Split(' ')[0] switch
        {
            "tuxfootball" => "Tux Football",
            "frozen-bubble-data" => "Frozen Bubble",
            var other => other,
        };

        static int Sequences(IEnumerable<ClipRow> rows) => rows.Select(r => r.BaseSequence).Distinct().Count();
    }

    private T Stage<T>(string name, string command, Func<T> work)
    {
        cancellation.ThrowIfCancellationRequested();
        Console.Error.WriteLine(name);
        var watch = Stopwatch.StartNew();
        var result = work();
        _stages.Add(new RunStage(name, command, watch.Elapsed));
        return result;
    }

    private static VideoFrames Video(byte[] rgb, HeldOutClip clip) => new(rgb, clip.T, clip.H, clip.W);

    private string Machine() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1073741824.0:0} GiB, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}, libtorch {torch.__version__} on {options.Device}");
}
