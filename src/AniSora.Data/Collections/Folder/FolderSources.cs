using System.Text.Json;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>Lists the footage in a user's own folder.</summary>
public static class FolderSources
{
    /// <summary>The collection's name of sources that come from a folder.</summary>
    public const string Collection = "folder";

    /// <summary>Frames per second of numbered pictures where nothing is said: drawn animation "on twos".</summary>
    public const double PicturesFps = 12;

    /// <summary>
    /// Lists films, animated pictures and runs of numbered pictures, folder by folder in the order of their names. Hidden files and folders
    /// are left out; links are not followed (what they lead to is either listed at its own place, or lies outside); a folder that cannot be
    /// read, a playlist, a sound and a still picture become sources which probing refuses with the reason. Memory grows with the largest
    /// single folder, not with the tree.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Hears what is worth knowing, in one line each: links left out, gaps in numbers, descriptions of no source.</param>
    /// <param name="encoding">What descriptions and captions are written in; null for UTF-8.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">There is no such folder, or a description in it has an unknown field or a bad value.</exception>
    public static IEnumerable<SourceRow> List(string folder, Action<string>? note = null, string? encoding = null, CancellationToken cancellation = default)
    {
        if (File.Exists(folder))
            throw new InputException($"{folder}: is a file; give the folder that it lies in");
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such folder; check the path");
        return Walk(new DirectoryInfo(Path.GetFullPath(folder)), note ?? (_ => { }), new WrittenText(encoding), cancellation);
    }

    /// <summary>The run of numbered pictures that a folder holds.</summary>
    /// <exception cref="InputException">It holds none, or something else beside it.</exception>
    internal static SourceRow OfPictures(string folder) => List(folder).Take(2).ToArray() is [{ Kind: SourceKind.Pictures } only]
        ? only
        : throw new InputException($"{folder}: a folder that stands for a video holds one run of numbered pictures (0001.png, 0002.png, …) and nothing else");

    /// <summary>A film or an animation by itself; whether there is one, probing says.</summary>
    internal static SourceRow OfFile(string path) =>
        Source(Path.GetFileName(path), FileKinds.Of(new FileInfo(path)) == FileKind.Animation ? SourceKind.Animation : SourceKind.Film, path, 0);

