using System.Text.Json;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>The units of The Battle for Wesnoth: hand-drawn pixel art of mostly 72×72, a picture per frame, named by unit, direction and action.</summary>
internal sealed class Wesnoth : FootageCollection
{
    private const int FewestFrames = 4;

    /// <summary>Frames per second at which sequences are shown: the game gives most frames 100 ms.</summary>
    private const double Fps = 10;

    private static readonly string[] _directions = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];

    // The first word of a file's name that says what happens, and whether it goes on for ever.
    private static readonly Dictionary<string, (string Label, bool Loops)> _actions = new(StringComparer.Ordinal)
    {
        ["idle"] = ("idling", false),
        ["bob"] = ("standing", true),
        ["stand"] = ("standing", true),
        ["standing"] = ("standing", true),
        ["run"] = ("running", true),
        ["move"] = ("running", true),
        ["moving"] = ("running", true),
        ["fly"] = ("flying", true),
        ["flying"] = ("flying", true),
        ["takeoff"] = ("taking off", false),
        ["swim"] = ("swimming", true),
        ["die"] = ("dying", false),
        ["dying"] = ("dying", false),
        ["death"] = ("dying", false),
        ["attack"] = ("attacking", false),
        ["melee"] = ("attacking", false),
        ["sword"] = ("attacking", false),
        ["blade"] = ("attacking", false),
        ["axe"] = ("attacking", false),
        ["hammer"] = ("attacking", false),
        ["mace"] = ("attacking", false),
        ["spear"] = ("attacking", false),
        ["pierce"] = ("attacking", false),
        ["impact"] = ("attacking", false),
        ["bite"] = ("attacking", false),
        ["claws"] = ("attacking", false),
        ["ranged"] = ("shooting", false),
        ["bow"] = ("shooting", false),
        ["shoot"] = ("shooting", false),
        ["fire"] = ("breathing fire", false),
        ["magic"] = ("casting", false),
        ["cast"] = ("casting", false),
        ["heal"] = ("healing", false),
        ["healing"] = ("healing", false),
        ["teleport"] = ("teleporting", false),
        ["defend"] = ("defending", false),
    };

    /// <inheritdoc/>
    public override string Name => "wesnoth";
    /// <inheritdoc/>
    public override string Summary => "hand-drawn pixel-art units, mostly 72×72, alpha";
    /// <inheritdoc/>
    public override string Licence => "GPL-2.0-or-later";
    /// <inheritdoc/>
    public override string Attribution => "The Battle for Wesnoth by David White and many contributors, www.wesnoth.org";
    /// <inheritdoc/>
    public override IReadOnlyList<CollectionCount> Expected => [new("sequences", 577), new("frames", 3996)];
    internal override IReadOnlyList<Package> Packages =>
        [new DebianPackage("wesnoth-1.16-data", "1:1.16.9-1", "1012b964bd412a6770685e3324ae3b61e176caff7846192d1ee63d55cd621e26", 146_229_044)];

    internal override Listing List(IReadOnlyList<UnpackedPackage> packages)
    {
        string data = Folder(packages[0], "usr/share/games/wesnoth/1.16/data");
        var sources = new List<SourceRow>();
        int frames = 0;
        foreach (string units in Directory.GetDirectories(data, "units", SearchOption.AllDirectories).Where(d => d.Contains("/images/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            foreach (string folder in Directory.GetDirectories(units, "*", SearchOption.AllDirectories).Append(units).Order(StringComparer.Ordinal))
            {
                string[] names = [.. Directory.GetFiles(folder, "*.png").Select(f => Path.GetFileName(f))];
                foreach (var run in NumberedPictures.Runs(names).Where(r => r.Files.Count >= FewestFrames))
                {
                    sources.Add(Describe(Path.GetRelativePath(data, folder).Replace("core/images/units/", "", StringComparison.Ordinal), folder, run, names));
                    frames += run.Files.Count;
                }
            }
        }
        return new(sources, [new("sequences", sources.Count), new("frames", frames)]);
    }

    private SourceRow Describe(string place, string folder, NumberedPictures.Run run, string[] names)
    {
        string stem = run.Prefix.TrimEnd('-', '_'), unit = Unit(stem, names), race = place.Split('/')[0];
        string[] rest = stem[unit.Length..].Split(['-', '_'], StringSplitOptions.RemoveEmptyEntries);
        var (label, loops) = rest.FirstOrDefault(_actions.ContainsKey) is { } word ? _actions[word] : ("", false);
        // "archer+female" is the archer drawn once more.
        string body = unit.Split('+')[0], subject = (unit.EndsWith("+female", StringComparison.Ordinal) ? "female " : "") + body.Replace('-', ' ');
        return Source($"{place}/{stem}", SourceKind.Pictures, folder, run.Files.Sum(f => new FileInfo(Path.Combine(folder, f)).Length), $"{race}/{body}", $"{subject} {label}".TrimEnd()) with
        {
            Frames = JsonSerializer.Serialize(run.Files),
            Label = label,
            Subject = subject,
            Direction = rest.FirstOrDefault(_directions.Contains, ""),
            Fps = Fps,
            Loops = loops,
            Mirrorable = true,
        };
    }

    /// <summary>The longest beginning of a name, at whole words, of which there is a picture by itself; else the first word.</summary>
    private static string Unit(string stem, string[] names)
    {
        for (int end = stem.Length; end > 0; end = stem.LastIndexOfAny(['-', '_'], end - 1))
        {
            if (names.Contains(stem[..end] + ".png"))
                return stem[..end];
        }
        return stem.Split('-', '_')[0];
    }
}
