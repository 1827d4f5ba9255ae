using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation;

/// <summary>What a metric needs beside the video.</summary>
[Flags]
public enum MetricNeeds
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>The real video, of the same size and length.</summary>
    Reference = 1,
    /// <summary>The given first frame.</summary>
    Image = 2,
    /// <summary>The motion mask.</summary>
    Mask = 4,
    /// <summary>The prompt.</summary>
    Prompt = 8,
}

/// <summary>A metric: a formula, and the network that its published numbers were computed with, if there is one.</summary>
/// <param name="Key">Its name in files and on the command line.</param>
/// <param name="Title">Its name for people; with a network only through <see cref="MetricColumn"/>.</param>
/// <param name="Unit">Of its values; empty for a share of 1.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
/// <param name="Measure">Computes it; NaN where there is nothing to measure.</param>
public sealed record Metric(string Key, string Title, string Unit, bool HigherIsBetter, Func<ObservedClip, double> Measure)
{
    /// <summary>The part that a network plays in it.</summary>
    public NetworkRole? Role { get; init; }

    /// <summary>The network of the published numbers.</summary>
    public string? Published { get; init; }

    /// <summary>What it needs beside the video.</summary>
    public MetricNeeds Needs { get; init; }

    /// <summary>Frames that a video has at least.</summary>
    public int LeastFrames { get; init; } = 2;

    /// <summary>Raised when its formula or stand-in changes, so that stored values are not taken for it any more.</summary>
    public int Version { get; init; } = 1;

    /// <summary>VBench's least value, which its leaderboard calls 0.</summary>
    public double Low { get; init; }

    /// <summary>VBench's largest value, which its leaderboard calls 1.</summary>
    public double High { get; init; } = 1;

    /// <summary>A value on VBench's leaderboard's scale, 0 … 1. AniSora's table has raw values.</summary>
    public double Normalised(double value) => Math.Clamp((value - Low) / (High - Low), 0, 1);

    /// <summary>Every metric of a clip, in the order of tables: VBench's as AniSora's table has them, against the real video, by itself.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        new("motion_smoothness", "motion smoothness", "", true, v => v.MotionSmoothness()) { Role = NetworkRole.Interpolation, Published = "AMT-S", LeastFrames = 3, Low = 0.706, High = 0.9975 },
        new("dynamic_degree", "dynamic degree", "", true, v => v.DynamicDegree()) { Role = NetworkRole.Flow, Published = "RAFT-things", LeastFrames = 3 },
        new("aesthetic_quality", "aesthetic quality", "", true, v => v.Quality(NetworkRole.Aesthetic, 10)) { Role = NetworkRole.Aesthetic, Published = "LAION linear on CLIP ViT-L/14", LeastFrames = 1 },
        new("imaging_quality", "imaging quality", "", true, v => v.Quality(NetworkRole.Imaging, 100)) { Role = NetworkRole.Imaging, Published = "MUSIQ-SPAQ", LeastFrames = 1 },
        new("i2v_subject", "i2v subject", "", true, v => v.ImageConsistency(NetworkRole.ImageSubject)) { Role = NetworkRole.ImageSubject, Published = "DINO ViT-B/16", Needs = MetricNeeds.Image, Low = 0.1462 },
        new("i2v_background", "i2v background", "", true, v => v.ImageConsistency(NetworkRole.ImageBackground)) { Role = NetworkRole.ImageBackground, Published = "DreamSim", Needs = MetricNeeds.Image, Low = 0.2615 },
        new("overall_consistency", "overall consistency", "", true, v => v.TextAgreement()) { Role = NetworkRole.VideoText, Published = "ViCLIP-InternVid-10M-FLT", Needs = MetricNeeds.Prompt, High = 0.364 },
        new("subject_consistency", "subject consistency", "", true, v => v.Consistency(NetworkRole.Subject)) { Role = NetworkRole.Subject, Published = "DINO ViT-B/16", Low = 0.1462 },
        new("background_consistency", "background consistency", "", true, v => v.Consistency(NetworkRole.Background)) { Role = NetworkRole.Background, Published = "CLIP ViT-B/32", Low = 0.2615 },
        new("temporal_flicker", "temporal flicker", "", true, v => VBench.TemporalFlicker(v.Rgb, v.Size)) { Low = 0.6293 },
        new("psnr", "PSNR", "dB", true, v => VideoMetrics.Psnr(v.Rgb, v.Reference, v.Size)) { Needs = MetricNeeds.Reference, LeastFrames = 1 },
        new("ssim", "SSIM", "", true, v => VideoMetrics.Ssim(v.Rgb, v.Reference, v.Size)) { Needs = MetricNeeds.Reference, LeastFrames = 1 },
        new("ms_ssim", "multi-scale SSIM", "", true, v => VideoMetrics.MultiScaleSsim(v.Rgb, v.Reference, v.Size)) { Needs = MetricNeeds.Reference, LeastFrames = 1 },
        new("block_ssim", "SSIM in 8×8 blocks", "", true, v => VideoMetrics.BlockSsim(v.Rgb, v.Reference, v.Size)) { Needs = MetricNeeds.Reference, LeastFrames = 1 },
        new("perceptual_distance", "perceptual distance", "", false, v => v.Maps().DistanceTo(v.ReferenceMaps())) { Role = NetworkRole.Perception, Published = "LPIPS (AlexNet)", Needs = MetricNeeds.Reference, LeastFrames = 1 },
        new("brightness_drift", "brightness drift", "grey levels", false, v => ClipMetrics.Drift(v.Rgb, v.Size, v.Reference).Brightness),
        new("colour_drift", "colour drift", "grey levels", false, v => ClipMetrics.Drift(v.Rgb, v.Size, v.Reference).Colour),
        new("first_frame_jump", "first-frame jump", "grey levels", false, v => ClipMetrics.FirstFrameJump(v.Rgb, v.Size)) { LeastFrames = 3 },
        new("mask_leak", "mask leak", "grey levels", false, v => ClipMetrics.MaskLeak(v.Rgb, v.Size, v.Image, v.Mask)) { Needs = MetricNeeds.Image | MetricNeeds.Mask, LeastFrames = 1 },
        new("key_frame_error", "key-frame error", "grey levels", false, v => ClipMetrics.KeyFrameError(v.Rgb, v.Size, v.KeyFrames)) { Needs = MetricNeeds.Image, LeastFrames = 1 },
        new("loop_gap", "loop gap", "grey levels", false, v => ClipMetrics.LoopGap(v.Rgb, v.Size)),
        new("motion_score", "motion score", "px at 480", true, v => v.MotionScore),
        new("motion_error", "motion error", "px at 480", false, v => Math.Abs(v.MotionScore - v.AskedMotion)) { Needs = MetricNeeds.Reference },
    ];

    /// <summary>The metrics of these keys, in the order of <see cref="All"/>.</summary>
    /// <param name="keys">Keys; empty for all.</param>
    /// <exception cref="InputException">A key is unknown.</exception>
    public static IReadOnlyList<Metric> Choose(IReadOnlyCollection<string> keys)
    {
        foreach (string key in keys)
        {
            if (All.All(m => m.Key != key))
                throw new InputException($"--metrics {key}: unknown; did you mean {Nearest.To(key, All.Select(m => m.Key))}? (known: {string.Join(", ", All.Select(m => m.Key))})");
        }
        return [.. All.Where(m => keys.Count == 0 || keys.Contains(m.Key))];
    }
}

