using System.Diagnostics;
using System.Globalization;
using AniSora.Data;
using AniSora.Models.Checkpoints;
using AniSora.Models.Fast;
using AniSora.Models.Runtime;
using AniSora.Training.Checkpoints;
using AniSora.Training.Config;
using AniSora.Training.Distributed;
using AniSora.Training.Optim;

namespace AniSora.Training.Train;

/// <summary>What a training run optimises: the part of a run that differs between the VAE and the DiT.</summary>
public interface ITrainee
{
    /// <summary>Short name that checkpoints and logs carry: <c>vae</c> or <c>dit</c>.</summary>
    string Kind { get; }

    /// <summary>The trained weights by name.</summary>
    IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <summary>What is trained as parts of a model folder: the part's folder, what the names of its weights begin with in
    /// <see cref="Parameters"/>, and its sizes as JSON text.</summary>
    IReadOnlyList<(string Folder, string Prefix, string Config)> Parts { get; }

    /// <summary>What a model folder says of this model: its clips' size and rate, its latents.</summary>
    ModelIndex Index { get; }

    /// <summary>The mean loss of some of a step's clips, before its backward pass.</summary>
    /// <param name="batch">The clips, which know their places in the step.</param>
    /// <param name="step">The step's number; with the seed and a clip's place it decides everything random.</param>
    StepLoss Loss(ClipBatch batch, long step);

    /// <summary>Fills the trained weights from a checkpoint's file.</summary>
    void Load(ITensorSource weights);

    /// <summary>Measures the present weights on held-out clips and draws them.</summary>
    /// <param name="pictureFile">Where the picture goes (PNG).</param>
    /// <returns>Named numbers for the log.</returns>
    IReadOnlyDictionary<string, double> Evaluate(string pictureFile);
}

/// <summary>What a trainee made of some clips.</summary>
/// <param name="Value">Their mean loss, a scalar to be differentiated.</param>
/// <param name="Metrics">
/// Named numbers for the log, means over the clips; <c>loss</c> is among them. They are read after the backward pass: to read one waits
/// until the device has worked it out.
/// </param>
public sealed record StepLoss(Tensor Value, IReadOnlyDictionary<string, Func<double>> Metrics);

/// <summary>News from a run, for a progress line.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean loss of the last steps.</param>
/// <param name="SecondsPerStep">Mean of the last steps.</param>
/// <param name="WaitShare">Share of the time in which a step waited for data.</param>
/// <param name="Note">Something to keep in the log, such as a measurement; null for a plain step.</param>
public sealed record TrainingProgress(long Step, long Steps, double Loss, double SecondsPerStep, double WaitShare, string? Note);

/// <summary>How a run ended.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Finished">Whether that is all of them.</param>
/// <param name="Checkpoint">The last checkpoint's folder.</param>
/// <param name="ByStopFile">Whether <see cref="RunFolder.StopFile"/> asked it to stop: it is to go on later. Every process of a job knows.</param>
public sealed record TrainingOutcome(long Step, bool Finished, string Checkpoint, bool ByStopFile = false);

/// <summary>
/// The training loop: read top to bottom, it is the whole life of a run. With several processes each works on its share of every step's
/// clips, gradients are averaged, and the first process writes the files.
/// </summary>
public sealed class TrainLoop : IDisposable
{
    private readonly ITrainee _trainee;
    private readonly ClipLoader _loader;
    private readonly RunFolder _run;
    private readonly OptimizerConfig _optimizerConfig;
    private readonly ScheduleConfig _schedule;
    private readonly int _partSize;
    private readonly World _world;
    private readonly FusedAdamW _optimizer;
    private readonly GradientReducer? _reducer;
    private double _trainedSeconds;

