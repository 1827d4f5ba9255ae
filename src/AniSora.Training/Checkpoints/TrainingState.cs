using AniSora.Data;
using AniSora.Training.Config;

namespace AniSora.Training.Checkpoints;

/// <summary>Where a run stands, beside the tensors of its checkpoint (<c>state.json</c>).</summary>
public sealed record TrainingState
{
    /// <summary>Version of the checkpoint's layout.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the layout that this checkpoint was written with.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>What is trained: <c>vae</c> or <c>dit</c>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Optimiser steps done.</summary>
    public long Step { get; init; }

    /// <summary>Steps that the schedule goes to; going on with another number would change the learning rates.</summary>
    public long Steps { get; init; }

    /// <summary>Seconds of training so far, over all parts of the run.</summary>
    public double TrainedSeconds { get; init; }

    /// <summary>The loader's position.</summary>
    public LoaderState? Loader { get; init; }

    /// <summary>State of torch's random numbers.</summary>
    public byte[] Random { get; init; } = [];

    /// <summary>State of the GPU's own random numbers (only dropout draws any); empty where the run was on the CPU.</summary>
    public byte[] DeviceRandom { get; init; } = [];
}

/// <summary>Reads and writes checkpoints: a folder of safetensors files and a <c>state.json</c> that appears as a whole or not at all.</summary>
public static class Checkpoint
{
    /// <summary>The trained weights, as they are.</summary>
    public const string Weights = "model.safetensors";

    /// <summary>The weights' moving average, which samples and exports use.</summary>
    public const string Average = "ema.safetensors";

    /// <summary>The optimiser's moments.</summary>
    public const string Optimizer = "optimizer.safetensors";

    private const string StateFile = "state.json";

    /// <summary>Writes a checkpoint beside the finished ones, then gives it its name.</summary>
    /// <param name="folder">The final folder; one of the same step is replaced.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="files">Tensors for each file.</param>
    /// <exception cref="InputException">The disk is full or not writable; earlier checkpoints are untouched.</exception>
    public static void Write(string folder, TrainingState state, params ReadOnlySpan<(string File, IEnumerable<(string Name, Tensor Value)> Tensors)> files)
    {
        string parent = Path.GetDirectoryName(folder)!;
        string writing = Path.Combine(parent, $".writing-{Path.GetFileName(folder)}");
        try
        {
            if (Directory.Exists(writing))
                Directory.Delete(writing, recursive: true);
            Directory.CreateDirectory(writing);
            foreach (var (file, tensors) in files)
                SafeTensorsFile.Save(Path.Combine(writing, file), tensors);
            ConfigFile.Save(Path.Combine(writing, StateFile), state);
            if (Directory.Exists(folder))
                RunFolder.Remove(folder);
            Directory.Move(writing, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            TryDelete(writing);
            throw new InputException($"{folder}: checkpoint not written ({e.Message}); earlier checkpoints are intact, free space and go on with --resume", e);
        }
    }

    /// <summary>Reads where a run stands.</summary>
    /// <exception cref="InputException">The file is missing, damaged or of another version.</exception>
    public static TrainingState ReadState(string folder)
    {
        string path = Path.Combine(folder, StateFile);
        var state = ConfigFile.Load<TrainingState>(path);
        if (state.Version != TrainingState.CurrentVersion)
            throw new InputException($"{path}: version {state.Version} of the checkpoint layout; this program reads version {TrainingState.CurrentVersion}");
        return state;
    }

    /// <summary>Opens one of a checkpoint's files and checks every byte of it against its digest.</summary>
    /// <exception cref="InputException">The file is missing, truncated or damaged.</exception>
    public static SafeTensorsFile Open(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        SafeTensorsFile? opened = null;
        try
        {
            opened = SafeTensorsFile.Open(path);
            opened.Verify(required: true);
            return opened;
        }
        catch (InputException e)
        {
            opened?.Dispose();
            string earlier = RunFolder.Checkpoints(Path.GetFullPath(Path.Combine(folder, "..", ".."))).LastOrDefault(c => string.CompareOrdinal(c, Path.GetFullPath(folder)) < 0) ?? "";
            string fix = earlier == "" ? "there is no earlier checkpoint: train again" : $"delete {folder} to go on from {Path.GetFileName(earlier)}";
            throw new InputException($"{e.Message} ({fix})", e);
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // What could not be deleted is removed by the next checkpoint's Prune.
        }
    }
}
