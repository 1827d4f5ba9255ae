using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AniSora.Data;
using AniSora.Models.Checkpoints;

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

    /// <summary>State of torch's random numbers on the CPU. (A GPU's own, which only dropout draws from, TorchSharp does not show.)</summary>
    public byte[] Random { get; init; } = [];

    /// <summary>SHA-256 of all the rest; empty in checkpoints from before it was kept.</summary>
    public string Digest { get; init; } = "";
}

/// <summary>
/// Reads and writes checkpoints, folders that appear as a whole or not at all: what is trained as a part of a model folder
/// (<see cref="ModelFolder"/>) with the weights' moving average, and beside it what going on exactly needs.
/// </summary>
public static class Checkpoint
{
    /// <summary>The trained weights, as they are.</summary>
    public const string Weights = "weights.safetensors";

    /// <summary>The optimiser's moments.</summary>
    public const string Optimizer = "optimizer.safetensors";

    private const string StateFile = "state.json";

    /// <summary>Writes a checkpoint beside the finished ones, then gives it its name.</summary>
    /// <param name="folder">The final folder; one of the same step is replaced.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="content">Writes everything but the state into the folder that it is given.</param>
    /// <exception cref="InputException">The disk is full or not writable; earlier checkpoints are untouched.</exception>
    public static void Write(string folder, TrainingState state, Action<string> content)
    {
        string parent = Path.GetDirectoryName(folder)!;
        string writing = Path.Combine(parent, $".writing-{Path.GetFileName(folder)}");
        try
        {
            if (Directory.Exists(writing))
                Directory.Delete(writing, recursive: true);
            Directory.CreateDirectory(writing);
            content(writing);
            WriteState(Path.Combine(writing, StateFile), state);
            if (Directory.Exists(folder))
                RunFolder.Remove(folder);
            Directory.Move(writing, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            TryDelete(writing);
            string fix = ModelFolder.Checkpoints(RunOf(folder)).Count > 0
                ? "earlier checkpoints are intact, free space and go on with --resume"
                : "there is no earlier checkpoint: free space and start the same command again";
            throw new InputException($"{folder}: checkpoint not written ({e.Message}); {fix}", e);
        }
    }

    /// <summary>Reads where a run stands.</summary>
    /// <exception cref="InputException">The file is missing, damaged or of another version.</exception>
    public static TrainingState ReadState(string folder)
    {
        string path = Path.Combine(folder, StateFile);
        var state = OrOfferEarlier(folder, () =>
        {
            var state = ConfigFile.Load<TrainingState>(path);
            bool ours = state.Version == TrainingState.CurrentVersion && state.Digest.Length > 0;
            if (ours && state.Digest != DigestOf(JsonNode.Parse(File.ReadAllText(path))!.AsObject()))
                throw new InputException($"{path}: its contents do not match the digest stored with them; the file is damaged");
            return state;
        });
        if (state.Version != TrainingState.CurrentVersion)
            throw new InputException($"{path}: version {state.Version} of the checkpoint layout; this program reads version {TrainingState.CurrentVersion}");
        return state;
    }

    /// <summary>Refuses a checkpoint of another kind of run.</summary>
    /// <exception cref="InputException">It is one, or it is damaged.</exception>
    public static void RequireKind(string folder, string kind)
    {
        if (ReadState(folder).Kind is var found && found != kind)
            throw new InputException($"{folder}: a checkpoint of '{found}', but this run trains '{kind}'; give another --out");
    }

    /// <summary>Opens one of a checkpoint's files and compares it with its digest.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="file">Its relative name.</param>
    /// <exception cref="InputException">The file is missing or damaged; the message says which checkpoint is still whole.</exception>
    public static SafeTensorsFile Open(string folder, string file) =>
        OrOfferEarlier(folder, () => SafeTensorsFile.OpenVerified(Path.Combine(folder, file), required: true));

    /// <summary>Compares the parts of a model folder in a checkpoint with their digests.</summary>
    /// <inheritdoc cref="Open"/>
    public static void VerifyModel(string folder)
    {
        foreach (string part in Directory.GetDirectories(folder))
            Open(folder, Path.Combine(Path.GetFileName(part), ModelFolder.WeightsFileName)).Dispose();
    }

    private static T OrOfferEarlier<T>(string folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InputException e)
        {
            string? earlier = ModelFolder.Checkpoints(RunOf(folder)).LastOrDefault(c => string.CompareOrdinal(c, Path.GetFullPath(folder)) < 0);
            string fix = earlier is null ? "there is no earlier checkpoint: train again" : $"delete {folder} to go on from {Path.GetFileName(earlier)}";
            throw new InputException($"{e.Message} ({fix})", e);
        }
    }

    private static string RunOf(string checkpoint) => Path.GetFullPath(Path.Combine(checkpoint, "..", ".."));

    private static void WriteState(string path, TrainingState state)
    {
        var json = ConfigFile.ToJson(state);
        json["digest"] = DigestOf(json);
        AtomicFile.WriteText(path, json.ToString());
    }

    /// <summary>Of everything but the digest, however the file is laid out.</summary>
    private static string DigestOf(JsonObject state)
    {
        // Parsed from text like what is read back, so that numbers are written alike.
        var rest = JsonNode.Parse(state.ToJsonString())!.AsObject();
        rest.Remove("digest");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rest.ToJsonString())));
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