    /// <summary>A loop over a trainee and its clips. The first process's weights are copied to the others.</summary>
    /// <param name="trainee">What is trained.</param>
    /// <param name="loader">This process's share of the clips.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="optimizer">How it is optimised.</param>
    /// <param name="schedule">How long, and what it leaves behind.</param>
    /// <param name="partSize">Clips that are worked on at once; 0 = all of this process's share.</param>
    /// <param name="world">The processes; null = this one alone.</param>
    public TrainLoop(ITrainee trainee, ClipLoader loader, RunFolder run, OptimizerConfig optimizer, ScheduleConfig schedule, int partSize = 0, World? world = null)
    {
        (_trainee, _loader, _run, _optimizerConfig, _schedule) = (trainee, loader, run, optimizer, schedule);
        (_partSize, _world) = (partSize, world ?? World.Alone);
        _optimizer = new FusedAdamW(
            [
                new FusedAdamWGroup(trainee.Parameters.Where(p => p.Value.ndim >= 2), optimizer.WeightDecay),
                new FusedAdamWGroup(trainee.Parameters.Where(p => p.Value.ndim < 2), 0),
            ],
            new FusedAdamWOptions(optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon, optimizer.ClipNorm, optimizer.EmaDecay));
        if (_world.Size > 1)
        {
            _world.Broadcast(trainee.Parameters.Select(p => (Tensor)p.Value));
            _optimizer.ResetEma();
            _reducer = new GradientReducer(_world, trainee.Parameters.Select(p => p.Value));
        }
    }

    /// <summary>Records where the time of some steps goes; null = not.</summary>
    public StepProfile? Profile { get; init; }

    /// <summary>What the forward and backward passes' products are computed in; measurements are made in float32.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Steps done so far.</summary>
    public long Step { get; private set; }

    /// <summary>Puts the weights' moving average in the weights' place until disposed: for measurements and samples.</summary>
    public IDisposable WithAverage()
    {
        _optimizer.SwapEma();
        return new Restorer(_optimizer.SwapEma);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reducer?.Dispose();
        _optimizer.Dispose();
    }

    /// <summary>Trains until the schedule's end, the time's end, cancellation or a stop file, then leaves a checkpoint.</summary>
    /// <param name="progress">Hears about every step.</param>
    /// <param name="longest">Stop after this time (the checkpoint allows going on); null for no limit.</param>
    /// <param name="cancellation">Ctrl-C and SIGTERM: the running step is finished and saved.</param>
    public TrainingOutcome Run(IProgress<TrainingProgress>? progress = null, TimeSpan? longest = null, CancellationToken cancellation = default)
    {
        using var log = _world.IsFirst ? new MetricsLog(_run.MetricsFile, Step) : null;
        var clock = Stopwatch.StartNew();
        double before = _trainedSeconds;
        var recent = new RunningMeans();
        long savedStep = -1;
        var wish = Wish.None;
        while (Step < _schedule.Steps && (wish = EveryonesWish(cancellation.IsCancellationRequested || clock.Elapsed >= longest)) == Wish.None)
        {
            Profile?.BeforeStep();
            var watch = Stopwatch.StartNew();
            var batch = Next();
            double waited = watch.Elapsed.TotalSeconds;
            var metrics = TakeStep(batch, out var update);
            string? profiled = Profile?.AfterStep();
            double seconds = watch.Elapsed.TotalSeconds;
            _trainedSeconds = before + clock.Elapsed.TotalSeconds;
            if (!_world.IsFirst)
                continue;
            recent.Add(metrics["loss"], seconds, waited);

            string? note = update.Finite ? profiled : "the gradient is not finite: step skipped";
            var line = new Dictionary<string, double>
            {
                ["step"] = Step,
                ["lr"] = update.Rate,
                ["grad_norm"] = update.GradientNorm,
                ["seconds"] = seconds,
                ["wait"] = waited,
                ["trained"] = _trainedSeconds,
                ["memory_mib"] = Environment.WorkingSet >> 20,
            };
            foreach (var (name, value) in metrics)
                line[name] = value;
            if (IsDue(_schedule.EvaluateEvery))
            {
                IReadOnlyDictionary<string, double> measured;
                using (WithAverage())
                    measured = _trainee.Evaluate(_run.SampleFile(Step));
                foreach (var (name, value) in measured)
                    line[name] = value;
                string found = string.Join(", ", measured.Select(m => $"{m.Key} {m.Value:0.###}"));
                note = note is null ? found : $"{found}\n{note}";
            }
            log!.Write(line);
            progress?.Report(new(Step, _schedule.Steps, recent.Loss, recent.Seconds, recent.WaitShare, note));
            if (IsDue(_schedule.CheckpointEvery))
            {
                Save();
                savedStep = Step;
            }
        }
        if (savedStep != Step && _world.IsFirst)
            Save();
        // One that came too late to be heeded must not stop the next run.
        if (_world.IsFirst)
            File.Delete(_run.StopFile);
        // Nobody leaves before the last checkpoint is whole.
        _world.Barrier();
        return new(Step, Step >= _schedule.Steps, _run.CheckpointFolder(Step), wish == Wish.StopFile);
    }

