using System.Text.Json;
using System.Text.Json.Nodes;
using AniSora.Training.Train;

namespace AniSora.Cli.Demo;

/// <summary>One step of a training run; what the log does not have is NaN.</summary>
/// <param name="Step">Optimiser steps so far.</param>
/// <param name="Seconds">Training time so far.</param>
/// <param name="Loss">The training loss of this step.</param>
/// <param name="Psnr">Of the step's own batch, in dB.</param>
/// <param name="HeldOutPsnr">On held-out clips, in dB; measured now and then.</param>
public readonly record struct LearningPoint(long Step, double Seconds, double Loss, double Psnr, double HeldOutPsnr);

/// <summary>How a part of the model learned.</summary>
/// <param name="Name">Such as <c>Autoencoder</c>.</param>
/// <param name="Meaning">What its loss measures, in one sentence.</param>
/// <param name="Points">This run.</param>
public sealed record LearningCurve(string Name, string Meaning, IReadOnlyList<LearningPoint> Points)
{
    /// <summary>The long training that made the shipped weights, to see how far this run came; may be empty.</summary>
    public IReadOnlyList<LearningPoint> Shipped { get; init; } = [];

    /// <summary>
    /// Reads a training log (see <see cref="MetricsLog"/>): fields <c>step</c>, <c>loss</c> and, where there, <c>trained</c>
    /// (seconds so far), <c>psnr</c> and <c>heldout_psnr</c>.
    /// </summary>
    /// <param name="path">A <c>metrics.jsonl</c>.</param>
    /// <exception cref="InputException">The file is missing, or a line lacks <c>loss</c>.</exception>
    public static IReadOnlyList<LearningPoint> Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file; train first (anisora train), or name the run's folder");
        return [.. MetricsLog.Read(path).Select(line => new LearningPoint(
            (long)line["step"]!,
            Number(line, "trained"),
            line.ContainsKey("loss") ? Number(line, "loss") : throw new InputException(
                $"{path}: step {line["step"]}: the field 'loss' is missing; is this the metrics.jsonl of anisora train?"),
            Number(line, "psnr"),
            Number(line, "heldout_psnr")))];
    }

    /// <summary>A diverged step has its loss as text ("NaN"): a gap in the curve.</summary>
    private static double Number(JsonObject line, string field) =>
        line[field] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<double>() : double.NaN;
}
