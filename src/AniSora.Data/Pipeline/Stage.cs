using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>A step of the pipeline, seen from those that come after it.</summary>
public interface IStage
{
    /// <summary>The step's name: its folder below <c>work/</c>.</summary>
    string Name { get; }

    /// <summary>What it does, in a few words, for progress and help.</summary>
    string Title { get; }

    /// <summary>Identifies everything that its rows depend on beside the sources: its version, its settings and the steps before it.</summary>
    string Fingerprint { get; }

    /// <summary>The steps whose rows it reads.</summary>
    IReadOnlyList<IStage> Inputs { get; }

    /// <summary>Writes the step's part for one unit of work, unless it is there.</summary>
    /// <param name="shard">The unit of work; its inputs' parts are there.</param>
    /// <param name="progress">Hears how many items are done.</param>
    /// <param name="cancellation">Stops it; nothing half-written is left.</param>
    /// <returns>Whether there was anything to do.</returns>
    bool Complete(WorkShard shard, IProgress<StageProgress>? progress, CancellationToken cancellation);

    /// <summary>The part's file for a unit of work.</summary>
    string PartOf(WorkShard shard);
}

/// <summary>How far a stage has come in a unit of work.</summary>
/// <param name="Stage">The stage's title.</param>
/// <param name="Done">Items done.</param>
/// <param name="Total">Items in the unit of work.</param>
public readonly record struct StageProgress(string Stage, int Done, int Total);

/// <summary>
/// A step that makes, of one unit of work (a few dozen sources), rows of one table. Its part is one Parquet file that is written last and
/// whole: if it is there, the step is done, and a worker that was killed does it again. The part lies in a folder named by the step's
/// fingerprint, so changed settings never meet old rows.
/// </summary>
/// <typeparam name="TRow">The table's row.</typeparam>
public abstract class Stage<TRow> : IStage
    where TRow : class, ITableRow
{
    private string? _fingerprint;

    /// <inheritdoc/>
    public string Name => TRow.TableName;

    /// <inheritdoc/>
    public abstract string Title { get; }

    /// <inheritdoc/>
    public virtual IReadOnlyList<IStage> Inputs => [];

    /// <summary>Raised when the code would make other rows of the same inputs and settings.</summary>
    protected abstract int Version { get; }

    /// <summary>The settings that its rows depend on, as a record that can be written as JSON; null for none.</summary>
    protected virtual object? Settings => null;

    /// <inheritdoc/>
    public string Fingerprint => _fingerprint ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{Name} {TRow.SchemaVersion} {Version} {JsonSerializer.Serialize(Settings)} {string.Join(' ', Inputs.Select(i => i.Fingerprint))}")))[..12];

    /// <summary>Makes the rows of one unit of work. May use all cores; the order of rows must not depend on timing.</summary>
    /// <param name="shard">The unit of work.</param>
    /// <param name="progress">To be told how many items are done.</param>
    /// <param name="cancellation">To be heeded.</param>
    protected abstract IEnumerable<TRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation);

    /// <inheritdoc/>
    public string PartOf(WorkShard shard) => Path.Combine(shard.Folder.Work, $"{Name}-{Fingerprint}", $"{shard.Name}.parquet");

    /// <summary>The rows of one unit of work.</summary>
    /// <exception cref="InputException">The part is missing or damaged.</exception>
    public List<TRow> Rows(WorkShard shard) => Table<TRow>.Read(PartOf(shard));

    /// <inheritdoc/>
    public bool Complete(WorkShard shard, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string part = PartOf(shard);
        if (File.Exists(part))
            return false;
        Table<TRow>.Write(part, Run(shard, (done, total) => progress?.Report(new StageProgress(Title, done, total)), cancellation),
            $"{Path.GetFileName(Path.GetDirectoryName(part))} of {string.Join(", ", Inputs.Select(i => $"{i.Name}-{i.Fingerprint}").Append(shard.Name))}");
        return true;
    }
}
