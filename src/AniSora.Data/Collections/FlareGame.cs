using System.Text.Json;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>The enemies of Flare: rendered figures in eight directions, on one large picture each.</summary>
internal sealed class FlareGame : FootageCollection
{
    private const int FewestFrames = 4;

    // Seen in the pictures: 0 looks to the left, 2 away, 4 to the right, 6 at the viewer.
    private static readonly string[] _directions = ["w", "nw", "n", "ne", "e", "se", "s", "sw"];

    private static readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal)
    {
        ["stance"] = "standing",
        ["run"] = "running",
        ["shoot"] = "shooting",
        ["die"] = "dying",
        ["critdie"] = "dying",
        ["swing"] = "swinging",
        ["cast"] = "casting",
        ["cast_alt"] = "casting",
        ["hit"] = "being hit",
        ["spawn"] = "rising",
        ["block"] = "blocking",
        ["dash_attack"] = "dashing",
    };

    /// <inheritdoc/>
    public override string Name => "flare-game";
    /// <inheritdoc/>
    public override string Summary => "rendered fantasy figures in 8 directions, 30–230 pixels, alpha";
    /// <inheritdoc/>
    public override string Licence => "CC-BY-SA-3.0";
    /// <inheritdoc/>
    public override string Attribution => "Flare by Clint Bellanger and others, flarerpg.org";
    /// <inheritdoc/>
    public override IReadOnlyList<CollectionCount> Expected => [new("sequences", 1240), new("frames", 7824)];
    internal override IReadOnlyList<Package> Packages =>
        [new DebianPackage("flare-game", "1.14-1", "4ab6a8298276013d35a0806257e130d992761af1b749041433b409c3dafec508", 122_515_912)];

    internal override Listing List(IReadOnlyList<UnpackedPackage> packages)
    {
        var sources = new List<SourceRow>();
        // Several figures are drawn with the same rectangles of the same picture, tinted by the engine.
        var seen = new HashSet<(string, string)>();
        int frames = 0;
        foreach (string mod in Directory.GetDirectories(Folder(packages[0], "usr/share/games/flare/mods")).Order(StringComparer.Ordinal))
        {
            string definitions = Path.Combine(mod, "animations/enemies");
            if (!Directory.Exists(definitions))
                continue;
            foreach (string file in Directory.GetFiles(definitions, "*.txt").Order(StringComparer.Ordinal))
            {
                string unit = Path.GetFileNameWithoutExtension(file);
                var (image, actions) = FlareAnimation.Read(file);
                string picture = Path.Combine(mod, image);
                if (image.Length == 0 || !File.Exists(picture))
                    continue;
                foreach (var action in actions)
                {
                    foreach (var (direction, rectangles) in action.Directions.Index())
                    {
                        string played = JsonSerializer.Serialize(Played(action.Type, rectangles));
                        if (rectangles.Length < FewestFrames || !seen.Add((picture, played)))
                            continue;
                        frames += rectangles.Length;
                        sources.Add(Describe(unit, action, _directions[direction], picture) with { Frames = played, Fps = rectangles.Length * 1000 / action.Milliseconds });
                    }
                }
            }
        }
        return new(sources, [new("sequences", sources.Count), new("frames", frames)]);
    }

    private SourceRow Describe(string unit, FlareAction action, string direction, string picture)
    {
        string subject = unit.Replace('_', ' '), label = _labels.GetValueOrDefault(action.Name, "");
        return Source($"{unit}/{action.Name}/{direction}", SourceKind.Sheet, picture, new FileInfo(picture).Length, Family(unit), $"{subject} {label}".TrimEnd()) with
        {
            Label = label,
            Subject = subject,
            Direction = direction,
            Loops = action.Type is "looped" or "back_forth",
            // Shadows fall to the right.
            Mirrorable = false,
        };
    }

    /// <summary>Figures of one family are the same body in other colours, sizes and gear.</summary>
    private static string Family(string unit) => unit.Contains("ant", StringComparison.Ordinal) ? "ant" : unit == "goblin_minecart" ? unit : unit.Split('_')[0];

    /// <summary>The frames of one round: there and back again for <c>back_forth</c>.</summary>
    private static IEnumerable<int[]> Played(string type, int[][] rectangles) =>
        type == "back_forth" && rectangles.Length > 2 ? rectangles.Concat(rectangles[1..^1].Reverse()) : rectangles;
}
