using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using DuckDB.NET.Data;

namespace AniSora.Data.Tables;

/// <summary>A column of a table.</summary>
/// <param name="Name">In snake_case.</param>
/// <param name="Type">DuckDB's name of the type.</param>
/// <param name="Default">What stands for it in a file of another program that lacks it; null if it must be there.</param>
public sealed record TableColumn(string Name, string Type, object? Default);

/// <summary>
/// A Parquet table of <typeparamref name="TRow"/>: the pipeline's parts, the clip index. Files are written whole or not at all, say in their
/// metadata what they are, and have their digest beside them; rows are streamed, so memory does not grow with the table.
/// </summary>
/// <typeparam name="TRow">A record: what can be set are the columns, in that order.</typeparam>
public static class Table<TRow>
    where TRow : class, ITableRow
{
    private static readonly ConstructorInfo _constructor = typeof(TRow).GetConstructors().MaxBy(c => c.GetParameters().Length)!;
    private static readonly PropertyInfo[] _properties = [.. typeof(TRow).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite)];
    private static readonly Func<DuckDBDataReader, TRow> _read = CompileRead();

    /// <summary>The columns, in order.</summary>
    public static IReadOnlyList<TableColumn> Columns { get; } = Describe();

    /// <summary>The columns for a SELECT, quoted.</summary>
    public static string ColumnList { get; } = string.Join(", ", Columns.Select(c => $"\"{c.Name}\""));

    /// <summary>Writes a file.</summary>
    /// <param name="path">The Parquet file.</param>
    /// <param name="rows">The rows, taken one after the other; sorted by what filters ask for, these can skip row groups.</param>
    /// <param name="provenance">What they were made from, in one line, for the file's metadata.</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void Write(string path, IEnumerable<TRow> rows, string provenance = "") =>
        ParquetFile.Write(path, [.. _properties.Select((property, i) => WriterOf(Columns[i].Name, property))], rows, Note(provenance));

    /// <summary>Reads a file's rows in the order they are stored.</summary>
    /// <param name="path">The Parquet file.</param>
    /// <exception cref="InputException">The file is missing or damaged, or holds another table or schema version.</exception>
    public static List<TRow> Read(string path) => [.. Stream([path])];

    /// <summary>Reads the rows of several files, one after the other; memory does not grow with their number.</summary>
    /// <param name="paths">Parquet files of this table.</param>
    /// <param name="where">A SQL condition of this program's own making (never a person's), or empty.</param>
    /// <exception cref="InputException">As for <see cref="Read"/>.</exception>
    public static IEnumerable<TRow> Stream(IEnumerable<string> paths, string where = "")
    {
        using var database = Database.Open();
        foreach (string path in paths)
        {
            FileDigest.Check(path);
            string select = $"SELECT {ColumnList} FROM {TableShape.Fit(database, path, Columns, Note(""))}{(where.Length > 0 ? $" WHERE {where}" : "")}";
            using var reader = Open(database, path, select);
            while (Next(reader, path) is { } row)
                yield return row;
        }
    }

    /// <summary>The row on which a reader stands that was opened with <see cref="ColumnList"/>.</summary>
    internal static TRow Row(DuckDBDataReader reader) => _read(reader);

    /// <summary>What a file of this table says of itself.</summary>
    internal static TableNote Note(string provenance) => new(TRow.TableName, TRow.SchemaVersion, provenance);

    private static DuckDBDataReader Open(DuckDBConnection database, string path, string select)
    {
        try
        {
            return database.Query(select);
        }
        catch (DuckDBException e)
        {
            throw ParquetFile.Unreadable(path, e);
        }
    }

    private static TRow? Next(DuckDBDataReader reader, string path)
    {
        try
        {
            return reader.Read() ? _read(reader) : null;
        }
        catch (DuckDBException e)
        {
            throw ParquetFile.Unreadable(path, e);
        }
    }

    private static TableColumn[] Describe()
    {
        // Nothing is constructed but to see what a property that need not be set is set to.
        var unset = _constructor.GetParameters().Length == 0 ? Activator.CreateInstance<TRow>() : null;
        return [.. _properties.Select(p => new TableColumn(JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name), SqlType(p),
            unset is null || p.IsDefined(typeof(RequiredMemberAttribute)) ? null : p.GetValue(unset)))];
    }

    private static Column<TRow> WriterOf(string name, PropertyInfo property)
    {
        Func<TRow, T> Get<T>() => property.GetMethod!.CreateDelegate<Func<TRow, T>>();
        switch (Type.GetTypeCode(property.PropertyType))
        {
            case TypeCode.String:
                var text = Get<string>();
                return Column.Of(name, (TRow row) => text(row).AsMemory());
            case TypeCode.Int32:
                return Column.Of(name, Get<int>());
            case TypeCode.Int64:
                return Column.Of(name, Get<long>());
            case TypeCode.Double:
                return Column.Of(name, Get<double>());
            default:
                return Column.Of(name, Get<bool>());
        }
    }

    private static Func<DuckDBDataReader, TRow> CompileRead()
    {
        var reader = Expression.Parameter(typeof(DuckDBDataReader));
        Expression[] values = [.. _properties.Select((p, i) => Expression.Call(reader, $"Get{p.PropertyType.Name}", null, Expression.Constant(i)))];
        Expression row = _constructor.GetParameters().Length > 0
            ? Expression.New(_constructor, values)
            : Expression.MemberInit(Expression.New(_constructor), _properties.Select((p, i) => Expression.Bind(p, values[i])));
        return Expression.Lambda<Func<DuckDBDataReader, TRow>>(row, reader).Compile();
    }

    private static string SqlType(PropertyInfo property) => Type.GetTypeCode(property.PropertyType) switch
    {
        TypeCode.String => "VARCHAR",
        TypeCode.Int32 => "INTEGER",
        TypeCode.Int64 => "BIGINT",
        TypeCode.Double => "DOUBLE",
        TypeCode.Boolean => "BOOLEAN",
        _ => throw new InvalidOperationException($"{typeof(TRow).Name}.{property.Name}: a column cannot be a {property.PropertyType.Name}"),
    };
}
