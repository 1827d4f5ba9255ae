using AniSora.Data.Pipeline;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data;

/// <summary>
/// The clip index: a Parquet file with one row per clip, read through DuckDB. Safe to use from several threads (one query at a time).
/// Queries can read this file and nothing else.
/// </summary>
public sealed partial class ClipIndex : IDisposable
{
    /// <summary>The index's file name in a dataset folder.</summary>
    public const string FileName = "clips.parquet";

    private readonly DuckDBConnection _database;
    private readonly Lock _lock = new();

    private ClipIndex(string path, DuckDBConnection database, string digest) => (FilePath, _database, Digest) = (path, database, digest);

    /// <summary>The Parquet file.</summary>
    public string FilePath { get; }

    /// <summary>The dataset folder, where the shards lie.</summary>
    public string Folder => Path.GetDirectoryName(FilePath)!;

    /// <summary>The number of clips.</summary>
    public int Count { get; private init; }

    /// <summary>XXH128 of the file, hexadecimal: changes whenever its rows do.</summary>
    public string Digest { get; }

    // Quoted, since "offset" is also a keyword.
    private static string ColumnList => Table<ClipRow>.ColumnList;

    /// <summary>Opens an index and checks its columns and version.</summary>
    /// <param name="path">The Parquet file, or the dataset folder that holds <see cref="FileName"/>.</param>
    /// <exception cref="InputException">The file is missing, damaged, lacks a column, or has another schema version.</exception>
    public static ClipIndex Open(string path)
    {
        string file = Path.GetFullPath(Directory.Exists(path) ? Path.Combine(path, FileName) : path);
        if (!File.Exists(file))
            throw new InputException($"{file}: no such clip index; give the folder that `anisora data ingest FOOTAGE --out FOLDER` or `anisora data prepare demo` has made");
        string digest = FileDigest.Check(file);
        var database = Database.Open();
        try
        {
            // A filter given by a person reaches no other file.
            database.LockTo(file);
            database.Execute($"CREATE VIEW clips AS FROM {TableShape.Fit(database, file, Table<ClipRow>.Columns, Table<ClipRow>.Note(""), rowNumbers: true)}");
            using var count = database.Query("SELECT count(*) FROM clips");
            count.Read();
            return count.GetInt64(0) is > 0 and var clips ? new ClipIndex(file, database, digest) { Count = checked((int)clips) }
                : throw new InputException($"{file}: the index has no clips; {DatasetFolder.Again(file)}");
        }
        catch (DuckDBException e)
        {
            database.Dispose();
            throw ParquetFile.Unreadable(file, e);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Writes an index, sorted by split, label and clip_id so that filters on them skip row groups. Whole or not at all.</summary>
    /// <param name="path">The Parquet file.</param>
    /// <param name="rows">The clips.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<ClipRow> rows) => Table<ClipRow>.Write(path, rows
        .OrderBy(r => r.Split, StringComparer.Ordinal).ThenBy(r => r.Label, StringComparer.Ordinal).ThenBy(r => r.ClipId, StringComparer.Ordinal));

    /// <summary>The clips that a SQL condition selects, ordered by clip_id.</summary>
    /// <param name="where">A condition over the columns, such as <c>split = 'train' AND label = 'running'</c>; empty for all.</param>
    /// <returns>The rows; none if nothing matches.</returns>
    /// <exception cref="InputException">The condition is not valid SQL, or the file has been damaged since it was opened.</exception>
    public List<ClipRow> Query(string where = "")
    {
        var rows = new List<ClipRow>();
        lock (_lock)
        {
            try
            {
                using var reader = _database.Query($"SELECT {ColumnList} FROM {Matching(where)} ORDER BY clip_id");
                while (reader.Read())
                    rows.Add(Table<ClipRow>.Row(reader));
            }
            catch (DuckDBException e)
            {
                throw BadFilter(where, e);
            }
        }

        return rows;
    }

    /// <summary>The clips that a condition selects, of which there must be at least one.</summary>
    /// <param name="where">As for <see cref="Query"/>.</param>
    /// <exception cref="InputException">As for <see cref="Query"/>, or nothing matches; the message names the labels and splits there are.</exception>
    public List<ClipRow> Require(string where)
    {
        var rows = Query(where);
        return rows.Count > 0 ? rows : throw new InputException(
            $"{FilePath}: no clip matches \"{where}\"; label is one of {string.Join(", ", Values("label"))}; split is one of {string.Join(", ", Values("split"))}");
    }

    /// <summary>The different values of a text column, sorted.</summary>
    /// <param name="column">A VARCHAR column, such as <c>label</c>.</param>
    /// <param name="where">As for <see cref="Query"/>.</param>
    /// <exception cref="InputException">There is no such column, or the condition is not valid SQL.</exception>
    public List<string> Values(string column, string where = "")
    {
        if (Table<ClipRow>.Columns.All(c => c.Name != column))
            throw new InputException($"{FilePath}: no column \"{column}\"; columns are {ColumnList}");
        var values = new List<string>();
        lock (_lock)
        {
            try
            {
                using var reader = _database.Query($"SELECT DISTINCT CAST(\"{column}\" AS VARCHAR) AS value FROM {Matching(where)} ORDER BY value");
                while (reader.Read())
                    values.Add(reader.GetString(0));
            }
            catch (DuckDBException e)
            {
                throw BadFilter(where, e);
            }
        }

        return values;
    }

    /// <summary>Every text that training may give for a clip, and its mirror image.</summary>
    /// <param name="suffix">With the clip's scores behind it.</param>
    public List<string> CaptionTexts(bool suffix)
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        lock (_lock)
        {
            using var reader = _database.Query($"SELECT DISTINCT caption, caption_variants, {(suffix ? "caption_suffix" : "''")} FROM clips");
            while (reader.Read())
            {
                foreach (string text in ClipCaptions.All(reader.GetString(0), reader.GetString(1), reader.GetString(2), FilePath))
                    texts.UnionWith([text, ClipCaptions.Mirror(text)]);
            }
        }
        return [.. texts];
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    // The line break keeps a trailing SQL comment from swallowing the bracket.
    private static string Matching(string where) => string.IsNullOrWhiteSpace(where) ? "clips" : Database.Single($"SELECT * FROM clips WHERE ({where}\n)");

    private InputException BadFilter(string where, DuckDBException e) => new($"{FilePath}: filter \"{where}\" failed: {e.FirstLine()}; columns are {ColumnList}", e);
}
