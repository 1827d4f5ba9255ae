using AniSora.Data.Duck;

namespace AniSora.Data;

/// <summary>
/// The clip index: a Parquet file with one row per clip, read through DuckDB. Safe to use from several threads (one query at a time).
/// Queries can read this file and nothing else.
/// </summary>
public sealed partial class ClipIndex : IDisposable
{
    /// <summary>The index's file name in a dataset folder.</summary>
    public const string FileName = "clips.parquet";

    private readonly DuckDatabase _database;
    private readonly Lock _lock = new();

    private ClipIndex(string path, DuckDatabase database) => (FilePath, _database) = (path, database);

    /// <summary>The Parquet file.</summary>
    public string FilePath { get; }

    /// <summary>The dataset folder, where the shards lie.</summary>
    public string Folder => Path.GetDirectoryName(FilePath)!;

    /// <summary>The number of clips.</summary>
    public int Count { get; private set; }

    /// <summary>Opens an index and checks its columns and version.</summary>
    /// <param name="path">The Parquet file, or the dataset folder that holds <see cref="FileName"/>.</param>
    /// <exception cref="InputException">The file is missing, damaged, lacks a column, or has another schema version.</exception>
    public static ClipIndex Open(string path)
    {
        string file = Path.GetFullPath(Directory.Exists(path) ? Path.Combine(path, FileName) : path);
        if (!File.Exists(file))
            throw new InputException($"{file}: no such clip index; make it with `anisora data prepare demo`, or give the dataset's folder");
        var database = DuckDatabase.Open();
        try
        {
            CheckColumns(database, file);
            // From here on the database may read this one file: a filter given by a user reaches no other.
            string literal = DuckDatabase.Literal(file);
            database.Execute($"SET allowed_paths = [{literal}]");
            database.Execute("SET enable_external_access = false");
            database.Execute("SET lock_configuration = true");
            database.Execute($"CREATE VIEW clips AS SELECT * FROM read_parquet({literal}, file_row_number = true)");
            var index = new ClipIndex(file, database);
            index.Count = index.CheckVersion();
            return index;
        }
        catch (DuckException e)
        {
            database.Dispose();
            throw Unreadable(file, e);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

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
                // The line break keeps a trailing SQL comment from swallowing the bracket.
                using var reader = _database.Query($"SELECT {ColumnList} FROM clips WHERE ({Condition(where)}\n) ORDER BY clip_id");
                while (reader.Read())
                    rows.Add(ReadRow(reader));
            }
            catch (DuckException e)
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
    /// <exception cref="InputException">There is no such column.</exception>
    public List<string> Values(string column)
    {
        if (_columns.All(c => c.Name != column))
            throw new InputException($"{FilePath}: no column \"{column}\"; columns are {ColumnList}");
        var values = new List<string>();
        lock (_lock)
        {
            using var reader = _database.Query($"SELECT DISTINCT CAST({column} AS VARCHAR) AS value FROM clips ORDER BY value");
            while (reader.Read())
                values.Add(reader.GetString(0));
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

    private static string Condition(string where) => string.IsNullOrWhiteSpace(where) ? "true" : where;

    private InputException BadFilter(string where, DuckException e) => new($"{FilePath}: filter \"{where}\" failed: {e.Message}; columns are {ColumnList}", e);

    private static InputException Unreadable(string file, DuckException e) =>
        new($"{file}: not a readable Parquet file ({e.Message}); make it again with `anisora data prepare demo`", e);
}
