using System.Globalization;
using AniSora.Models.Checkpoints;

namespace AniSora.Training.Checkpoints;

/// <summary>
/// A training run on disk:
/// <code>
/// config.json          the resolved configuration
/// model_index.json     the clips' size, frames and rate, the latents' statistics
/// vae/                 a DiT's autoencoder, copied here; likewise caption_encoder/ if it is not trained
/// metrics.jsonl        one line per step
/// samples/             pictures of held-out clips, one per measurement
/// checkpoints/step-…/  what is trained, as parts of a model folder, and everything needed to go on exactly
/// stop                 made by somebody who wants the run to save, stop and go on later
/// </code>
/// </summary>
public sealed class RunFolder
{
    /// <summary>EWOULDBLOCK, which .NET gives as an IOException's result when another process holds a file's lock.</summary>
    private const int LockedElsewhere = 11;

    /// <summary>A run in a folder, which is made if it is missing.</summary>
    /// <exception cref="InputException">The folder cannot be made.</exception>
    public RunFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(System.IO.Path.Combine(Path, "checkpoints"));
            Directory.CreateDirectory(System.IO.Path.Combine(Path, "samples"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot make the run's folder ({e.Message}); choose another with --out", e);
        }
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The resolved configuration.</summary>
    public string ConfigFile => System.IO.Path.Combine(Path, "config.json");

    /// <summary>One line per step.</summary>
    public string MetricsFile => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>The picture of a measurement.</summary>
    public string SampleFile(long step) => System.IO.Path.Combine(Path, "samples", string.Create(CultureInfo.InvariantCulture, $"{step:D8}.png"));

    /// <summary>What the run's model says of itself (<see cref="ModelIndex"/>).</summary>
    public string IndexFile => System.IO.Path.Combine(Path, ModelFolder.IndexFile);

    /// <summary>
    /// Whose presence asks the run to save, stop and go on later: how a batch system's warning reaches it, since mpirun hands no SIGUSR1 on.
    /// </summary>
    public string StopFile => System.IO.Path.Combine(Path, "stop");

    /// <inheritdoc cref="ModelFolder.CheckpointFolder"/>
    public string CheckpointFolder(long step) => ModelFolder.CheckpointFolder(Path, step);

    /// <summary>Makes this process the only one that writes here, until it ends or the claim is disposed; works across hosts where the file system locks.</summary>
    /// <exception cref="InputException">Another process trains here.</exception>
    public IDisposable Claim()
    {
        string who = System.IO.Path.Combine(Path, ".writer");
        FileStream claim;
        try
        {
            // FileShare.None is an exclusive lock (flock), which the system takes off when the process ends, however it ends.
            claim = new FileStream(System.IO.Path.Combine(Path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException { HResult: not LockedElsewhere })
        {
            throw new InputException($"{Path}: cannot be written ({e.Message}); make it writable, or copy the run and name the copy with --out", e);
        }
        catch (IOException e)
        {
            string other = File.Exists(who) ? File.ReadAllText(who) : "another process";
            throw new InputException($"{Path}: {other} is training here; wait for it, stop it, or choose another --out", e);
        }
        AtomicFile.WriteText(who, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}"));
        return claim;
    }

    /// <inheritdoc cref="ModelFolder.Checkpoints"/>
    public IReadOnlyList<string> Checkpoints() => ModelFolder.Checkpoints(Path);

    /// <summary>The configuration that the run began with.</summary>
    /// <param name="kind">What the run has to train, <c>vae</c> or <c>dit</c>.</param>
    /// <param name="checkpoint">One of its checkpoints, which says what it trains.</param>
    /// <exception cref="InputException">It trains something else, or the file is damaged.</exception>
    public T StoredConfig<T>(string kind, string checkpoint)
        where T : class
    {
        // Before the configuration, which another kind of run cannot read.
        Checkpoint.RequireKind(checkpoint, kind);
        return AniSora.ConfigFile.Load<T>(ConfigFile);
    }

    /// <summary>Deletes all but the newest checkpoints, and what a killed run left half-written.</summary>
    public void Prune(int keep)
    {
        foreach (string old in Checkpoints().SkipLast(Math.Max(1, keep)))
            Remove(old);
        foreach (string partial in Directory.GetDirectories(System.IO.Path.Combine(Path, "checkpoints"), ".*-*"))
            Directory.Delete(partial, recursive: true);
    }

    /// <summary>Deletes a checkpoint, which loses its name first: killed in the middle, no half checkpoint is left under it.</summary>
    internal static void Remove(string checkpoint)
    {
        string aside = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(checkpoint)!, $".deleting-{System.IO.Path.GetFileName(checkpoint)}");
        if (Directory.Exists(aside))
            Directory.Delete(aside, recursive: true);
        Directory.Move(checkpoint, aside);
        Directory.Delete(aside, recursive: true);
    }
}
