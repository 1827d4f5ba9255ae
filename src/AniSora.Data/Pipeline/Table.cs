using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline;

/// <summary>
/// A Parquet table of <typeparamref name="TRow"/>: every row also carries <c>tool_version</c> and <c>schema_version</c>. Files are written
/// whole or not at all; rows are streamed, so memory does not grow with the table.
/// </summary>
/// <typeparam name="TRow">A record whose constructor's parameters are the columns.</typeparam>
public static class Table<TRow>
    where TRow : class, ITableRow
{
    private sealed record Column(string Name, string Type, Action<IDuckDBAppenderRow, TRow> Append);

    private static readonly ConstructorInfo _constructor = typeof(TRow).GetConstructors().MaxBy(c => c.GetParameters().Length)!;
    private static readonly Column[] _columns = [.. _constructor.GetParameters().Select(Describe)];
    private static readonly Func<DuckDBDataReader, TRow> _read = CompileRead();

    /// <summary>The columns' names and SQL types, in order, without the two that every table has.</summary>
    public static IReadOnlyList<(string Name, string Type)> Columns { get; } = [.. _columns.Select(c => (c.Name, c.Type))];

    /// <summary>The columns for a SELECT, quoted.</summary>
    public static string ColumnList { get; } = string.Join(", ", _columns.Select(c => $"\"{c.Name}\""));

    /// <summary>Writes a file.</summary>
    /// <param name="path">The Parquet file.</param>
    /// <param name="rows">The rows, taken one after the other.</param>
    /// <param name="orderBy">SQL list of columns to sort by, for filters that skip row groups; empty keeps the order given.</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void Write(string path, IEnumerable<TRow> rows, string orderBy = "")
    {
        try
        {
            using var database = Database.Open();
            database.Execute($"CREATE TABLE t ({string.Join(", ", _columns.Select(c => $"\"{c.Name}\" {c.Type} NOT NULL"))})");
            using (var appender = database.CreateAppender("t"))
            {
                foreach (var row in rows)
                {
                    var written = appender.CreateRow();
                    foreach (var column in _columns)
                        column.Append(written, row);
                    written.EndRow();
                }
            }
            string sort = orderBy.Length > 0 ? $" ORDER BY {orderBy}" : "";
            ParquetFile.Write(database, path, $"SELECT *, '{ToolVersion.Current}' AS tool_version, CAST({TRow.SchemaVersion} AS INTEGER) AS schema_version FROM t{sort}");
        }
        catch (DuckDBException e)
        {
            throw new InputException($"{path}: table {TRow.TableName} was not written: {e.FirstLine()}", e);
        }
    }

    /// <summary>Reads a file's rows in the order they are stored.</summary>
    /// <param name="path">The Parquet file.</param>
    /// <exception cref="InputException">The file is missing or damaged, or holds another table or schema version.</exception>
    public static List<TRow> Read(string path) => [.. Stream([path])];

    /// <summary>Reads the rows of several files, one after the other; memory does not grow with their number.</summary>
    /// <param name="paths">Parquet files of this table.</param>
    /// <param name="where">A SQL condition of this program's own making (never a user's), or empty.</param>
    /// <exception cref="InputException">As for <see cref="Read"/>.</exception>
    public static IEnumerable<TRow> Stream(IEnumerable<string> paths, string where = "")
    {
        using var database = Database.Open();
        foreach (string path in paths)
        {
            Check(database, path);
            using var reader = Query(database, path, $"SELECT {ColumnList} FROM {ParquetFile.Scan(path)}{(where.Length > 0 ? $" WHERE {where}" : "")}");
            while (Next(reader, path))
                yield return _read(reader);
        }
    }

    private static bool Next(DuckDBDataReader reader, string path)
    {
        try
        {
            return reader.Read();
        }
        catch (DuckDBException e)
        {
            throw ParquetFile.Unreadable(path, e);
        }
    }

    private static DuckDBDataReader Query(DuckDBConnection database, string path, string sql)
    {
        try
        {
            return database.Query(sql);
        }
        catch (DuckDBException e)
        {
            throw ParquetFile.Unreadable(path, e);
        }
    }

    private static void Check(DuckDBConnection database, string path)
    {
        var present = ParquetFile.Columns(database, path);
        foreach (var (name, type) in Columns.Append(("schema_version", "INTEGER")))
        {
            if (!present.TryGetValue(name, out string? found))
                throw new InputException($"{path}: column {name} is missing: this is not a table of {TRow.TableName}; delete the file and run the stage again");
            if (found != type)
                throw new InputException($"{path}: column {name} is {found}, should be {type}: this is not a table of {TRow.TableName}; delete the file and run the stage again");
        }
        using var reader = Query(database, path, $"SELECT DISTINCT schema_version FROM {ParquetFile.Scan(path)}");
        while (Next(reader, path))
        {
            if (reader.GetInt64(0) != TRow.SchemaVersion)
                throw new InputException($"{path}: schema_version of {TRow.TableName} is {reader.GetInt64(0)}, this program reads {TRow.SchemaVersion}; delete the file and run the stage again");
        }
    }

    private static Column Describe(ParameterInfo parameter)
    {
        var (appender, row) = (Expression.Parameter(typeof(IDuckDBAppenderRow)), Expression.Parameter(typeof(TRow)));
        Expression value = Expression.Property(row, parameter.Name!);
        if (value.Type.IsValueType)
            value = Expression.Convert(value, typeof(Nullable<>).MakeGenericType(value.Type));
        var add = typeof(IDuckDBAppenderRow).GetMethod(nameof(IDuckDBAppenderRow.AppendValue), [value.Type])
            ?? throw new InvalidOperationException($"{typeof(TRow).Name}.{parameter.Name}: a column cannot be a {parameter.ParameterType.Name}");
        return new Column(JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!), SqlType(parameter.ParameterType),
            Expression.Lambda<Action<IDuckDBAppenderRow, TRow>>(Expression.Block(typeof(void), Expression.Call(appender, add, value)), appender, row).Compile());
    }

    private static Func<DuckDBDataReader, TRow> CompileRead()
    {
        var reader = Expression.Parameter(typeof(DuckDBDataReader));
        var values = _constructor.GetParameters().Select((parameter, i) => (Expression)(Type.GetTypeCode(parameter.ParameterType) switch
        {
            TypeCode.String => Expression.Call(reader, nameof(DuckDBDataReader.GetString), null, Expression.Constant(i)),
            TypeCode.Boolean => Expression.Call(reader, nameof(DuckDBDataReader.GetBoolean), null, Expression.Constant(i)),
            TypeCode.Double => Expression.Call(reader, nameof(DuckDBDataReader.GetDouble), null, Expression.Constant(i)),
            _ => Expression.ConvertChecked(Expression.Call(reader, nameof(DuckDBDataReader.GetInt64), null, Expression.Constant(i)), parameter.ParameterType),
        }));
        return Expression.Lambda<Func<DuckDBDataReader, TRow>>(Expression.New(_constructor, values), reader).Compile();
    }

    private static string SqlType(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.String => "VARCHAR",
        TypeCode.Int32 => "INTEGER",
        TypeCode.Int64 => "BIGINT",
        TypeCode.Double => "DOUBLE",
        _ => "BOOLEAN",
    };
}
