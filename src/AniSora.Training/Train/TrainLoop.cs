using System.Diagnostics;
using AniSora.Data;
using AniSora.Training.Checkpoints;
using AniSora.Training.Config;

namespace AniSora.Training.Train;

/// <summary>What a training run optimises: the part of a run that differs between the VAE and the DiT.</summary>
public interface ITrainee
{
    /// <summary>Short name that checkpoints and logs carry: <c>vae</c> or <c>dit</c>.</summary>
    string Kind { get; }

    /// <summary>The trained weights by name.</summary>
    IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <summary>Loss of a batch, with its gradients added to the parameters.</summary>
    /// <param name="batch">The clips.</param>
    /// <param name="step">The step's number; with the seed it decides everything random.</param>
    /// <returns>Named numbers for the log; <c>loss</c> is among them.</returns>
    IReadOnlyDictionary<string, double> Backward(ClipBatch batch, long step);

    /// <summary>Fills the trained weights from a checkpoint's file.</summary>
    void Load(ITensorSource weights);

    /// <summary>Measures the present weights on held-out clips and draws them.</summary>
    /// <param name="pictureFile">Where the picture goes (PNG).</param>
    /// <returns>Named numbers for the log.</returns>
    IReadOnlyDictionary<string, double> Evaluate(string pictureFile);
}

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
public sealed record TrainingOutcome(long Step, bool Finished, string Checkpoint);

/// <summary>The training loop: read top to bottom, it is the whole life of a run.</summary>
public sealed class TrainLoop : IDisposable
{
    private readonly ITrainee _trainee;
    private readonly ClipLoader _loader;
    private readonly RunFolder _run;
    private readonly OptimizerConfig _optimizerConfig;
    private readonly ScheduleConfig _schedule;
    private readonly FusedAdamW _optimizer;
    private double _trainedSeconds;

    /// <summary>A loop over a trainee and its clips.</summary>
    public TrainLoop(ITrainee trainee, ClipLoader loader, RunFolder run, OptimizerConfig optimizer, ScheduleConfig schedule)
    {
        (_trainee, _loader, _run, _optimizerConfig, _schedule) = (trainee, loader, run, optimizer, schedule);
        _optimizer = new FusedAdamW(
            [
                new FusedAdamWGroup(trainee.Parameters.Where(p => p.Value.ndim >= 2), optimizer.WeightDecay),
                new FusedAdamWGroup(trainee.Parameters.Where(p => p.Value.ndim < 2), 0),
            ],
            new FusedAdamWOptions(optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon, optimizer.ClipNorm, optimizer.EmaDecay));
    }

    /// <summary>Steps done so far.</summary>
    public long Step { get; private set; }

    /// <summary>Puts the weights' moving average in the weights' place until disposed: for measurements and samples.</summary>
    public IDisposable WithAverage()
    {
        _optimizer.SwapEma();
        return new Restorer(_optimizer.SwapEma);
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    /// <summary>Trains until the schedule's end, the time's end or cancellation, then leaves a checkpoint.</summary>
    /// <param name="progress">Hears about every step.</param>
    /// <param name="longest">Stop after this time (the checkpoint allows going on); null for no limit.</param>
    /// <param name="cancellation">Ctrl-C and SIGTERM: the running step is finished and saved.</param>
    public TrainingOutcome Run(IProgress<TrainingProgress>? progress = null, TimeSpan? longest = null, CancellationToken cancellation = default)
    {
        using var log = new MetricsLog(_run.MetricsFile, Step);
        var clock = Stopwatch.StartNew();
        double before = _trainedSeconds;
        var recent = new RunningMeans();
        string saved = "";
        long savedStep = -1;
        while (Step < _schedule.Steps && !cancellation.IsCancellationRequested && (longest is null || clock.Elapsed < longest))
        {
            var watch = Stopwatch.StartNew();
            var batch = _loader.Next();
            double waited = watch.Elapsed.TotalSeconds;
            var metrics = TakeStep(batch, out var update);
            double seconds = watch.Elapsed.TotalSeconds;
            _trainedSeconds = before + clock.Elapsed.TotalSeconds;
            recent.Add(metrics["loss"], seconds, waited);

            string? note = update.Finite ? null : "the gradient is not finite: step skipped";
            var line = new Dictionary<string, double>
            {
                ["step"] = Step,
                ["lr"] = update.Rate,
                ["grad_norm"] = update.GradientNorm,
                ["seconds"] = seconds,
                ["wait"] = waited,
                ["trained"] = _trainedSeconds,
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
                note = string.Join(", ", measured.Select(m => $"{m.Key} {m.Value:0.###}"));
            }
            log.Write(line);
            progress?.Report(new(Step, _schedule.Steps, recent.Loss, recent.Seconds, recent.WaitShare, note));
            if (IsDue(_schedule.CheckpointEvery))
                (saved, savedStep) = (Save(), Step);
        }
        if (savedStep != Step)
            saved = Save();
        return new(Step, Step >= _schedule.Steps, saved);
    }

    /// <summary>Goes back to where a checkpoint left off: weights, moments, moving average, random numbers and loader position.</summary>
    /// <exception cref="InputException">The checkpoint is damaged, or belongs to another kind of run or schedule.</exception>
    public void Restore(string checkpoint)
    {
        var state = Checkpoint.ReadState(checkpoint);
        if (state.Kind != _trainee.Kind)
            throw new InputException($"{checkpoint}: a checkpoint of '{state.Kind}', but this run trains '{_trainee.Kind}'; give another --out");
        if (state.Steps != _schedule.Steps)
            throw new InputException($"{checkpoint}: schedule.steps was {state.Steps} and is now {_schedule.Steps}, which would bend the learning rate; keep it, or start anew in another --out");
        using (var weights = Checkpoint.Open(checkpoint, Checkpoint.Weights))
            _trainee.Load(weights);
        using (var moments = Checkpoint.Open(checkpoint, Checkpoint.Optimizer))
            _optimizer.LoadState(moments);
        // The moments' file holds the average too; its own file is for sampling, and has to be whole as well.
        Checkpoint.Open(checkpoint, Checkpoint.Average).Dispose();
        _loader.Restore(state.Loader ?? throw new InputException($"{checkpoint}/state.json: the field 'loader' is missing"));
        TorchRuntime.SetRngState(state.Random);
        (Step, _trainedSeconds) = (state.Step, state.TrainedSeconds);
    }

    private IReadOnlyDictionary<string, double> TakeStep(ClipBatch batch, out (double Rate, double GradientNorm, bool Finite) update)
    {
        using var scope = NewDisposeScope();
        _optimizer.ZeroGrad();
        var metrics = _trainee.Backward(batch, Step);
        double rate = _optimizerConfig.RateAt(Step, _schedule.Steps);
        var result = _optimizer.Step(rate);
        Step++;
        update = (rate, result.GradNorm, result.Applied);
        return metrics;
    }

    private string Save()
    {
        string folder = _run.CheckpointFolder(Step);
        var state = new TrainingState
        {
            Kind = _trainee.Kind,
            Step = Step,
            Steps = _schedule.Steps,
            TrainedSeconds = _trainedSeconds,
            Loader = _loader.State,
            Random = TorchRuntime.GetRngState(),
        };
        using var scope = NewDisposeScope();
        Checkpoint.Write(folder, state,
            (Checkpoint.Weights, _trainee.Parameters.Select(p => (p.Name, (Tensor)p.Value))),
            (Checkpoint.Average, _optimizer.EmaTensors()),
            (Checkpoint.Optimizer, _optimizer.StateTensors()));
        _run.Prune(_schedule.KeepCheckpoints);
        return folder;
    }

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