    /// <summary>Goes back to where a checkpoint left off: weights, moments, moving average, random numbers and loader position.</summary>
    /// <exception cref="InputException">The checkpoint is damaged, or belongs to another model or schedule.</exception>
    public void Restore(string checkpoint)
    {
        var state = Checkpoint.ReadState(checkpoint);
        if (state.Steps != _schedule.Steps)
            throw new InputException($"{checkpoint}: schedule.steps was {state.Steps} and is now {_schedule.Steps}, which would bend the learning rate; keep it, or start anew in another --out");
        using (var weights = Checkpoint.Open(checkpoint, Checkpoint.Weights))
            _trainee.Load(weights);
        using (var moments = Checkpoint.Open(checkpoint, Checkpoint.Optimizer))
            _optimizer.LoadState(moments);
        // The moments' file holds the average too; the model's own files are for sampling, and have to be whole as well.
        Checkpoint.VerifyModel(checkpoint);
        _loader.Restore(state.Loader ?? throw new InputException($"{checkpoint}/state.json: the field 'loader' is missing"));
        using (var random = TensorData.ToTensor<byte>(state.Random, [state.Random.Length]))
            torch.random.set_rng_state(random);
        (Step, _trainedSeconds) = (state.Step, state.TrainedSeconds);
        Span<double> steps = [Step, -Step];
        _world.AllReduce(steps, ReduceOp.Max);
        if (steps[0] != -steps[1])
            throw new InputException($"{checkpoint}: other processes found checkpoints of other steps ({-steps[1]} … {steps[0]}); put --out on a file system that all hosts share");
    }

    private ClipBatch Next()
    {
        using var phase = Profile?.Phase("wait for data");
        return _loader.Next();
    }

    private IReadOnlyDictionary<string, double> TakeStep(ClipBatch batch, out (double Rate, double GradientNorm, bool Finite) update)
    {
        using var scope = NewDisposeScope();
        _optimizer.ZeroGrad();
        var metrics = AddGradients(batch);
        double rate = _optimizerConfig.RateAt(Step, _schedule.Steps);
        using var phase = Profile?.Phase("optimizer");
        var result = _optimizer.Step(rate);
        Step++;
        update = (rate, result.GradNorm, result.Applied);
        return metrics;
    }

    /// <summary>
    /// The gradient of the step's mean loss, from this process's clips part by part and then from all processes; the last part's backward
    /// pass averages.
    /// </summary>
    private Dictionary<string, double> AddGradients(ClipBatch batch)
    {
        var means = new Dictionary<string, double>();
        var parts = batch.Parts(_partSize).ToArray();
        foreach (var part in parts)
        {
            using var scope = NewDisposeScope();
            bool last = part == parts[^1];
            if (last)
                _reducer?.BeforeForward();
            var (loss, metrics) = Forward(part);
            double share = (double)part.B / part.Of;
            // Gradients of all processes are added up, whose shares may differ by a clip.
            Backward(loss * share, last);
            foreach (var (name, value) in metrics)
                means[name] = means.GetValueOrDefault(name) + share * value();
        }
        return Sum(means);
    }

