using AniSora.Data;

namespace AniSora.Data.Tests;

/// <summary>A small dataset built once from the committed sprites, through the same code as the real one.</summary>
public sealed class SmallDataset : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDataset()
    {
        Result = DemoDataset.Build(Folder, Specs(), [], null, CancellationToken.None);
    }

    public string Folder => _folder["demo"];

    public string IndexFile => Path.Combine(Folder, ClipIndex.FileName);

    public PrepareResult Result { get; }

    public void Dispose() => _folder.Dispose();

    /// <summary>A copy that a test may damage.</summary>
    internal string CopyTo(TemporaryFolder target)
    {
        string copy = target["copy"];
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(Folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    internal static string Sprites(string folder) => Path.Combine(AppContext.BaseDirectory, "fixtures", folder);

    internal static SequenceSpec[] Specs() =>
    [
        Header("team1", "blue", "n", "train"), Header("team1", "blue", "w", "test"), Header("team2", "red", "w", "test"),
        new SequenceSpec
        {
            Source = "frozen-bubble-data 2.212-11", Licence = "GPL-2.0-only", Name = "frozen-bubble/win_p1", BaseName = "frozen-bubble/win", Label = "winning",
            Subject = "penguin", Colour = "purple", Direction = "w", Loops = false, Mirrorable = true, Paces = [(1, "")], Stride = 1, Split = "train",
            Files = Pngs(Sprites("frozen-bubble")),
        },
    ];

    private static SequenceSpec Header(string team, string colour, string direction, string split) => new()
    {
        Source = "tuxfootball 0.3.1-7",
        Licence = "GPL-2.0-or-later",
        Name = $"tuxfootball/{team}/header/{direction}",
        BaseName = $"tuxfootball/header/{direction}",
        Label = "header",
        Subject = "footballer",
        Colour = colour,
        Direction = direction,
        Loops = false,
        Mirrorable = false,
        Paces = [(1, "")],
        Stride = 1,
        Split = split,
        Files = Pngs(Sprites($"tuxfootball/{team}/header/{direction}")),
    };

    private static string[] Pngs(string folder) => [.. Directory.GetFiles(folder, "*.png").Order(StringComparer.Ordinal)];
}
