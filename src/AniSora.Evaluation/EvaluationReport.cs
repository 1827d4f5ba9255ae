using System.Text.Json;
using System.Text.Json.Serialization;

namespace AniSora.Evaluation;

/// <summary>Both scores of one video.</summary>
/// <param name="Psnr">dB, see <see cref="VideoMetrics.Psnr"/>.</param>
/// <param name="Ssim">-1 … 1, see <see cref="VideoMetrics.Ssim"/>.</param>
public readonly record struct Score(double Psnr, double Ssim)
{
    /// <summary>Scores a video against the real one, given pixels left out.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>.</param>
    /// <param name="real">The real video, of the same size.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="given">uint8 <c>[T, H, W]</c>, 0 = scored; empty = everything is scored.</param>
    public static Score Of(ReadOnlySpan<byte> video, ReadOnlySpan<byte> real, VideoSize size, ReadOnlySpan<byte> given = default) =>
        new(VideoMetrics.Psnr(video, real, size, given), VideoMetrics.Ssim(video, real, size, given));
}

/// <summary>One held-out clip under one task: the model beside the rules.</summary>
/// <param name="Clip">The clip's name in the index.</param>
/// <param name="Sequence">The sequence it was cut from; clips of one sequence are not independent.</param>
/// <param name="Model">The model's score.</param>
/// <param name="Hold">"Hold the first frame", <see cref="Baselines.HoldFirst"/>.</param>
/// <param name="CrossFade">"Cross-fade", <see cref="Baselines.CrossFade"/>.</param>
/// <param name="Flow">"Optical flow", <see cref="Baselines.Flow"/>.</param>
public sealed record ClipScore(string Clip, string Sequence, Score Model, Score Hold, Score CrossFade, Score Flow)
{
    /// <summary>Makes the baselines from what was given and scores all against the real clip.</summary>
    /// <param name="clip">The clip's name.</param>
    /// <param name="sequence">The sequence it was cut from.</param>
    /// <param name="result">The model's video, uint8 RGB <c>[T, H, W, 3]</c>.</param>
    /// <param name="guide">What was given, of the same size; only read where <paramref name="mask"/> is not 0.</param>
    /// <param name="mask">uint8 <c>[T, H, W]</c>, 0 = to generate, otherwise given.</param>
    /// <param name="real">The real clip, of the same size.</param>
    /// <param name="size">T, H, W.</param>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>.</exception>
    public static ClipScore Of(
        string clip, string sequence, ReadOnlySpan<byte> result, ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> real, VideoSize size) =>
        new(clip, sequence,
            Score.Of(result, real, size, mask),
            Score.Of(Baselines.HoldFirst(guide, mask, size), real, size, mask),
            Score.Of(Baselines.CrossFade(guide, mask, size), real, size, mask),
            Score.Of(Baselines.Flow(guide, mask, size), real, size, mask));
}

/// <summary>Mean and standard error of both scores.</summary>
/// <param name="Psnr">In dB.</param>
/// <param name="Ssim">-1 … 1.</param>
public sealed record ScoreSummary(Statistic Psnr, Statistic Ssim);

/// <summary>One way of directing the model, over many held-out clips.</summary>
/// <param name="Task">Its name, such as <c>first-middle-last</c>.</param>
/// <param name="Clips">The score of every clip; nothing is left out.</param>
public sealed record TaskReport(string Task, IReadOnlyList<ClipScore> Clips)
{
    /// <summary>The model, over all clips; standard errors count clips of one sequence as one group.</summary>
    public ScoreSummary Model => Summary(c => c.Model);

    /// <summary>"Hold the first frame", over the same clips.</summary>
    public ScoreSummary Hold => Summary(c => c.Hold);

    /// <summary>"Cross-fade", over the same clips.</summary>
    public ScoreSummary CrossFade => Summary(c => c.CrossFade);

    /// <summary>"Optical flow", over the same clips.</summary>
    public ScoreSummary Flow => Summary(c => c.Flow);

    /// <summary>Model minus hold, paired clip by clip, which is far sharper than comparing the two means.</summary>
    public ScoreSummary OverHold => Summary(c => new Score(c.Model.Psnr - c.Hold.Psnr, c.Model.Ssim - c.Hold.Ssim));

    /// <summary>Model minus cross-fade, paired clip by clip.</summary>
    public ScoreSummary OverCrossFade => Summary(c => new Score(c.Model.Psnr - c.CrossFade.Psnr, c.Model.Ssim - c.CrossFade.Ssim));

    /// <summary>Model minus optical flow, paired clip by clip: what the model adds to what it starts from.</summary>
    public ScoreSummary OverFlow => Summary(c => new Score(c.Model.Psnr - c.Flow.Psnr, c.Model.Ssim - c.Flow.Ssim));

    private ScoreSummary Summary(Func<ClipScore, Score> select) => new(
        Statistic.Of(Clips.Select(c => (select(c).Psnr, c.Sequence))),
        Statistic.Of(Clips.Select(c => (select(c).Ssim, c.Sequence))));
}

/// <summary>All tasks, as written to <c>report.json</c>.</summary>
/// <param name="Tasks">One report per control.</param>
public sealed record EvaluationReport(IReadOnlyList<TaskReport> Tasks)
{
    /// <summary>How reports are written: camelCase names, indented, numbers that don't exist as null.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new FiniteNumberConverter(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The report as JSON: summaries and every single clip.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonOptions);

    /// <summary>JSON has no NaN; a score that does not exist is null.</summary>
    private sealed class FiniteNumberConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override bool HandleNull => true;

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteNumberValue(Math.Round(value, 6));
            else
                writer.WriteNullValue();
        }
    }
}
