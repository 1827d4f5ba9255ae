using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Models.Checkpoints;
using AniSora.Training.Train;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora export</c>: trained weights leave as model folders.</summary>
internal static class ExportCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The --out folder of 'anisora train dit'; it holds its VAE too." };
        var folder = new Argument<string>("folder") { Description = "Where the model folder is written." };
        var half = new Option<bool>("--half") { Description = "Store weights as float16: half the size." };
        var name = new Option<string?>("--name") { Description = "The model's name." };
        var note = new Option<string[]>("--note") { Description = "A fact for model_index.json, such as vae_hours=1.5 (repeatable)." };
        var weights = new Command("weights", "Write a DiT run's averaged weights, its caption encoder and its VAE as one model folder.") { run, folder, half, name, note };
        weights.SetAction(parsed =>
        {
            var (model, index) = ModelFolder.Load(parsed.GetValue(run)!);
            var training = new Dictionary<string, string>(index.Training);
            foreach (string fact in parsed.GetValue(note) ?? [])
            {
                int equals = fact.IndexOf('=');
                if (equals <= 0)
                    throw new InputException($"--note {fact}: write it as name=value");
                training[fact[..equals]] = fact[(equals + 1)..];
            }
            string target = parsed.GetValue(folder)!;
            ModelFolder.Save(target, model, index with { Name = parsed.GetValue(name) ?? index.Name, Training = training }, parsed.GetValue(half) ? float16 : float32);
            Console.WriteLine(target);
            return ExitCode.Ok;
        });
        return new Command("export", "Write trained weights for others to use.") { weights, ExportOnnxCommand.Create() };
    }
}
