using System.Globalization;
using System.Text.RegularExpressions;
using AniSora.Data;
using AniSora.Evaluation.Networks;
using AniSora.Kernels;

namespace AniSora.Evaluation;

/// <summary>
/// A video as metrics look at it, with what it is held against. What several metrics need (flow, ResNet-18's maps) is computed once, when
/// it is first asked for. For one thread.
/// </summary>
/// <param name="video">The video.</param>
/// <param name="reference">The real one, of the same size; null for none.</param>
/// <param name="networks">What to look with.</param>
public sealed partial class ObservedClip(Video video, Video? reference, NetworkSet networks)
{
    private ResNetMaps? _maps, _referenceMaps;
    private double? _motion;

    /// <summary>The frames, RGB <c>[T, H, W, 3]</c>.</summary>
    public byte[] Rgb => video.Rgb;

    /// <summary>T, H, W.</summary>
    public VideoSize Size { get; } = new(video.Frames, video.Height, video.Width);

    /// <summary>The real frames; empty for none.</summary>
    public byte[] Reference => reference?.Rgb ?? [];

    /// <summary>The given first frame <c>[H, W, 3]</c>; empty for none.</summary>
    public byte[] Image { get; init; } = [];

    /// <summary>The motion mask <c>[H, W]</c>, not 0 where things may move; empty for none.</summary>
    public byte[] Mask { get; init; } = [];

    /// <summary>What was given, by frame number.</summary>
    public IReadOnlyList<(int Frame, byte[] Picture)> KeyFrames { get; init; } = [];

    /// <summary>What happens, in words; empty for none.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What it has for metrics.</summary>
    public MetricNeeds Has => (Reference.Length > 0 ? MetricNeeds.Reference : 0) | (Image.Length > 0 ? MetricNeeds.Image : 0)
        | (Mask.Length > 0 ? MetricNeeds.Mask : 0) | (Prompt.Length > 0 ? MetricNeeds.Prompt : 0);

    /// <summary>Stops what networks compute.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Mean length of the flow in pixels per frame at 480 pixels' height.</summary>
    public double MotionScore => _motion ??= Kernels.MotionScore.Of(Rgb, Size.Frames, Size.Height, Size.Width);

    /// <summary>The motion score asked for: what the prompt says (<c>motion score: 2.3.</c>), else the real video's.</summary>
    public double AskedMotion => AskedInWords().Match(Prompt) is { Success: true } said
        ? double.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture)
        : Kernels.MotionScore.Of(Reference, Size.Frames, Size.Height, Size.Width);

    /// <summary>What ResNet-18 sees in the video.</summary>
    public ResNetMaps Maps() => _maps ??= networks.ResNet!.Look(Rgb, Size, Cancellation);

    /// <summary>What ResNet-18 sees in the real video.</summary>
    public ResNetMaps ReferenceMaps() => _referenceMaps ??= networks.ResNet!.Look(Reference, Size, Cancellation);

    /// <summary>The same real video and given image beside another video, with what was computed of them.</summary>
    internal ObservedClip With(byte[] rgb) => new(video with { Rgb = rgb }, reference, networks)
    {
        Image = Image,
        Mask = Mask,
        KeyFrames = KeyFrames,
        Prompt = Prompt,
        Cancellation = Cancellation,
        _referenceMaps = networks.ResNet is null ? null : ReferenceMaps(),
    };

    internal double MotionSmoothness()
    {
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, byte[]> between = networks.Declared(NetworkRole.Interpolation) is { } network
            ? (a, b) => network.Between(a.Span, b.Span, Size, Cancellation)
            : Filled;
        return VBench.MotionSmoothness(Rgb, Size, between);
    }

    internal double DynamicDegree()
    {
        int[] at = VBench.DynamicFrames(Size.Frames, video.Fps);
        var network = networks.Declared(NetworkRole.Flow);
        return VBench.DynamicDegree([.. at.Skip(1).Zip(at, (next, t) => network is null
            ? OpticalFlow.Estimate(Frame(t), Frame(next), 3, Size.Width, Size.Height)
            : network.Flow(Frame(t), Frame(next), Size, Cancellation))]);
    }

    internal double Consistency(NetworkRole role) => VBench.Consistency(Features(role));

    internal double ImageConsistency(NetworkRole role) => VBench.ImageConsistency(Features(role, Image, 1)[0], Features(role));

    internal double Quality(NetworkRole role, double scale) => networks.Declared(role) is { } network
        ? VBench.Quality(network.Scores(Rgb, Size, Cancellation), scale)
        : Enumerable.Range(0, Size.Frames).Average(t => PictureQuality.Of(DeclaredNetwork.Rgba(Frame(t)), Size.Width, Size.Height) is var looks && role == NetworkRole.Aesthetic
            // Hasler and Süsstrunk call 80 and more highly colourful. The edges of a sharp drawing have a Laplacian's variance of some thousands.
            ? Math.Min(1, looks.Colourfulness / 100) : looks.Sharpness / (looks.Sharpness + 1000));

    // The stand-in compares sets of clips, not one: CaptionRetrieval.
    internal double TextAgreement() => networks.Declared(NetworkRole.VideoText)?.Agreement(Rgb, Size, Prompt, Cancellation) ?? double.NaN;

    private float[][] Features(NetworkRole role) => Features(role, Rgb, Size.Frames);

    private float[][] Features(NetworkRole role, byte[] rgb, int frames)
    {
        if (networks.Declared(role) is { } network)
            return network.Rows(rgb, Size with { Frames = frames }, Cancellation);
        var maps = ReferenceEquals(rgb, Rgb) ? Maps() : networks.ResNet!.Look(rgb, Size with { Frames = frames }, Cancellation);
        return maps.Features(role is NetworkRole.Background or NetworkRole.ImageBackground ? 2 : 3);
    }

    private ReadOnlySpan<byte> Frame(int t) => Rgb.AsSpan(3 * t * Size.FramePlaces, 3 * Size.FramePlaces);

    /// <summary>The frame in the middle of two along the optical flow.</summary>
    private byte[] Filled(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        int frame = 3 * Size.FramePlaces;
        byte[] guide = new byte[3 * frame], mask = new byte[3 * Size.FramePlaces];
        first.Span.CopyTo(guide);
        second.Span.CopyTo(guide.AsSpan(2 * frame));
        mask.AsSpan(0, Size.FramePlaces).Fill(255);
        mask.AsSpan(2 * Size.FramePlaces).Fill(255);
        return MotionFill.Between(guide, mask, 3, Size.Height, Size.Width)[frame..(2 * frame)];
    }

    [GeneratedRegex(@"motion score: (\d+(?:\.\d+)?)", RegexOptions.IgnoreCase)]
    private static partial Regex AskedInWords();
}
