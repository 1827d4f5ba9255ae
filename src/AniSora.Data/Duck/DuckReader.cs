using System.Text;

namespace AniSora.Data.Duck;

/// <summary>The rows of a query, one after the other, read from DuckDB's own column vectors without boxing.</summary>
public sealed unsafe class DuckReader : IDisposable
{
    private DuckNative.Result _result;
    private readonly DuckNative.TypeId[] _types;
    private readonly void*[] _data;
    private readonly ulong*[] _validity;
    private nint _chunk;
    private int _row, _rows;
    private bool _disposed;

    internal DuckReader(DuckNative.Result result)
    {
        _result = result;
        int count = (int)DuckNative.duckdb_column_count(&result);
        var names = new string[count];
        (_types, _data, _validity) = (new DuckNative.TypeId[count], new void*[count], new ulong*[count]);
        for (int i = 0; i < count; i++)
        {
            names[i] = DuckNative.Text(DuckNative.duckdb_column_name(&result, (ulong)i));
            _types[i] = (DuckNative.TypeId)DuckNative.duckdb_column_type(&result, (ulong)i);
        }

        Columns = names;
    }

    /// <summary>The column names, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Steps to the next row.</summary>
    /// <returns>False after the last row.</returns>
    /// <exception cref="DuckException">The query fails half-way, for example over a damaged file.</exception>
    public bool Read()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _row++;
        while (_row >= _rows)
        {
            FreeChunk();
            _chunk = DuckNative.duckdb_fetch_chunk(_result);
            _row = 0;
            if (_chunk == 0)
            {
                fixed (DuckNative.Result* result = &_result)
                {
                    string error = DuckNative.Text(DuckNative.duckdb_result_error(result));
                    return error.Length == 0 ? false : throw new DuckException(DuckDatabase.FirstLine(error));
                }
            }

            _rows = (int)DuckNative.duckdb_data_chunk_get_size(_chunk);
            if (_rows == 0)
                return false;
            for (int i = 0; i < _types.Length; i++)
            {
                nint vector = DuckNative.duckdb_data_chunk_get_vector(_chunk, (ulong)i);
                _data[i] = DuckNative.duckdb_vector_get_data(vector);
                // A null mask means that every value is valid.
                _validity[i] = DuckNative.duckdb_vector_get_validity(vector);
            }
        }

        return true;
    }

    /// <summary>Whether the value is NULL.</summary>
    public bool IsNull(int column) => _validity[column] != null && (_validity[column][_row / 64] >> (_row % 64) & 1) == 0;

    /// <summary>A VARCHAR value.</summary>
    /// <exception cref="DuckException">The value is NULL or of another type.</exception>
    public string GetString(int column)
    {
        Require(column, _types[column] == DuckNative.TypeId.Varchar, "VARCHAR");
        return Encoding.UTF8.GetString(DuckNative.InlineString.Bytes((DuckNative.InlineString*)_data[column] + _row));
    }

    /// <summary>A BOOLEAN value.</summary>
    /// <exception cref="DuckException">The value is NULL or of another type.</exception>
    public bool GetBoolean(int column)
    {
        Require(column, _types[column] == DuckNative.TypeId.Boolean, "BOOLEAN");
        return ((byte*)_data[column])[_row] != 0;
    }

    /// <summary>A value of any integer type up to 64 bits.</summary>
    /// <exception cref="DuckException">The value is NULL or of another type.</exception>
    public long GetInt64(int column)
    {
        var type = _types[column];
        Require(column, type is >= DuckNative.TypeId.TinyInt and <= DuckNative.TypeId.UBigInt, "an integer");
        void* data = _data[column];
        return type switch
        {
            DuckNative.TypeId.TinyInt => ((sbyte*)data)[_row],
            DuckNative.TypeId.SmallInt => ((short*)data)[_row],
            DuckNative.TypeId.Integer => ((int*)data)[_row],
            DuckNative.TypeId.BigInt => ((long*)data)[_row],
            DuckNative.TypeId.UTinyInt => ((byte*)data)[_row],
            DuckNative.TypeId.USmallInt => ((ushort*)data)[_row],
            DuckNative.TypeId.UInteger => ((uint*)data)[_row],
            _ => checked((long)((ulong*)data)[_row]),
        };
    }

    /// <summary>A FLOAT or DOUBLE value.</summary>
    /// <exception cref="DuckException">The value is NULL or of another type.</exception>
    public double GetDouble(int column)
    {
        Require(column, _types[column] is DuckNative.TypeId.Float or DuckNative.TypeId.Double, "DOUBLE");
        return _types[column] == DuckNative.TypeId.Float ? ((float*)_data[column])[_row] : ((double*)_data[column])[_row];
    }

    /// <summary>A value as <see cref="string"/>, <see cref="bool"/>, <see cref="long"/> or <see cref="double"/>, boxed: for small results.</summary>
    /// <exception cref="DuckException">The value is NULL or of another type.</exception>
    public object GetValue(int column) => _types[column] switch
    {
        DuckNative.TypeId.Varchar => GetString(column),
        DuckNative.TypeId.Boolean => GetBoolean(column),
        DuckNative.TypeId.Float or DuckNative.TypeId.Double => GetDouble(column),
        _ => GetInt64(column),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        FreeChunk();
        fixed (DuckNative.Result* result = &_result)
            DuckNative.duckdb_destroy_result(result);
    }

    private void Require(int column, bool typeFits, string wanted)
    {
        if (!typeFits)
            throw new DuckException($"column {Columns[column]} is not {wanted}");
        if (IsNull(column))
            throw new DuckException($"column {Columns[column]} is NULL");
    }

    private void FreeChunk()
    {
        if (_chunk != 0)
            DuckNative.duckdb_destroy_data_chunk(ref _chunk);
        _rows = 0;
    }
}
