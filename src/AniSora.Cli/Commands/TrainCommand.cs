using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Evaluation.Benchmark;
using AniSora.Models.Runtime;
using AniSora.Training.Checkpoints;
using AniSora.Training.Config;
using AniSora.Training.Distributed;
using AniSora.Training.Train;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora train vae</c> and <c>anisora train dit</c>.</summary>
internal static class TrainCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create() => new("train", "Train the VAE or the diffusion transformer; every run can be stopped and resumed exactly.")
    {
        CreateVae(),
        CreateDit(),
    };

    private static Command CreateVae()
    {
        var shared = new SharedOptions(Presets.Vae.Keys, "out/vae");
        var command = new Command("vae", "Train the 3D causal VAE on the indexed clips.");
        shared.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var config = shared.Config(parsed, Presets.Vae, "vae");
            shared.RefuseBenchmark(parsed, config.Data);
            return Run(options => TrainingRuns.TrainVae(config, options, cancel), shared.Run(parsed), shared.Device(parsed), shared.Timeout(parsed), "vae", cancel);
        }));
        return command;
    }

    private static Command CreateDit()
    {
        var shared = new SharedOptions(Presets.Dit.Keys, "out/dit");
        var vae = new Option<string?>("--vae") { Description = "Whose latents to work in: a model folder, a VAE run's --out, or a folder with a published VAE." };
        var command = new Command("dit", "Train the masked diffusion transformer and its caption encoder in a VAE's latent space.") { vae };
        shared.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var config = shared.Config(parsed, Presets.Dit, "dit");
            shared.RefuseBenchmark(parsed, config.Data);
            return Run(options => TrainingRuns.TrainDit(config, parsed.GetValue(vae), options, cancel), shared.Run(parsed), shared.Device(parsed), shared.Timeout(parsed), "dit", cancel);
        }));
        return command;
    }

    private static int Run(Func<RunOptions, TrainingOutcome> train, RunOptions options, string device, TimeSpan timeout, string title, CancellationToken cancel)
    {
        var launch = LaunchEnvironment.Detect();
        using var world = World.Connect(launch, timeout, Devices.Choose(device, launch));
        try
        {
            var outcome = TrainingProgressLine.Run(title, train, options with { World = world });
            if (world.IsFirst)
            {
                Console.WriteLine(outcome.Checkpoint);
                if (!outcome.Finished)
                    Console.Error.WriteLine($"stopped at step {outcome.Step}{(outcome.ByStopFile ? " by the run's stop file" : "")}; go on with the same command and --resume");
            }
            return cancel.IsCancellationRequested ? ExitCode.Cancelled : outcome.ByStopFile ? ExitCode.Requeue : ExitCode.Ok;
        }
        catch (Exception e)
        {
            world.Farewell(e.Message);
            throw;
        }
    }

    private sealed class SharedOptions
    {
        private readonly Option<string?> _config = new("--config") { Description = "YAML file with settings over the preset's." };
        private readonly Option<string[]> _set = new("--set") { Description = "A setting over preset and file, such as --set optimizer.learning_rate=5e-4 (repeatable)." };
        private readonly Option<string?> _data = new("--data") { Description = "Data set folder (the same as --set data.folder=…)." };
        private readonly Option<long?> _steps = new("--steps") { Description = "Optimiser steps (the same as --set schedule.steps=…)." };
        private readonly Option<string?> _precision = new("--precision") { Description = "float32, or bfloat16 where the processor has it (the same as --set precision=…): faster products, all else in float32." };
        private readonly Option<double?> _minutes = new("--minutes") { Description = "Stop after this many minutes with a checkpoint." };
        private readonly Option<bool> _resume = new("--resume") { Description = "Go on exactly where the run in --out stopped, with its stored configuration; --data (the same set in another place) and how often it writes may be given anew." };
        private readonly Option<bool> _allowBenchmark = new("--allow-benchmark-identities") { Description = "Train on what the benchmark shows too; such a model cannot be measured by it." };
        private readonly Option<string?> _profile = new("--profile")
        {
            Description = $"Record {StepProfile.Steps} steps: a Chrome trace of phases and operators in this file, and a table of what takes the time.",
        };
        private readonly Option<double> _timeout = new("--rank-timeout")
        {
            Description = "With several processes: seconds after which one that does not answer is given up.",
            DefaultValueFactory = _ => World.DefaultTimeout.TotalSeconds,
        };
        private readonly Option<string> _device = DeviceOption.Create();
        private readonly Option<string> _out;

        public SharedOptions(IEnumerable<string> presets, string folder)
        {
            Preset = new("--preset") { Description = $"Sizes and schedule: {string.Join(", ", presets)}.", DefaultValueFactory = _ => "small" };
            _out = new("--out") { Description = "The run's folder: configuration, metrics.jsonl, samples, checkpoints.", DefaultValueFactory = _ => folder };
        }

        public Option<string> Preset { get; }

        public void AddTo(Command command)
        {
            foreach (var option in new Option[] { Preset, _config, _set, _data, _steps, _precision, _minutes, _out, _resume, _allowBenchmark, _device, _timeout, _profile })
                command.Add(option);
        }

        /// <summary>Settings over the preset; over the run's own configuration where one goes on and no preset is named.</summary>
        public T Config<T>(ParseResult parsed, IReadOnlyDictionary<string, Func<T>> presets, string kind)
            where T : class
        {
            var run = parsed.GetValue(_resume) && parsed.GetResult(Preset) is not { Implicit: false } ? new RunFolder(parsed.GetValue(_out)!) : null;
            var under = run?.Checkpoints().LastOrDefault() is { } checkpoint ? run.StoredConfig<T>(kind, checkpoint) : Presets.Find(presets, parsed.GetValue(Preset)!);

            var settings = new List<string>(parsed.GetValue(_set) ?? []);
            if (parsed.GetValue(_data) is { } data)
                settings.Add($"data.folder={System.Text.Json.JsonSerializer.Serialize(data)}");
            if (parsed.GetValue(_steps) is { } steps)
                settings.Add($"schedule.steps={steps}");
            if (parsed.GetValue(_precision) is { } precision)
                settings.Add($"precision={precision}");
            return ConfigFile.Resolve(under, parsed.GetValue(_config), settings);
        }

        public void RefuseBenchmark(ParseResult parsed, DataConfig data)
        {
            if (!parsed.GetValue(_allowBenchmark))
                BenchmarkIdentities.Refuse(data.Folder, data.Where);
        }

        public string Device(ParseResult parsed) => parsed.GetValue(_device)!;

        public TimeSpan Timeout(ParseResult parsed) =>
            parsed.GetValue(_timeout) is > 0 and < 1e7 and var seconds
                ? TimeSpan.FromSeconds(seconds)
                : throw new InputException($"--rank-timeout {parsed.GetValue(_timeout)}: use a positive number of seconds");

        public RunOptions Run(ParseResult parsed)
        {
            var minutes = parsed.GetValue(_minutes);
            if (minutes is <= 0)
                throw new InputException($"--minutes {minutes}: use a positive number");
            return new RunOptions
            {
                Folder = parsed.GetValue(_out)!,
                Resume = parsed.GetValue(_resume),
                Profile = parsed.GetValue(_profile),
                Longest = minutes is { } m ? TimeSpan.FromMinutes(m) : null,
            };
        }
    }
}
