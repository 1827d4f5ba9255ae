using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline;

/// <summary>Parquet files through DuckDB, written whole or not at all.</summary>
internal static class ParquetFile
{
    /// <summary>What stands in a FROM clause for a file.</summary>
    public static string Scan(string path) => $"read_parquet({Database.Literal(Path.GetFullPath(path))})";

    /// <summary>What stands in a FROM clause for several files of one schema.</summary>
    public static string Scan(IEnumerable<string> paths) => $"read_parquet([{string.Join(", ", paths.Select(p => Database.Literal(Path.GetFullPath(p))))}])";

    /// <summary>Writes the rows of a query, compressed with zstd.</summary>
    /// <param name="database">Where the query runs.</param>
    /// <param name="path">The Parquet file.</param>
    /// <param name="select">The query.</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    /// <exception cref="DuckDBException">The query fails.</exception>
    public static void Write(DuckDBConnection database, string path, string select) =>
        AtomicFile.WriteByName(path, temporary => database.Execute($"COPY ({select}) TO {Database.Literal(temporary)} (FORMAT parquet, COMPRESSION zstd)"));

    /// <summary>The columns' names and types.</summary>
    /// <exception cref="InputException">The file is missing or not Parquet.</exception>
    public static Dictionary<string, string> Columns(DuckDBConnection database, string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such table; run the stage that writes it (`anisora data ingest --help`)");
        try
        {
            var columns = new Dictionary<string, string>(StringComparer.Ordinal);
            using var reader = database.Query($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {Scan(path)})");
            while (reader.Read())
                columns[reader.GetString(0)] = reader.GetString(1);
            return columns;
        }
        catch (DuckDBException e)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The error for a damaged file.</summary>
    public static InputException Unreadable(string path, DuckDBException e) =>
        new($"{path}: not a readable Parquet file ({e.FirstLine()}); delete it and run the stage that writes it again", e);
}
