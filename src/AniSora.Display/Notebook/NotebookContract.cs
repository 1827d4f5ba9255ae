using System.Text.Json.Nodes;

namespace AniSora.Display.Notebook;

/// <summary>One output in several forms, richest first; a front end shows the best it can.</summary>
/// <param name="Data">Content by MIME type: text, or JSON for types that end in <c>+json</c>; binary as base64 text.</param>
/// <param name="Metadata">Facts for the front end, by MIME type; null for none.</param>
public sealed record MimeBundle(IReadOnlyDictionary<string, object> Data, JsonObject? Metadata = null);

/// <summary>Something that knows how it is shown in a notebook.</summary>
public interface IDisplayable
{
    /// <summary>Its forms; always with <c>text/plain</c> and something that a static page shows (<c>text/html</c> or <c>image/png</c>).</summary>
    MimeBundle ToMime();
}

/// <summary>A channel between a notebook's page and the kernel (a Jupyter comm).</summary>
public interface IComm : IDisposable
{
    /// <summary>Its identity on both sides.</summary>
    string Id { get; }

    /// <summary>Hears what the page sends; called on a thread of the kernel's, also while a cell runs.</summary>
    event Action<JsonNode>? Received;

    /// <summary>The page has gone or closed the channel.</summary>
    event Action? Closed;

    /// <summary>Sends to the page.</summary>
    void Send(JsonNode data);
}

/// <summary>The notebook that a cell runs in.</summary>
public interface INotebook
{
    /// <summary>Shows an output below the running cell, or replaces the one of the same identity wherever it stands.</summary>
    /// <param name="bundle">The output.</param>
    /// <param name="id">Identity for later replacement, or null.</param>
    /// <param name="update">Whether an output of this identity is there already.</param>
    void Show(MimeBundle bundle, string? id = null, bool update = false);

    /// <summary>Removes the running cell's outputs.</summary>
    /// <param name="wait">Whether only when the next output is there.</param>
    void Clear(bool wait);

    /// <summary>Who handles channels that a page opens, by target name.</summary>
    /// <param name="target">The name that the page gives.</param>
    /// <param name="opened">Called with the channel and the page's first message.</param>
    void AcceptComms(string target, Action<IComm, JsonNode> opened);

    /// <summary>Opens a channel to code of the page that registered the target.</summary>
    /// <param name="target">The name that the page's code registered.</param>
    /// <param name="data">The first message.</param>
    /// <exception cref="NotSupportedException">This notebook's page opens channels itself only.</exception>
    IComm OpenComm(string target, JsonNode data) => throw new NotSupportedException("this notebook's page opens channels itself only");

    /// <summary>Lets cells that begin with <c>#!name</c> hold text of another language; the latest of a name holds.</summary>
    /// <param name="name">For instance <c>sql</c>.</param>
    /// <param name="run">Gets the cell's text without that line; what it returns is shown as the cell's value.</param>
    void AddLanguage(string name, Func<string, object?> run);

    /// <summary>Is cancelled when the user interrupts the running cell.</summary>
    CancellationToken Interrupted { get; }
}

/// <summary>The notebook that this process serves, for code that wants to show something.</summary>
public static class CurrentNotebook
{
    /// <summary>Set by the kernel; null outside notebooks, where nothing is shown.</summary>
    public static INotebook? Value { get; set; }
}
