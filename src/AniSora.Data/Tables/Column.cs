using System.Buffers;
using DuckDB.NET.Data;
using Parquet;
using Parquet.Schema;

namespace AniSora.Data.Tables;

/// <summary>A column on its way into a Parquet file: takes its value from each row and writes those of a row group at once.</summary>
/// <typeparam name="TSource">What a row is: a record, or a reader that stands on it.</typeparam>
internal abstract class Column<TSource>(string name, Type type)
{
    /// <summary>Name and type in the file; never NULL.</summary>
    public DataField Field { get; } = new(name, type, isNullable: false);

    /// <summary>Keeps the value of a row.</summary>
    public abstract void Take(TSource row);

    /// <summary>Writes the values kept, and forgets them.</summary>
    public abstract Task WriteAsync(ParquetRowGroupWriter group);
}

/// <summary>The columns of a query's answer.</summary>
internal static class Column
{
    /// <summary>A column whose value is read by a function; text as <see cref="ReadOnlyMemory{T}"/> of char.</summary>
    public static Column<TSource> Of<TSource, T>(string name, Func<TSource, T> value)
        where T : struct => new Typed<TSource, T>(name, value);

    /// <summary>A column of a query's answer.</summary>
    /// <param name="rows">The answer.</param>
    /// <param name="i">The column, from 0.</param>
    public static Column<DuckDBDataReader> Of(DuckDBDataReader rows, int i)
    {
        string name = rows.GetName(i);
        return Type.GetTypeCode(rows.GetFieldType(i)) switch
        {
            TypeCode.String => Of(name, (DuckDBDataReader row) => row.GetString(i).AsMemory()),
            TypeCode.Int32 => Of(name, (DuckDBDataReader row) => row.GetInt32(i)),
            TypeCode.Int64 => Of(name, (DuckDBDataReader row) => row.GetInt64(i)),
            TypeCode.Double => Of(name, (DuckDBDataReader row) => row.GetDouble(i)),
            TypeCode.Boolean => Of(name, (DuckDBDataReader row) => row.GetBoolean(i)),
            _ => throw new InvalidOperationException($"column {name} is {rows.GetDataTypeName(i)}: a table has VARCHAR, INTEGER, BIGINT, DOUBLE and BOOLEAN only"),
        };
    }

    private sealed class Typed<TSource, T>(string name, Func<TSource, T> value) : Column<TSource>(name, typeof(T) == typeof(ReadOnlyMemory<char>) ? typeof(string) : typeof(T))
        where T : struct
    {
        private readonly ArrayBufferWriter<T> _values = new();

        public override void Take(TSource row)
        {
            _values.GetSpan(1)[0] = value(row);
            _values.Advance(1);
        }

        public override async Task WriteAsync(ParquetRowGroupWriter group)
        {
            await group.WriteAsync(Field, _values.WrittenMemory).ConfigureAwait(false);
            _values.ResetWrittenCount();
        }
    }
}
