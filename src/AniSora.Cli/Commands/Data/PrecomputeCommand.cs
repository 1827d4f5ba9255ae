using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Models.Checkpoints;
using AniSora.Models.Runtime;
using AniSora.Training.Distributed;
using AniSora.Training.Precompute;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data precompute</c>: latents and text embeddings ahead of training.</summary>
internal static class PrecomputeCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "The data set's folder." };
        var vae = new Option<string?>("--vae") { Description = "Store the clips' latents of this VAE: a model folder, a VAE run, or a folder with a published VAE." };
        var captions = new Option<string?>("--captions") { Description = "Store the captions' embeddings by this model folder's caption encoder (for training with frozen_captions)." };
        var suffix = new Option<bool>("--suffix") { Description = "Captions with the clips' scores behind them, as data.caption_suffix trains them." };
        var where = new Option<string>("--where") { Description = "SQL condition: which clips.", DefaultValueFactory = _ => "" };
        var shard = new Option<string?>("--shard") { Description = "Work on part i of n only (0/4 … 3/4); a task of a Slurm array finds its part itself." };
        var half = new Option<bool>("--half") { Description = "Store 16 bits a number instead of 32." };
        var batch = new Option<int>("--batch") { Description = "Clips encoded at once.", DefaultValueFactory = _ => 1 };
        var device = DeviceOption.Create();
        var command = new Command("precompute", "Store latents and text embeddings for training without augmentation; what is stored stays.") { dataset, vae, captions, suffix, where, shard, half, batch, device };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (parsed.GetValue(vae) is null && parsed.GetValue(captions) is null)
                throw new InputException("give --vae for latents, --captions for text embeddings, or both");
            if (parsed.GetValue(batch) < 1)
                throw new InputException($"--batch {parsed.GetValue(batch)}: should be 1 or more");
            using var index = ClipIndex.Open(parsed.GetValue(dataset)!);
            var on = Devices.Choose(parsed.GetValue(device)!, LaunchEnvironment.Detect());
            var share = WorkShare.Parse(parsed.GetValue(shard));
            var dtype = parsed.GetValue(half) ? float16 : float32;
            string condition = parsed.GetValue(where)!;
            if (parsed.GetValue(vae) is { } vaeFolder)
            {
                var model = ModelFolder.LoadVae(vaeFolder, on);
                ConsoleProgress? progress = null;
                int made = Precomputation.EncodeClips(index, condition, model, share, parsed.GetValue(batch), dtype,
                    (done, total) => (progress ??= new ConsoleProgress("precompute", total, "clips")).Report(done), cancel);
                progress?.Dispose();
                using var cache = Precomputation.Latents(index.Folder, model);
                Console.Error.WriteLine($"{made} latents made, {cache.Count} stored");
                Console.WriteLine(cache.Folder);
            }
            if (parsed.GetValue(captions) is { } captionFolder)
            {
                var model = ModelFolder.LoadCaptions(Path.Combine(captionFolder, "caption_encoder"), on);
                int made = Precomputation.EmbedCaptions(index, condition, model, parsed.GetValue(suffix), share, dtype, cancel);
                using var cache = Precomputation.Text(index.Folder, model);
                Console.Error.WriteLine($"{made} embeddings made, {cache.Count} stored");
                Console.WriteLine(cache.Folder);
            }
            return ExitCode.Ok;
        }, cancel));
        return command;
    }
}
