using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data;

/// <content>Questions in SQL, for people who look at their data.</content>
public sealed partial class ClipIndex
{
    /// <summary>
    /// Answers a question about the clips: <c>SELECT label, count(*) AS clips FROM clips GROUP BY label ORDER BY label</c>. The table
    /// <c>clips</c> has the columns of <c>docs/data-format.md</c>; nothing else can be read.
    /// </summary>
    /// <param name="select">One SELECT statement; keep what it returns small, all of it comes into memory.</param>
    /// <exception cref="InputException">It is not valid SQL, or the file has been damaged since it was opened.</exception>
    public SqlTable Sql(string select)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(select);
        string answer = Database.Single(select);
        lock (_lock)
        {
            try
            {
                return Read($"SELECT {ReadableColumns(answer)} FROM {answer}");
            }
            catch (DuckDBException e)
            {
                throw new InputException($"{FilePath}: SQL \"{select.ReplaceLineEndings(" ").Trim()}\" failed: {e.FirstLine()}; columns of clips are {ColumnList}", e);
            }
        }
    }

    /// <summary>The answer's columns, in types that come out of DuckDB: sums and decimals as doubles, lists and times as text.</summary>
    private string ReadableColumns(string answer)
    {
        var columns = new List<string>();
        using var reader = _database.Query($"SELECT column_name, column_type FROM (DESCRIBE FROM {answer})");
        while (reader.Read())
        {
            string name = $"\"{reader.GetString(0).Replace("\"", "\"\"")}\"", type = reader.GetString(1);
            columns.Add(type switch
            {
                "BOOLEAN" or "VARCHAR" => name,
                "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" => $"CAST({name} AS BIGINT) AS {name}",
                "UBIGINT" or "HUGEINT" or "UHUGEINT" or "FLOAT" or "DOUBLE" => $"CAST({name} AS DOUBLE) AS {name}",
                _ when type.StartsWith("DECIMAL", StringComparison.Ordinal) => $"CAST({name} AS DOUBLE) AS {name}",
                _ => $"CAST({name} AS VARCHAR) AS {name}",
            });
        }
        return string.Join(", ", columns);
    }

    private SqlTable Read(string sql)
    {
        using var reader = _database.Query(sql);
        var columns = Enumerable.Range(0, reader.FieldCount);
        var rows = new List<IReadOnlyList<object?>>();
        while (reader.Read())
            rows.Add([.. columns.Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]);
        return new SqlTable([.. columns.Select(reader.GetName)], rows);
    }
}
