using System.Globalization;

namespace AniSora.Data.Pipeline.Captioning;

/// <summary>The scores behind a caption, in the grammar of AniSora's own training data.</summary>
internal static class CaptionSuffix
{
    /// <summary>Such as <c>aesthetic score: 4.7. motion score: 2.3. camera motion: tilt up. There is no text in the video.</c></summary>
    /// <param name="scores">The clip's scores; what was not measured is left out.</param>
    public static string Of(ScoreRow scores)
    {
        var parts = new List<string>();
        if (scores.AestheticModel.Length > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"aesthetic score: {scores.Aesthetic:0.0}."));
        parts.Add(string.Create(CultureInfo.InvariantCulture, $"motion score: {scores.MotionScore:0.0}."));
        if (scores.CameraMotion != "unknown")
            parts.Add($"camera motion: {scores.CameraMotion}.");
        if (scores.TextCover == 0)
            parts.Add("There is no text in the video.");
        return string.Join(' ', parts);
    }
}
