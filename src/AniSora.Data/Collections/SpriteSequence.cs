using System.Text.Json;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>One animation in pictures of its own.</summary>
internal sealed record SpriteSequence
{
    /// <summary>The sequence's name, with its colour.</summary>
    public required string Name { get; init; }
    /// <summary>The name without the colour: sequences that share it show the same thing.</summary>
    public required string BaseName { get; init; }
    public required string Label { get; init; }
    public required string Subject { get; init; }
    public required string Colour { get; init; }
    public required string Direction { get; init; }
    /// <summary>The last frame is followed by the first.</summary>
    public required bool Loops { get; init; }
    public required bool Mirrorable { get; init; }
    /// <summary>Full paths of the pictures, all in one folder, in order.</summary>
    public required string[] Files { get; init; }

    /// <summary>The pictures in a folder that match a pattern, in order.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static string[] Pictures(string folder, string pattern, UnpackedPackage package)
    {
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new InputException($"{folder}: no {pattern} in package version {package.Version}; its layout has changed, use the version named in docs/data-format.md");
    }

    /// <summary>The sequence as a source. <see cref="Name"/> and <see cref="BaseName"/> begin with the collection's name.</summary>
    /// <param name="collection">The collection it belongs to.</param>
    /// <param name="fps">Frames per second at which it is shown.</param>
    public SourceRow AsSource(FootageCollection collection, double fps) => new(
        Name, 0, collection.Name, SourceKind.Pictures, Path.GetDirectoryName(Files[0])!, JsonSerializer.Serialize(Files.Select(Path.GetFileName)), Files.Sum(f => new FileInfo(f).Length),
        collection.Licence, collection.Attribution, BaseName, $"{Subject} {Label}", Label, Subject, Colour, Direction, fps, Loops, Mirrorable);
}
