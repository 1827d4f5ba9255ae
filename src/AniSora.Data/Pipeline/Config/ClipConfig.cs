using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>A size and pace of clips. Batches are made of clips of one bucket.</summary>
/// <param name="Frames">T, of the form 4k+1.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Fps">Frames per second aimed at: the nearest that a whole number of source frames per clip frame gives.</param>
/// <param name="Pace">How fast a clip shows what happens: 2 is twice as fast as the source.</param>
public sealed record ClipBucket(int Frames, int Height, int Width, double Fps, double Pace = 1)
{
    /// <summary>Height and width are multiples of this: eight pixels to a latent, two latents to a token.</summary>
    public const int Side = 16;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Frames}×{Height}×{Width} at {Fps} fps{(Pace == 1 ? "" : $", {Pace} times as fast")}");
}

/// <summary>How a clip of a bucket lies in footage.</summary>
/// <param name="Step">Footage frames per clip frame: the whole number that comes nearest to the bucket's pace.</param>
/// <param name="Span">Footage frames from the clip's first to its last.</param>
/// <param name="Fps">The clip's frames per second.</param>
/// <param name="Seconds">From its first to its last frame.</param>
internal readonly record struct ClipWindow(int Step, int Span, double Fps, double Seconds)
{
    /// <summary>In footage of so many frames per second.</summary>
    public static ClipWindow Of(double footageFps, ClipBucket bucket)
    {
        int step = Math.Max(1, (int)Math.Round(footageFps * bucket.Pace / bucket.Fps)), intervals = bucket.Frames - 1;
        double fps = footageFps * bucket.Pace / step;
        return new(step, intervals * step, fps, intervals / fps);
    }
}

/// <summary>How shots become clips.</summary>
public sealed record ClipConfig
{
    /// <summary>The sizes and paces; a shot gives clips for each that fits.</summary>
    public IReadOnlyList<ClipBucket> Buckets { get; init; } = [new(17, 64, 64, 8)];

    /// <summary>Shortest clip in seconds, from its first to its last frame.</summary>
    public double MinSeconds { get; init; } = 2;

    /// <summary>Longest clip in seconds.</summary>
    public double MaxSeconds { get; init; } = 20;

    /// <summary>Frames left out at both ends of a shot that borders on a transition.</summary>
    public int Trim { get; init; } = 2;

    /// <summary>Share of a clip that the next one of the same sequence repeats, 0 … 0.95.</summary>
    public double Overlap { get; init; }

    /// <summary>Most clips of one shot and bucket, spread evenly over it.</summary>
    public int MaxPerShot { get; init; } = 64;

    /// <summary>Refuses what can give no clip, or none that a model can take.</summary>
    /// <exception cref="InputException">A setting cannot work; the message names it, and the nearest that can.</exception>
    public void Check()
    {
        void Require(bool holds, FormattableString problem)
        {
            if (!holds)
                throw new InputException(problem.ToString(CultureInfo.InvariantCulture));
        }

        Require(Buckets is { Count: > 0 }, $"setting clips.buckets is empty; give at least one, such as {new ClipConfig().Buckets[0]}");
        Require(MinSeconds >= 0 && MinSeconds <= MaxSeconds, $"settings clips.min_seconds {MinSeconds} and clips.max_seconds {MaxSeconds}: the first must not be above the second, nor below 0");
        Require(Overlap is >= 0 and <= 0.95, $"setting clips.overlap is {Overlap}; it must be 0 … 0.95");
        Require(Trim >= 0, $"setting clips.trim is {Trim}; it must be 0 or more");
        Require(MaxPerShot >= 1, $"setting clips.max_per_shot is {MaxPerShot}; it must be 1 or more");
        foreach (var bucket in Buckets)
        {
            Require(bucket.Frames >= 5 && bucket.Frames % 4 == 1, $"setting clips.buckets: {bucket} has {bucket.Frames} frames; models take 4k+1, such as {NearestFrames(bucket.Frames)}");
            Require(FitsModels(bucket.Height) && FitsModels(bucket.Width), $"setting clips.buckets: {bucket} is {bucket.Width} pixels wide and {bucket.Height} high; models take multiples of {ClipBucket.Side}, such as {NearestSide(bucket.Width)} × {NearestSide(bucket.Height)}");
            Require(bucket.Fps is > 0 and <= 240, $"setting clips.buckets: {bucket} has {bucket.Fps} frames a second; it must be above 0 and at most 240");
            Require(bucket.Pace > 0, $"setting clips.buckets: {bucket} shows the source {bucket.Pace} times as fast; it must be above 0");
            double seconds = (bucket.Frames - 1) / bucket.Fps;
            Require(Allows(seconds),
                $"setting clips.buckets: a clip of {bucket} lasts {seconds:0.##} s, outside of clips.min_seconds {MinSeconds} … clips.max_seconds {MaxSeconds}; give it {FramesFor(bucket.Fps)} frames or {RateFor(bucket.Frames):0.##} frames a second, or change those");
        }
    }

    /// <summary>Whether a clip may last so long.</summary>
    internal bool Allows(double seconds) => seconds >= MinSeconds - 1e-9 && seconds <= MaxSeconds + 1e-9;

    private static bool FitsModels(int side) => side >= ClipBucket.Side && side % ClipBucket.Side == 0;

    private static int NearestFrames(int frames) => Math.Max(1, (int)Math.Round((frames - 1) / 4.0)) * 4 + 1;

    private static int NearestSide(int side) => Math.Max(1, (int)Math.Round((double)side / ClipBucket.Side)) * ClipBucket.Side;

    /// <summary>The nearest number of frames 4k+1 whose clip is neither too short nor too long at a pace.</summary>
    private int FramesFor(double fps) => (int)Math.Ceiling(MinSeconds * fps / 4 - 1e-9) is > 0 and var k && k * 4 / fps <= MaxSeconds ? k * 4 + 1 : Math.Max(1, (int)(MaxSeconds * fps / 4)) * 4 + 1;

    /// <summary>The fastest pace at which so many frames last long enough.</summary>
    private double RateFor(int frames) => MinSeconds > 0 ? (frames - 1) / MinSeconds : (frames - 1) / MaxSeconds;
}
