using System.Text.RegularExpressions;

namespace AniSora.Jupyter.Magics;

/// <summary>A magic at the top of a cell.</summary>
/// <param name="Name">Without its <c>%</c>.</param>
/// <param name="Argument">The rest of its line, trimmed.</param>
/// <param name="Line">Line in the cell, from 1.</param>
internal sealed record MagicCall(string Name, string Argument, int Line);

/// <summary>A cell taken apart: magics and package sources at its top, C# below.</summary>
/// <param name="Code">C# with as many lines as the cell, so that line numbers agree.</param>
/// <param name="Magics">In order.</param>
/// <param name="PackageSources">Of <c>#i "nuget: …"</c> lines.</param>
internal sealed partial record CellSource(string Code, IReadOnlyList<MagicCall> Magics, IReadOnlyList<string> PackageSources)
{
    /// <summary>Takes a cell apart. Magics stand above the code, so that a remainder (<c>%</c>) on a line of its own is never one.</summary>
    public static CellSource Of(string cell)
    {
        string[] lines = cell.Replace("\r\n", "\n").Split('\n');
        List<MagicCall> magics = [];
        List<string> sources = [];
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (Source().Match(line) is { Success: true } source)
            {
                sources.Add(source.Groups[1].Value.Trim());
                lines[i] = "";
            }
            else if (Magic().Match(line) is { Success: true } magic)
            {
                var call = new MagicCall(magic.Groups[2].Value, magic.Groups[3].Value.Trim(), i + 1);
                magics.Add(call);
                // What %time measures may stand on its own line; the blanks keep the columns.
                lines[i] = call.Name == "time" && call.Argument.Length > 0 ? new string(' ', magic.Groups[3].Index) + magic.Groups[3].Value : "";
                if (lines[i].Length > 0)
                    break;
            }
            else if (!string.IsNullOrWhiteSpace(line) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !line.StartsWith("#r ", StringComparison.Ordinal)
                && !line.StartsWith("#load ", StringComparison.Ordinal))
            {
                break;
            }
        }
        return new CellSource(string.Join('\n', lines), magics, sources);
    }

    [GeneratedRegex("""^\s*#i\s+"nuget:(.*)"\s*$""")]
    private static partial Regex Source();

    [GeneratedRegex(@"^(%%?|#!)([A-Za-z_]\w*)(.*)$")]
    private static partial Regex Magic();
}