    private static IEnumerable<SourceRow> Walk(DirectoryInfo root, Action<string> note, WrittenText text, CancellationToken cancellation)
    {
        var metadata = new SourceMetadata(root.FullName, text, note);
        int links = 0;
        // Not recursive: a tree can be deeper than a stack.
        var waiting = new Stack<(DirectoryInfo Folder, string Place)>([(root, "")]);
        while (waiting.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            var (folder, place) = next;
            FileSystemInfo[] entries;
            string? problem = null;
            try
            {
                entries = [.. folder.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }).Where(e => !e.Name.StartsWith('.'))];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                (entries, problem) = ([], e.Message);
            }
            if (problem is not null)
            {
                note($"{folder.FullName}: the folder cannot be read: {problem}");
                // A source without pictures: the probe finds out the same, and so it is on record.
                yield return Source(place.Length > 0 ? place : ".", SourceKind.Pictures, folder.FullName, 0);
                continue;
            }
            links += entries.Count(IsLink);
            var real = entries.Where(e => !IsLink(e)).OrderBy(e => e.Name, StringComparer.Ordinal).ToList();
            foreach (var source in InFolder([.. real.OfType<FileInfo>()], folder, place, metadata, note))
                yield return source;
            foreach (var sub in real.OfType<DirectoryInfo>().Reverse())
                waiting.Push((sub, Below(place, sub.Name)));
        }
        if (links > 0)
            note($"{root.FullName}: {links} links are not followed; what lies in the folder itself is listed");
        foreach (string unused in metadata.Unused)
            note(unused);
    }

    private static IEnumerable<SourceRow> InFolder(List<FileInfo> files, DirectoryInfo folder, string place, SourceMetadata metadata, Action<string> note)
    {
        foreach (var table in files.Where(f => MetadataTable.Names.Contains(f.Name)))
            metadata.AddTable(table.FullName, place);
        var names = files.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var beside = names.Where(n => !MetadataTable.Names.Contains(n) && Path.GetExtension(n) is ".txt" or ".json").ToHashSet(StringComparer.Ordinal);
        SourceRow Described(SourceRow source, string path, string file, string stem)
        {
            foreach (string caption in new[] { $"{stem}.txt", $"{file}.txt" }.Distinct().Where(names.Contains))
            {
                metadata.AddCaption(Path.Combine(folder.FullName, caption), path);
                beside.Remove(caption);
            }
            if (names.Contains($"{file}.json"))
            {
                metadata.AddFile(Path.Combine(folder.FullName, $"{file}.json"), path);
                beside.Remove($"{file}.json");
            }
            return metadata.Describe(source, path);
        }

        var pictures = new List<FileInfo>();
        foreach (var file in files)
        {
            var kind = FileKinds.Of(file);
            if (kind == FileKind.Picture)
                pictures.Add(file);
            else if (kind != FileKind.Other)
                yield return Described(Source(Below(place, file.Name), kind == FileKind.Film ? SourceKind.Film : SourceKind.Animation, file.FullName, LengthOf(file)), Below(place, file.Name), file.Name, Path.GetFileNameWithoutExtension(file.Name));
        }

        var size = pictures.ToDictionary(f => f.Name, LengthOf, StringComparer.Ordinal);
        var numbered = new HashSet<string>(StringComparer.Ordinal);
        var runs = NumberedPictures.Runs(size.Keys).Where(r => r.Files.Count >= 2).ToList();
        foreach (var run in runs)
        {
            numbered.UnionWith(run.Files);
            string name = Below(place, $"{run.Prefix}*{run.Extension}");
            if (run.Missing > 0)
                note($"{folder.FullName}: {run.Missing} numbers are missing in {run.Prefix}*{run.Extension}; the {run.Files.Count} pictures that are there follow each other");
            var source = Source(name, SourceKind.Pictures, folder.FullName, run.Files.Sum(f => size[f])) with { Frames = JsonSerializer.Serialize(run.Files), Fps = PicturesFps };
            // A table may name the only run in a folder by the folder.
            if (runs.Count == 1 && place.Length > 0)
                source = metadata.Describe(source, place);
            string stem = run.Prefix.TrimEnd('-', '_', '.', ' ', '(', '[', '{');
            yield return Described(source, name, stem, stem);
        }
        foreach (var picture in pictures.Where(f => !numbered.Contains(f.Name)))
        {
            var source = FileKinds.IsAnimatedPng(picture)
                ? Source(Below(place, picture.Name), SourceKind.Film, picture.FullName, LengthOf(picture))
                : Source(Below(place, picture.Name), SourceKind.Pictures, folder.FullName, LengthOf(picture)) with { Frames = JsonSerializer.Serialize(new[] { picture.Name }), Fps = PicturesFps };
            yield return Described(source, Below(place, picture.Name), picture.Name, Path.GetFileNameWithoutExtension(picture.Name));
        }
        if (beside.Count > 0)
            note($"{folder.FullName}: {string.Join(", ", beside.Order(StringComparer.Ordinal).Take(3))}{(beside.Count > 3 ? $" and {beside.Count - 3} more" : "")}: not used, for no film or animation goes by that name (walk.txt and walk.mp4.json are of walk.mp4)");
    }

    private static SourceRow Source(string path, string kind, string file, long bytes) =>
        new(path, 0, Collection, kind, file, "", bytes, "unknown", "", path, "", "", "", "", "", 0, false, false);

    // What cannot be asked for has all attributes.
    private static bool IsLink(FileSystemInfo entry) => entry.Attributes is var attributes && (int)attributes != -1 && attributes.HasFlag(FileAttributes.ReparsePoint);

    // A file can go, or its name be none that can be asked for, after it was listed; probing will say so.
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Below(string place, string name) => place.Length > 0 ? $"{place}/{name}" : name;
}
