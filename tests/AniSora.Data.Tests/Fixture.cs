using AniSora.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

/// <summary>A small dataset built once from the committed sprites, through the same code as the real one.</summary>
public sealed class SmallDataset : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDataset()
    {
        Result = DemoDataset.Build(Folder, Sources(), null, CancellationToken.None);
    }

    public string Folder => _folder["demo"];

    public string IndexFile => Path.Combine(Folder, ClipIndex.FileName);

    public PrepareResult Result { get; }

    public void Dispose() => _folder.Dispose();

    /// <summary>A copy that a test may damage.</summary>
    internal string CopyTo(TemporaryFolder target)
    {
        string copy = target["copy"];
        foreach (string file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(copy, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        return copy;
    }

    internal static string Sprites(string folder) => Path.Combine(AppContext.BaseDirectory, "fixtures", folder);

    /// <summary>Three headers of four clips each, one held out by its direction in two kits, and a penguin's four.</summary>
    internal static SourceRow[] Sources() =>
    [
        Header("team1", "blue", "n"), Header("team1", "blue", "w"), Header("team2", "red", "w"),
        Of(new FrozenBubble(), "win_p1", "win", "winning", "penguin", "purple", "w", mirrorable: true, Sprites("frozen-bubble")),
    ];

    private static SourceRow Header(string team, string colour, string direction) => Of(
        new TuxFootball(), $"{team}/header/{direction}", $"header/{direction}", "header", "footballer", colour, direction, mirrorable: false, Sprites($"tuxfootball/{team}/header/{direction}"));

    private static SourceRow Of(FootageCollection collection, string name, string identity, string label, string subject, string colour, string direction, bool mirrorable, string folder) => new SpriteSequence
    {
        Name = $"{collection.Name}/{name}",
        BaseName = $"{collection.Name}/{identity}",
        Label = label,
        Subject = subject,
        Colour = colour,
        Direction = direction,
        Loops = false,
        Mirrorable = mirrorable,
        Files = [.. Directory.GetFiles(folder, "*.png").Order(StringComparer.Ordinal)],
    }.AsSource(collection, TuxFootball.Fps);
}
