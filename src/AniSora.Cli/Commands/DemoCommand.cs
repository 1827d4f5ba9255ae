using System.CommandLine;
using AniSora.Cli.Demo;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Models.Runtime;
using AniSora.Models.Sampling;
using AniSora.Training.Distributed;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora demo</c>: train a little, make animation with the shipped model, write the page.</summary>
internal static class DemoCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Data set folder.", DefaultValueFactory = _ => DemoDataset.DefaultFolder };
        var model = new Option<string>("--model") { Description = "Model folder.", DefaultValueFactory = _ => RepositoryFolder.ShippedModel() };
        var output = new Option<string>("--out") { Description = "Where index.html and report.json go.", DefaultValueFactory = _ => "out/demo" };
        var seconds = new Option<double>("--train-seconds") { Description = "How long to train first, so that one sees learning happen; 0 leaves it out.", DefaultValueFactory = _ => 120 };
        var clips = new Option<int>("--clips") { Description = "Held-out clips that every control is measured on.", DefaultValueFactory = _ => 40 };
        var steps = new Option<int>("--steps") { Description = "Denoising steps.", DefaultValueFactory = _ => new SamplingOptions().Steps };
        var temperature = new Option<double>("--temperature") { Description = "Scale of the starting noise.", DefaultValueFactory = _ => new SamplingOptions().Temperature };
        var seed = new Option<long>("--seed") { Description = "Seed of the samples.", DefaultValueFactory = _ => 1 };
        var device = DeviceOption.Create();
        var command = new Command("demo", "Train for two minutes, then show what the shipped model makes of held-out clips, as a page.")
        {
            data, model, output, seconds, clips, steps, temperature, seed, device,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            double train = parsed.GetValue(seconds);
            if (!(train >= 0))
                throw new InputException($"--train-seconds {train}: use 0 or more");
            int count = parsed.GetValue(clips);
            if (count < 1)
                throw new InputException($"--clips {count}: use 1 or more");
            var sampling = new SamplingOptions { Steps = parsed.GetValue(steps), Temperature = parsed.GetValue(temperature), Seed = unchecked((ulong)parsed.GetValue(seed)) };
            sampling.Validate();
            var place = Devices.Choose(parsed.GetValue(device)!, LaunchEnvironment.Alone);
            var options = new DemoOptions(parsed.GetValue(data)!, parsed.GetValue(model)!, parsed.GetValue(output)!, TimeSpan.FromSeconds(train), count, sampling, place);
            Console.WriteLine(DemoPage.Write(new DemoBuilder(options, cancel).Run(), options.Out));
            return ExitCode.Ok;
        }, cancel));
        return command;
    }
}
