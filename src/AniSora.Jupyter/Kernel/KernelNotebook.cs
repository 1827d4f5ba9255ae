using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using AniSora.Display.Notebook;
using AniSora.Jupyter.Execution;
using AniSora.Jupyter.Output;

namespace AniSora.Jupyter.Kernel;

/// <summary>The notebook as code in cells sees it.</summary>
/// <param name="publisher">By which outputs leave.</param>
/// <param name="flush">Brings text that was written before into its place.</param>
/// <param name="comms">Channels of pages.</param>
internal sealed class KernelNotebook(Publisher publisher, Action flush, Comms comms) : INotebook
{
    private readonly ConcurrentDictionary<string, Func<string, object?>> _languages = new(StringComparer.Ordinal);
    private volatile Interruption? _running;

    /// <inheritdoc/>
    public CancellationToken Interrupted => _running?.Token ?? CancellationToken.None;

    /// <summary>The running cell's interruption; null between cells.</summary>
    public Interruption? Running
    {
        get => _running;
        set => _running = value;
    }

    /// <summary>What runs text of a language; null where there is none of that name.</summary>
    public Func<string, object?>? Language(string name) => _languages.GetValueOrDefault(name);

    /// <inheritdoc/>
    public void AddLanguage(string name, Func<string, object?> run)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(run);
        _languages[name] = run;
    }

    /// <inheritdoc/>
    public void Show(MimeBundle bundle, string? id = null, bool update = false)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (update && id is null)
            throw new ArgumentNullException(nameof(id), "an output is replaced by its identity");
        flush();
        publisher.Publish(update ? "update_display_data" : "display_data", CellContext.Current?.ParentHeader, new JsonObject
        {
            ["data"] = Publisher.DataOf(bundle),
            ["metadata"] = Publisher.MetadataOf(bundle),
            ["transient"] = id is null ? [] : new JsonObject { ["display_id"] = id },
        });
    }

    /// <inheritdoc/>
    public void Clear(bool wait)
    {
        flush();
        publisher.Publish("clear_output", CellContext.Current?.ParentHeader, new JsonObject { ["wait"] = wait });
    }

    /// <inheritdoc/>
    public void AcceptComms(string target, Action<IComm, JsonNode> opened)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        ArgumentNullException.ThrowIfNull(opened);
        comms.Accept(target, opened);
    }

    /// <inheritdoc/>
    public IComm OpenComm(string target, JsonNode data)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        ArgumentNullException.ThrowIfNull(data);
        flush();
        return comms.Open(target, data);
    }
}
