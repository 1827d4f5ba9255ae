using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace AniSora.Data.Duck;

/// <summary>The part of DuckDB's C API that is used, as declared in its <c>duckdb.h</c>.</summary>
internal static unsafe partial class DuckNative
{
    private const string Library = "duckdb";

    /// <summary><c>duckdb_result</c>: handed to some functions by value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Result
    {
        private readonly ulong _columns, _rows, _changed;
        private readonly nint _columnData, _error, _internal;
    }

    /// <summary><c>duckdb_string_t</c>: up to 12 bytes lie inside, longer text behind a pointer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    public struct InlineString
    {
        [FieldOffset(0)] private readonly uint _length;
        [FieldOffset(4)] private fixed byte _inline[12];
        [FieldOffset(8)] private readonly byte* _pointer;

        public static ReadOnlySpan<byte> Bytes(InlineString* text) =>
            text->_length <= 12 ? new(text->_inline, (int)text->_length) : new(text->_pointer, (int)text->_length);
    }

    public enum TypeId
    {
        Boolean = 1, TinyInt, SmallInt, Integer, BigInt, UTinyInt, USmallInt, UInteger, UBigInt, Float, Double,
        Varchar = 17,
    }

    // The analyzer warns because an initializer runs unasked; this one only registers a callback, and must come before any call.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void RegisterResolver() =>
        NativeLibrary.SetDllImportResolver(typeof(DuckNative).Assembly, (name, _, _) => name == Library ? DuckLibrary.Load() : 0);

    [LibraryImport(Library)] public static partial byte* duckdb_library_version();
    [LibraryImport(Library)] public static partial int duckdb_create_config(out nint config);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int duckdb_set_config(nint config, string name, string option);
    [LibraryImport(Library)] public static partial void duckdb_destroy_config(ref nint config);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int duckdb_open_ext(string? path, out nint database, nint config, out byte* error);
    [LibraryImport(Library)] public static partial void duckdb_free(void* memory);
    [LibraryImport(Library)] public static partial int duckdb_connect(nint database, out nint connection);
    [LibraryImport(Library)] public static partial void duckdb_disconnect(ref nint connection);
    [LibraryImport(Library)] public static partial void duckdb_close(ref nint database);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int duckdb_prepare(nint connection, string sql, out nint statement);
    [LibraryImport(Library)] public static partial byte* duckdb_prepare_error(nint statement);
    [LibraryImport(Library)] public static partial ulong duckdb_nparams(nint statement);
    [LibraryImport(Library)] public static partial void duckdb_destroy_prepare(ref nint statement);
    [LibraryImport(Library)] public static partial int duckdb_bind_boolean(nint statement, ulong index, byte value);
    [LibraryImport(Library)] public static partial int duckdb_bind_int64(nint statement, ulong index, long value);
    [LibraryImport(Library)] public static partial int duckdb_bind_double(nint statement, ulong index, double value);
    [LibraryImport(Library)] public static partial int duckdb_bind_varchar_length(nint statement, ulong index, byte* text, ulong length);
    [LibraryImport(Library)] public static partial int duckdb_bind_null(nint statement, ulong index);
    [LibraryImport(Library)] public static partial int duckdb_execute_prepared_streaming(nint statement, Result* result);
    [LibraryImport(Library)] public static partial byte* duckdb_result_error(Result* result);
    [LibraryImport(Library)] public static partial void duckdb_destroy_result(Result* result);

    [LibraryImport(Library)] public static partial ulong duckdb_column_count(Result* result);
    [LibraryImport(Library)] public static partial byte* duckdb_column_name(Result* result, ulong column);
    [LibraryImport(Library)] public static partial int duckdb_column_type(Result* result, ulong column);
    [LibraryImport(Library)] public static partial nint duckdb_fetch_chunk(Result result);
    [LibraryImport(Library)] public static partial void duckdb_destroy_data_chunk(ref nint chunk);
    [LibraryImport(Library)] public static partial ulong duckdb_data_chunk_get_size(nint chunk);
    [LibraryImport(Library)] public static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);
    [LibraryImport(Library)] public static partial void* duckdb_vector_get_data(nint vector);
    [LibraryImport(Library)] public static partial ulong* duckdb_vector_get_validity(nint vector);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int duckdb_appender_create(nint connection, string? schema, string table, out nint appender);
    [LibraryImport(Library)] public static partial byte* duckdb_appender_error(nint appender);
    [LibraryImport(Library)] public static partial int duckdb_appender_end_row(nint appender);
    [LibraryImport(Library)] public static partial int duckdb_appender_close(nint appender);
    [LibraryImport(Library)] public static partial int duckdb_appender_destroy(ref nint appender);
    [LibraryImport(Library)] public static partial int duckdb_append_bool(nint appender, byte value);
    [LibraryImport(Library)] public static partial int duckdb_append_int64(nint appender, long value);
    [LibraryImport(Library)] public static partial int duckdb_append_double(nint appender, double value);
    [LibraryImport(Library)] public static partial int duckdb_append_varchar_length(nint appender, byte* text, ulong length);
    [LibraryImport(Library)] public static partial int duckdb_append_null(nint appender);

    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
