using System.Globalization;

namespace AniSora.Data;

/// <summary>One action of a figure of the Flare engine.</summary>
/// <param name="Name">Such as <c>run</c>.</param>
/// <param name="Milliseconds">How long it takes once.</param>
/// <param name="Type"><c>looped</c>, <c>play_once</c> or <c>back_forth</c>.</param>
/// <param name="Directions">Per direction (0 = west, then clockwise on the screen) its rectangles in the large picture, one per frame:
/// x, y, width, height, and the figure's foot in the rectangle.</param>
internal sealed record FlareAction(string Name, double Milliseconds, string Type, int[][][] Directions);

/// <summary>Reads the Flare engine's animation definitions: <c>image=</c>, then sections with <c>frame=index,direction,x,y,w,h,offset_x,offset_y</c>.</summary>
internal static class FlareAnimation
{
    private const int Directions = 8;

    /// <summary>Reads a definition.</summary>
    /// <param name="path">The text file.</param>
    /// <returns>The picture's path below the mod's folder (empty if the file only refers to another) and the actions; a direction that lacks
    /// a frame has none.</returns>
    public static (string Image, List<FlareAction> Actions) Read(string path)
    {
        string image = "";
        var actions = new List<FlareAction>();
        Section? section = null;
        foreach (string line in File.ReadLines(path).Select(l => l.Trim()))
        {
            if (line.StartsWith('[') && line.EndsWith(']'))
            {
                section?.AddTo(actions);
                section = new Section(line[1..^1]);
            }
            else if (line.Split('=', 2) is [var key, var value] && !line.StartsWith('#'))
            {
                if (section is null)
                    image = key == "image" ? value : image;
                else if (!section.Take(key, value))
                    throw new InputException($"{path}: \"{line}\" cannot be read; the package has another format than the one known");
            }
        }
        section?.AddTo(actions);
        return (image, actions);
    }

    private sealed class Section(string name)
    {
        private readonly SortedDictionary<(int Direction, int Frame), int[]> _rectangles = [];
        private int _frames;
        private double _milliseconds;
        private string _type = "";

        public bool Take(string key, string value)
        {
            switch (key)
            {
                case "frames":
                    return int.TryParse(value, CultureInfo.InvariantCulture, out _frames);
                case "duration":
                    // "800ms" or "2s".
                    double unit = value.EndsWith("ms", StringComparison.Ordinal) ? 1 : 1000;
                    bool read = double.TryParse(value.TrimEnd('m', 's'), CultureInfo.InvariantCulture, out double amount);
                    _milliseconds = amount * unit;
                    return read;
                case "type":
                    _type = value;
                    return true;
                case "frame":
                    var numbers = new int[8];
                    string[] parts = value.Split(',');
                    if (parts.Length < numbers.Length || !numbers.Index().All(n => int.TryParse(parts[n.Index], CultureInfo.InvariantCulture, out numbers[n.Index])))
                        return false;
                    _rectangles[(numbers[1], numbers[0])] = numbers[2..];
                    return true;
                default:
                    return true;
            }
        }

        public void AddTo(List<FlareAction> actions) => actions.Add(new FlareAction(name, _milliseconds, _type,
            [.. Enumerable.Range(0, Directions).Select(d => Enumerable.Range(0, _frames).All(f => _rectangles.ContainsKey((d, f)))
                ? Enumerable.Range(0, _frames).Select(f => _rectangles[(d, f)]).ToArray()
                : [])]));
    }
}
