using System.Text.Json;
using AniSora.Evaluation;

namespace AniSora.Cli.Demo;

/// <summary><c>report.json</c>: the page's numbers, every scored clip among them, without its pictures.</summary>
internal static class DemoReport
{
    private const int FormatVersion = 1;

    /// <summary>UTF-8 JSON.</summary>
    public static byte[] ToJson(DemoResults results) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            Version = FormatVersion,
            Run = new
            {
                results.Run.Started,
                results.Run.Machine,
                results.Run.PeakMemoryMebibytes,
                results.Run.DownloadedMegabytes,
                Seconds = results.Run.Stages.Sum(s => s.Wall.TotalSeconds),
                Stages = results.Run.Stages.Select(s => new { s.Name, s.Command, Seconds = s.Wall.TotalSeconds, s.Note }),
            },
            Model = new
            {
                results.Model.Name,
                results.Model.VaeParameters,
                results.Model.DitParameters,
                results.Model.Megabytes,
                VaeTrainingSeconds = results.Model.VaeTraining.TotalSeconds,
                DitTrainingSeconds = results.Model.DitTraining.TotalSeconds,
                results.Model.Recipe,
                results.Model.SampleSteps,
                results.Model.SecondsPerClip,
            },
            Data = new
            {
                results.Data.TrainingClips,
                results.Data.HeldOutClips,
                results.Data.TrainingSequences,
                results.Data.HeldOutSequences,
                results.Data.Sources,
            },
            Reconstruction = new
            {
                results.Reconstruction.Psnr,
                results.Reconstruction.Ssim,
                results.Reconstruction.PixelValues,
                results.Reconstruction.LatentValues,
            },
            Learning = results.Learning.Select(c => new { c.Name, c.Meaning, c.Points }),
            Tasks = results.Controls.Select(c => c.Scores),
        },
        EvaluationReport.JsonOptions);
}
