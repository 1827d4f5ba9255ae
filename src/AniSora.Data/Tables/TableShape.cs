using System.Globalization;
using AniSora.Data.Pipeline;
using DuckDB.NET.Data;

namespace AniSora.Data.Tables;

/// <summary>
/// Fits a file to a table: other integer and float widths, dictionaries of text and missing optional columns, as other programs (pandas,
/// Arrow) write them, are read as the table's own types; columns that the table does not have stay beside them.
/// </summary>
internal static class TableShape
{
    private static readonly string[] _integers = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"];

    /// <summary>What stands in a FROM clause for a file, with every column of the table in its type.</summary>
    /// <param name="database">Reads the file's head.</param>
    /// <param name="path">The Parquet file, which has its digest.</param>
    /// <param name="columns">The table's columns.</param>
    /// <param name="expected">The table's name and version.</param>
    /// <param name="rowNumbers">Whether a column <c>file_row_number</c> is added.</param>
    /// <exception cref="InputException">The file is not Parquet, or of another table or version; a column is missing, has no fitting type, or is
    /// NULL somewhere and has no default.</exception>
    public static string Fit(DuckDBConnection database, string path, IReadOnlyList<TableColumn> columns, TableNote expected, bool rowNumbers = false)
    {
        string file = Database.Literal(Path.GetFullPath(path));
        try
        {
            CheckNote(database, path, file, expected);
            // What has its digest is as this program wrote it: in the table's types, and without a NULL.
            bool ours = File.Exists(FileDigest.Beside(path));
            var present = Present(database, file);
            List<string> replaced = [], added = [];
            foreach (var column in columns)
            {
                string name = $"\"{column.Name}\"", fallback = column.Default is null ? "" : Literal(column);
                if (!present.TryGetValue(column.Name, out string? type))
                    added.Add(column.Default is null
                        ? throw new InputException($"{path}: column {column.Name} is missing: this is not a table of {expected.Table}; {DatasetFolder.Again(path)}")
                        : $", {fallback} AS {name}");
                else if (!Fits(type, column.Type))
                    throw new InputException($"{path}: column {column.Name} is {type}, should be {column.Type}: this is not a table of {expected.Table}; {DatasetFolder.Again(path)}");
                else if (!ours && column.Default is not null)
                    replaced.Add($"coalesce(CAST({name} AS {column.Type}), {fallback}) AS {name}");
                else if (type != column.Type)
                    replaced.Add($"CAST({name} AS {column.Type}) AS {name}");
            }
            if (!ours)
                RequireValues(database, path, file, columns.Where(c => c.Default is null));
            string replace = replaced.Count > 0 ? $" REPLACE ({string.Join(", ", replaced)})" : "";
            return $"(SELECT *{replace}{string.Concat(added)} FROM read_parquet({file}{(rowNumbers ? ", file_row_number = true" : "")}))";
        }
        catch (DuckDBException e)
        {
            throw ParquetFile.Unreadable(path, e);
        }
    }

    /// <summary>A file that says what it is must be that.</summary>
    private static void CheckNote(DuckDBConnection database, string path, string file, TableNote expected)
    {
        var note = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var reader = database.Query($"SELECT decode(key), decode(value) FROM parquet_kv_metadata({file}) WHERE decode(key) LIKE 'anisora.%'"))
        {
            while (reader.Read())
                note[reader.GetString(0)] = reader.GetString(1);
        }
        if (!note.TryGetValue(TableNote.TableKey, out string? table))
            return;
        if (table != expected.Table)
            throw new InputException($"{path}: this is a table of {table}, not of {expected.Table}; {DatasetFolder.Again(path)}");
        string version = note.GetValueOrDefault(TableNote.SchemaKey, "unknown");
        if (version != expected.SchemaVersion.ToString(CultureInfo.InvariantCulture))
            throw new InputException($"{path}: schema_version of {table} is {version}, this program reads {expected.SchemaVersion}; {DatasetFolder.Again(path)}");
    }

    private static Dictionary<string, string> Present(DuckDBConnection database, string file)
    {
        var present = new Dictionary<string, string>(StringComparer.Ordinal);
        using var reader = database.Query($"SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet({file}))");
        while (reader.Read())
            present[reader.GetString(0)] = reader.GetString(1);
        return present;
    }

    private static void RequireValues(DuckDBConnection database, string path, string file, IEnumerable<TableColumn> required)
    {
        using var reader = database.Query($"SELECT {string.Join(", ", required.Select(c => $"count(*) - count(\"{c.Name}\")"))} FROM read_parquet({file})");
        reader.Read();
        foreach (var (column, i) in required.Select((c, i) => (c, i)))
        {
            if (reader.GetInt64(i) is > 0 and var empty)
                throw new InputException($"{path}: column {column.Name} is NULL in {empty} rows; give it a value there");
        }
    }

    private static bool Fits(string type, string wanted) => type == wanted || wanted switch
    {
        "VARCHAR" => type.StartsWith("ENUM", StringComparison.Ordinal),
        "DOUBLE" => type is "FLOAT" || _integers.Contains(type) || type.StartsWith("DECIMAL", StringComparison.Ordinal),
        "INTEGER" or "BIGINT" => _integers.Contains(type),
        _ => false,
    };

    private static string Literal(TableColumn column) => column.Default is string text
        ? Database.Literal(text)
        : $"CAST({Convert.ToString(column.Default, CultureInfo.InvariantCulture)} AS {column.Type})";
}
