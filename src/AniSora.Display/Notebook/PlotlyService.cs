using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AniSora.Display.Notebook;

/// <summary>Hands plotly.js and the data of shown figures to pages that ask over a comm, so that outputs need to hold neither.</summary>
internal static class PlotlyService
{
    private const string Target = "anisora.figures";

    // Compressed the library has about 1.5 MB. A classic notebook's server drops what comes faster than 1 MB/s over 3 s.
    private const int PartLength = 1 << 18, MaximumKept = 200;

    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, string> s_figures = [];
    private static readonly Queue<string> s_order = new();
    private static int s_embedded;
    private static readonly Lazy<string> s_library = new(Compress);

    /// <summary>Remembers a figure; the oldest of many is forgotten.</summary>
    /// <param name="figure">What a page may ask for, as JSON.</param>
    /// <param name="id">Replaces the figure of this name, as live figures do; a name that follows from the figure when null.</param>
    /// <returns>Its name for the page.</returns>
    public static string Keep(string figure, string? id = null)
    {
        // By its content: a notebook that is run again and comes to the same is the same file.
        id ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(figure)))[..12];
        lock (s_lock)
        {
            if (!s_figures.ContainsKey(id))
                s_order.Enqueue(id);
            s_figures[id] = figure;
            if (s_order.Count > MaximumKept)
                s_figures.Remove(s_order.Dequeue());
        }
        CurrentNotebook.Value?.AcceptComms(Target, Open);
        return id;
    }

    // A page that does not know which kernel its output came from asks several.
    private static void Open(IComm comm, JsonNode data)
    {
        bool known;
        lock (s_lock)
            known = data["figures"] is JsonArray ids && ids.All(id => (string?)id is { } name && s_figures.ContainsKey(name));
        if (known)
            comm.Received += message => Answer(comm, message);
        else
            comm.Dispose();
    }

    private static void Answer(IComm comm, JsonNode message)
    {
        if ((string?)message["figure"] is { } id)
        {
            string? figure;
            lock (s_lock)
                s_figures.TryGetValue(id, out figure);
            comm.Send(figure is null
                ? new JsonObject { ["error"] = "this kernel no longer has the figure: run its cell again" }
                : new JsonObject { ["figure"] = JsonNode.Parse(figure) });
        }
        else if ((int?)message["part"] is { } part)
        {
            try
            {
                string all = s_library.Value;
                int parts = (all.Length + PartLength - 1) / PartLength;
                if (part < 0 || part >= parts)
                    throw new InvalidDataException($"plotly.js has no part {part}");
                comm.Send(new JsonObject { ["parts"] = parts, ["text"] = all.Substring(part * PartLength, Math.Min(PartLength, all.Length - part * PartLength)) });
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                comm.Send(new JsonObject { ["error"] = e.Message });
            }
        }
    }

    /// <summary>plotly.js to stand in an output: in the first that needs it since the notebook was started (2 MB), not again in others.</summary>
    internal static Html Embed()
    {
        // An output that is written again (the cell ran again) may have been the one that held it: the kernel cannot know, the page looks for it.
        if (Interlocked.Exchange(ref s_embedded, 1) == 1)
            return Html.Empty;
        return Html.Of($"""<script type="text/plain" data-anisora-plotly>{Html.Raw(s_library.Value)}</script>""");
    }

    /// <summary>Lets the next interactive figure hold the library again.</summary>
    internal static void EmbedAgain() => Volatile.Write(ref s_embedded, 0);

    private static string Compress()
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(PlotlyLibrary.Read()));
        return Convert.ToBase64String(buffer.ToArray());
    }
}
