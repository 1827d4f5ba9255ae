using System.Globalization;
using System.Text.RegularExpressions;

namespace AniSora.Data;

/// <summary>Finds pictures whose names differ in a running number only: the frames of one animation.</summary>
internal static partial class NumberedPictures
{
    /// <summary>Pictures of one name and running numbers.</summary>
    /// <param name="Prefix">What comes before the number.</param>
    /// <param name="Extension">What comes after it: the extension with its dot, and a bracket before it, as in <c>walk (1).png</c>.</param>
    /// <param name="Files">The file names, by number.</param>
    /// <param name="Missing">How many numbers between the first and the last have no picture.</param>
    public sealed record Run(string Prefix, string Extension, IReadOnlyList<string> Files, long Missing);

    /// <summary>Sorts file names into runs, in the order of their prefixes. A name without a number is no run.</summary>
    /// <param name="names">File names of one folder.</param>
    public static IEnumerable<Run> Runs(IEnumerable<string> names)
    {
        var numbered =
            from name in names
            let match = Numbered().Match(name)
            where match.Success
            group (Name: name, Number: long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)) by (Prefix: match.Groups["prefix"].Value, Extension: match.Groups["extension"].Value);
        foreach (var run in numbered.OrderBy(r => r.Key.Prefix, StringComparer.Ordinal).ThenBy(r => r.Key.Extension, StringComparer.Ordinal))
        {
            var files = run.OrderBy(f => f.Number).ThenBy(f => f.Name, StringComparer.Ordinal).ToList();
            long numbers = files[^1].Number - files[0].Number + 1, present = files.DistinctBy(f => f.Number).LongCount();
            yield return new Run(run.Key.Prefix, run.Key.Extension, [.. files.Select(f => f.Name)], numbers - present);
        }
    }

    // At most 15 digits: a time stamp is a number, a checksum is a name.
    [GeneratedRegex(@"\A(?<prefix>(?:.*[^0-9])?)(?<number>[0-9]{1,15})(?<extension>[)\]}]?\.[A-Za-z]+)\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();
}
