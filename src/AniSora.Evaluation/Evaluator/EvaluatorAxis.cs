namespace AniSora.Evaluation;

/// <summary>An axis of AniSora's evaluator, which here is learned from people's ratings.</summary>
/// <param name="Key">What rating tables call it.</param>
/// <param name="Metric">Its column, in points of 1 … 5; published numbers are those of AniSora's own evaluator.</param>
public sealed record EvaluatorAxis(string Key, Metric Metric)
{
    /// <summary>The six axes, in the order of the published table.</summary>
    public static IReadOnlyList<EvaluatorAxis> All { get; } =
    [
        Axis("smoothness", "visual_smoothness", "visual smoothness"),
        Axis("motion", "visual_motion", "visual motion"),
        Axis("quality", "visual_appeal", "visual appeal"),
        Axis("text", "text_video_consistency", "text-video consistency"),
        Axis("image", "image_video_consistency", "image-video consistency"),
        Axis("character", "character_consistency", "character consistency"),
    ];

    // No formula of one clip's pixels: LearnedEvaluator.Apply works it out from the other metrics.
    private static EvaluatorAxis Axis(string key, string metric, string title) =>
        new(key, new Metric(metric, title, "of 5", true, _ => double.NaN) { Published = "AniSora's evaluator", Low = 1, High = 5 });
}
