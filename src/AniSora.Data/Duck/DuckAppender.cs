using System.Text;

namespace AniSora.Data.Duck;

/// <summary>Appends rows to a table. Values are given column by column, then <see cref="EndRow"/>; <see cref="Complete"/> stores them.</summary>
public sealed unsafe class DuckAppender : IDisposable
{
    private nint _appender;

    internal DuckAppender(nint appender) => _appender = appender;

    /// <summary>The next column's text.</summary>
    public DuckAppender Add(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* pointer = bytes)
            return Check(DuckNative.duckdb_append_varchar_length(_appender, pointer, (ulong)bytes.Length));
    }

    /// <summary>The next column's integer.</summary>
    public DuckAppender Add(long value) => Check(DuckNative.duckdb_append_int64(_appender, value));

    /// <summary>The next column's number.</summary>
    public DuckAppender Add(double value) => Check(DuckNative.duckdb_append_double(_appender, value));

    /// <summary>The next column's truth value.</summary>
    public DuckAppender Add(bool value) => Check(DuckNative.duckdb_append_bool(_appender, value ? (byte)1 : (byte)0));

    /// <summary>Ends the row.</summary>
    /// <exception cref="DuckException">Columns are missing.</exception>
    public void EndRow() => Check(DuckNative.duckdb_appender_end_row(_appender));

    /// <summary>Stores all rows.</summary>
    /// <exception cref="DuckException">A value breaks a constraint of the table.</exception>
    public void Complete() => Check(DuckNative.duckdb_appender_close(_appender));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_appender != 0)
            DuckNative.duckdb_appender_destroy(ref _appender);
    }

    private DuckAppender Check(int failed) =>
        failed == 0 ? this : throw new DuckException(DuckDatabase.FirstLine(DuckNative.Text(DuckNative.duckdb_appender_error(_appender))));
}
