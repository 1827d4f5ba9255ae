using System.Formats.Tar;
using System.IO.Compression;

namespace AniSora.Data;

/// <summary>Unpacks an npm package's archive. The archive is not trusted: no entry may lead out of the folder, be a link, or fill the disk.</summary>
internal static class Tarball
{
    private const long MostBytes = 4L << 30;
    private const int MostEntries = 200_000;

    /// <summary>Unpacks the content of the archive's top folder.</summary>
    /// <param name="file">A .tgz file.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">It is no such archive, is damaged, or holds what it must not.</exception>
    public static void Unpack(string file, string folder, CancellationToken cancellation = default)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var plain = new GZipStream(stream, CompressionMode.Decompress);
            using var archive = new TarReader(plain);
            Directory.CreateDirectory(folder);
            long bytes = 0;
            for (int entries = 0; archive.GetNextEntry() is { } entry; entries++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
                    continue;
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                    throw new InputException($"{file}: \"{entry.Name}\" is a {entry.EntryType}, only plain files are unpacked; delete the file");
                bytes += entry.Length;
                if (bytes > MostBytes || entries >= MostEntries)
                    throw new InputException($"{file}: holds more than {MostEntries} files or {MostBytes >> 30} GiB; delete it");
                string target = Path.Combine(folder, Relative(entry.Name) ?? throw new InputException($"{file}: \"{entry.Name}\" leads out of the archive's folder; delete the file"));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                entry.ExtractToFile(target, overwrite: false);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or FormatException)
        {
            throw new InputException($"{file}: cannot be unpacked: {e.Message}; delete it and try again", e);
        }
    }

    /// <summary>The path below the top folder (npm: <c>package/</c>), or null if it is not a plain one.</summary>
    private static string? Relative(string name)
    {
        string[] parts = name.Split('/');
        return parts.Length > 1 && parts.All(part => part is not ("" or "." or "..") && !part.Contains('\\') && !part.Contains('\0')) ? Path.Combine(parts[1..]) : null;
    }
}
