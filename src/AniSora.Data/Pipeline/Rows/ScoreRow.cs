using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>A clip's measured scores. What a number means and where it comes from stands in <c>docs/data-format.md</c>.</summary>
/// <param name="ClipId">The clip.</param>
/// <param name="TextCover">Area of readable text in % of the frame, mean over the frames looked at.</param>
/// <param name="MotionScore">Mean optical flow in pixels per frame interval at 480 pixels height.</param>
/// <param name="MotionMax">Mean over pairs of the largest flow component, likewise scaled (as AniSora's own pipeline scores flow).</param>
/// <param name="CameraMotion"><c>static</c>, <c>pan left</c>, <c>pan right</c>, <c>tilt up</c>, <c>tilt down</c>, <c>zoom in</c>, <c>zoom out</c> or <c>unknown</c>.</param>
/// <param name="CameraConfidence">0 … 1.</param>
/// <param name="Sharpness">Variance of the Laplacian of the brightness (grey levels²), mean over frames.</param>
/// <param name="Contrast">Standard deviation of the brightness, in grey levels.</param>
/// <param name="Colourfulness">Hasler and Süsstrunk's M³ measure.</param>
/// <param name="Blockiness">Excess of brightness steps at multiples of 8 pixels over those between; 0 = none.</param>
/// <param name="Exposure">Share of pixels that are neither clipped to black nor to white, 0 … 1.</param>
/// <param name="Flicker">Mean absolute change of the mean brightness between neighbouring frames, in grey levels.</param>
/// <param name="Aesthetic">Of the ONNX predictor that was named, on its own scale; -1 where none was.</param>
/// <param name="AestheticModel">That predictor's name and checksum; empty where none was.</param>
public sealed record ScoreRow(
    string ClipId, double TextCover, double MotionScore, double MotionMax, string CameraMotion, double CameraConfidence, double Sharpness, double Contrast,
    double Colourfulness, double Blockiness, double Exposure, double Flicker, double Aesthetic, string AestheticModel) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "scores";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