/// <summary>
/// A metric's column in a table. Its title is the published name only if the published network computed it; whatever else did is named, as a
/// stand-in. There is no other way to a title.
/// </summary>
public readonly record struct MetricColumn
{
    private const string Learned = "learned from ";

    private readonly string? _network;

    /// <summary>The column of a metric.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="networks">What computes it.</param>
    public MetricColumn(Metric metric, NetworkSet networks) : this(metric, metric.Role is { } role ? networks.NameOf(role) : null, metric.Role is { } part ? networks.IdentityOf(part) : null) { }

    /// <summary>The column of a learned axis.</summary>
    /// <param name="axis">What was learned, and from how much.</param>
    public MetricColumn(LearnedAxis axis) : this(axis.Find().Metric, $"{Learned}{axis.Ratings} ratings", null) { }

    private MetricColumn(Metric metric, string? network, string? identity) =>
        (Metric, _network, Version) = (metric, network, $"{metric.Key}@{metric.Version}{(identity is null ? "" : $"@{identity}")}");

    /// <summary>The metric.</summary>
    public Metric Metric { get; }

    /// <summary>Whether another network than the published one, or none, computed it.</summary>
    public bool IsStandIn => _network != Metric.Published;

    /// <summary>What computed it; empty for a formula without network.</summary>
    public string Network => _network ?? "";

    /// <summary>Formula and network to the weights: values of another version are not compared with these.</summary>
    public string Version { get; }

    /// <summary>Such as <c>subject consistency (ResNet-18 stand-in)</c>, or <c>visual appeal (learned from 240 ratings)</c>.</summary>
    public string Title => TitleOf(Metric, Network);

    /// <summary>The title of a metric that a network computed, wherever that was; empty for none.</summary>
    internal static string TitleOf(Metric metric, string network) => network == (metric.Published ?? "") ? metric.Title
        : $"{metric.Title} ({network}{(network.StartsWith(Learned, StringComparison.Ordinal) ? "" : " stand-in")})";

    /// <inheritdoc/>
    public override string ToString() => Title;
}