    private StepLoss Forward(ClipBatch part)
    {
        using var phase = Profile?.Phase("forward");
        using var precision = Precision.Use(Precision);
        return _trainee.Loss(part, Step);
    }

    private void Backward(Tensor loss, bool last)
    {
        using var phase = Profile?.Phase("backward");
        loss.Backward();
        if (last)
            _reducer?.AfterBackward();
    }

    private Dictionary<string, double> Sum(Dictionary<string, double> values)
    {
        var numbers = values.Values.ToArray();
        _world.AllReduce(numbers);
        return values.Keys.Zip(numbers).ToDictionary(p => p.First, p => p.Second);
    }

    private enum Wish
    {
        None,
        Stop,
        StopFile,
    }

    /// <summary>
    /// Processes stop together: a signal or a time limit may reach only one of them, or one of them a step earlier. The stop file is the
    /// first one's to see.
    /// </summary>
    private Wish EveryonesWish(bool stop)
    {
        var own = _world.IsFirst && File.Exists(_run.StopFile) ? Wish.StopFile : stop ? Wish.Stop : Wish.None;
        Span<double> wish = [(int)own];
        _world.AllReduce(wish, ReduceOp.Max);
        return (Wish)(int)wish[0];
    }

    private void Save()
    {
        string folder = _run.CheckpointFolder(Step);
        var state = new TrainingState
        {
            Kind = _trainee.Kind,
            Step = Step,
            Steps = _schedule.Steps,
            TrainedSeconds = _trainedSeconds,
            Loader = _loader.State,
            Random = RandomState(),
        };
        using var scope = NewDisposeScope();
        Checkpoint.Write(folder, state, writing =>
        {
            TensorFile.Save(Path.Combine(writing, Checkpoint.Weights), _trainee.Parameters.Select(p => (p.Name, (Tensor)p.Value)));
            TensorFile.Save(Path.Combine(writing, Checkpoint.Optimizer), _optimizer.StateTensors());
            foreach (var (part, prefix, config) in _trainee.Parts)
                ModelFolder.SavePart(Path.Combine(writing, part), _optimizer.EmaTensors().Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(t => (t.Name[prefix.Length..], t.Value)), config);
            ConfigFile.Save(Path.Combine(writing, ModelFolder.IndexFile), _trainee.Index with { Training = TrainedAs(state) });
        });
        _run.Prune(_schedule.KeepCheckpoints);
    }

    private static byte[] RandomState()
    {
        using var state = torch.random.get_rng_state();
        return state.ToArray<byte>();
    }

    private static Dictionary<string, string> TrainedAs(TrainingState state) => new()
    {
        [$"{state.Kind}_steps"] = $"{state.Step}",
        [$"{state.Kind}_hours"] = (state.TrainedSeconds / 3600).ToString("0.00", CultureInfo.InvariantCulture),
    };

    private bool IsDue(long every) => Step == _schedule.Steps || (every > 0 && Step % every == 0);

    private sealed class Restorer(Action restore) : IDisposable
    {
        public void Dispose() => restore();
    }

    /// <summary>Means over the last steps, for the progress line.</summary>
    private sealed class RunningMeans
    {
        private const int Window = 50;
        private readonly Queue<(double Loss, double Seconds, double Waited)> _steps = new();

        public double Loss => _steps.Average(s => s.Loss);

        public double Seconds => _steps.Average(s => s.Seconds);

        public double WaitShare => _steps.Sum(s => s.Waited) / Math.Max(1e-9, _steps.Sum(s => s.Seconds));

        public void Add(double loss, double seconds, double waited)
        {
            _steps.Enqueue((loss, seconds, waited));
            if (_steps.Count > Window)
                _steps.Dequeue();
        }
    }
}
