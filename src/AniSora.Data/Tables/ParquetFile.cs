using System.Globalization;
using System.IO.Compression;
using AniSora.Data.Pipeline;
using DuckDB.NET.Data;
using Parquet;
using Parquet.Schema;

namespace AniSora.Data.Tables;

/// <summary>What a table's file says of itself, in its metadata.</summary>
/// <param name="Table">The table's name, such as <c>shots</c>.</param>
/// <param name="SchemaVersion">Which version of its columns.</param>
/// <param name="Provenance">What it was made from, in one line: the stage with its fingerprint, or the settings.</param>
internal sealed record TableNote(string Table, int SchemaVersion, string Provenance)
{
    /// <summary>Keys in the file's metadata.</summary>
    public const string TableKey = "anisora.table", SchemaKey = "anisora.schema_version", ToolKey = "anisora.tool_version", ProvenanceKey = "anisora.provenance";

    /// <summary>The metadata of a file that is written now.</summary>
    public Dictionary<string, string> Metadata => new()
    {
        [TableKey] = Table,
        [SchemaKey] = SchemaVersion.ToString(CultureInfo.InvariantCulture),
        [ToolKey] = ToolVersion.Current,
        [ProvenanceKey] = Provenance,
    };
}

/// <summary>Parquet files: written by Parquet.Net, column by column, whole or not at all and with their digest; asked through DuckDB.</summary>
internal static class ParquetFile
{
    /// <summary>Rows that are written, and can be skipped by a filter, together: few enough to prune by, and to hold in memory.</summary>
    private const int GroupRows = 1 << 16;

    /// <summary>What stands in a FROM clause for a file.</summary>
    /// <exception cref="InputException">The file is missing, or does not have its digest.</exception>
    public static string Scan(string path) => Scan([path]);

    /// <summary>What stands in a FROM clause for several files of one schema.</summary>
    /// <exception cref="InputException">A file is missing, or does not have its digest.</exception>
    public static string Scan(IEnumerable<string> paths) => $"read_parquet([{string.Join(", ", paths.Select(path =>
    {
        FileDigest.Check(path);
        return Database.Literal(Path.GetFullPath(path));
    }))}])";

    /// <summary>Writes the answer of a query.</summary>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    /// <exception cref="DuckDBException">The query fails.</exception>
    public static void Write(DuckDBConnection database, string path, string select, TableNote note)
    {
        using var reader = database.Query(select);
        Write(path, [.. Enumerable.Range(0, reader.FieldCount).Select(i => Column.Of(reader, i))], Rows(), note);

        IEnumerable<DuckDBDataReader> Rows()
        {
            while (reader.Read())
                yield return reader;
        }
    }

    /// <summary>Writes rows, one row group in memory at a time.</summary>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void Write<TSource>(string path, IReadOnlyList<Column<TSource>> columns, IEnumerable<TSource> rows, TableNote note)
    {
        string digest = "";
        AtomicFile.Write(path, stream =>
        {
            WriteAsync(stream, columns, rows, note).GetAwaiter().GetResult();
            stream.Position = 0;
            digest = FileDigest.Of(stream);
            // The old digest goes before the new file comes: whenever the power fails, no good file lies beside another's digest.
            File.Delete(FileDigest.Beside(path));
        });
        FileDigest.Write(path, digest);
    }

    /// <summary>The error for a damaged file.</summary>
    public static InputException Unreadable(string path, DuckDBException e) => new($"{path}: not a readable Parquet file ({e.FirstLine()}); {DatasetFolder.Again(path)}", e);

    private static async Task WriteAsync<TSource>(Stream stream, IReadOnlyList<Column<TSource>> columns, IEnumerable<TSource> rows, TableNote note)
    {
        var options = new ParquetOptions
        {
            CompressionMethod = CompressionMethod.Zstd,
            // Its default is zstd's slowest level, twelve times as slow for a few per cent.
            CompressionLevel = CompressionLevel.Fastest,
            // Buffers are pooled by the thousand otherwise.
            MaximumSmallPoolFreeBytes = 16 << 20,
            MaximumLargePoolFreeBytes = 32 << 20,
        };
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(c => c.Field)), stream, options).ConfigureAwait(false);
        writer.CustomMetadata = note.Metadata;
        int held = 0;
        foreach (var row in rows)
        {
            foreach (var column in columns)
                column.Take(row);
            if (++held == GroupRows)
                await FlushAsync().ConfigureAwait(false);
        }
        if (held > 0)
            await FlushAsync().ConfigureAwait(false);

        async Task FlushAsync()
        {
            using var group = writer.CreateRowGroup();
            foreach (var column in columns)
                await column.WriteAsync(group).ConfigureAwait(false);
            held = 0;
        }
    }
}
