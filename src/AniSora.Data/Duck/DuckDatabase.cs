using System.Globalization;
using System.Text;

namespace AniSora.Data.Duck;

/// <summary>DuckDB refused a statement; the message is its first line.</summary>
/// <param name="message">What DuckDB said.</param>
public sealed class DuckException(string message) : Exception(message);

/// <summary>
/// An in-memory DuckDB database with one connection. Extensions are neither installed nor loaded by themselves. Not thread-safe: use it from
/// one thread at a time.
/// </summary>
public sealed unsafe class DuckDatabase : IDisposable
{
    private nint _database, _connection;

    private DuckDatabase(nint database, nint connection) => (_database, _connection) = (database, connection);

    /// <summary>Opens an empty database.</summary>
    /// <param name="threads">How many threads DuckDB may use, 1 or more.</param>
    /// <param name="memoryLimit">The most memory it may take, as DuckDB writes it, such as <c>512MiB</c>.</param>
    /// <exception cref="InputException">DuckDB's library is missing.</exception>
    /// <exception cref="DuckException">A setting is refused.</exception>
    public static DuckDatabase Open(int threads = 2, string memoryLimit = "512MiB")
    {
        DuckLibrary.Load();
        Check(DuckNative.duckdb_create_config(out nint config) == 0, "no memory for a configuration");
        try
        {
            foreach (var (name, value) in new[]
            {
                ("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false"),
                ("threads", threads.ToString(CultureInfo.InvariantCulture)), ("memory_limit", memoryLimit),
            })
                Check(DuckNative.duckdb_set_config(config, name, value) == 0, $"setting {name} = {value} is refused");
            if (DuckNative.duckdb_open_ext(null, out nint database, config, out byte* error) != 0)
            {
                string message = DuckNative.Text(error);
                DuckNative.duckdb_free(error);
                throw new DuckException(message);
            }

            if (DuckNative.duckdb_connect(database, out nint connection) == 0)
                return new DuckDatabase(database, connection);
            DuckNative.duckdb_close(ref database);
            throw new DuckException("cannot connect to the database just opened");
        }
        finally
        {
            DuckNative.duckdb_destroy_config(ref config);
        }
    }

    /// <summary>Runs one statement and forgets its rows.</summary>
    /// <param name="sql">One statement, with <c>?</c> for each parameter.</param>
    /// <param name="parameters">Null, bool, int, long, double or string.</param>
    /// <exception cref="DuckException">DuckDB refuses the statement.</exception>
    public void Execute(string sql, params ReadOnlySpan<object?> parameters)
    {
        using var reader = Query(sql, parameters);
        while (reader.Read())
        {
        }
    }

    /// <summary>Runs one statement; rows are streamed as they are read.</summary>
    /// <param name="sql">One statement, with <c>?</c> for each parameter.</param>
    /// <param name="parameters">Null, bool, int, long, double or string.</param>
    /// <returns>The rows; to be disposed before the next statement.</returns>
    /// <exception cref="DuckException">DuckDB refuses the statement.</exception>
    public DuckReader Query(string sql, params ReadOnlySpan<object?> parameters)
    {
        ObjectDisposedException.ThrowIf(_connection == 0, this);
        int failed = DuckNative.duckdb_prepare(_connection, sql, out nint statement);
        try
        {
            Check(failed == 0, DuckNative.Text(DuckNative.duckdb_prepare_error(statement)));
            ulong expected = DuckNative.duckdb_nparams(statement);
            Check(expected == (ulong)parameters.Length, $"the statement has {expected} parameters, {parameters.Length} were given");
            for (int i = 0; i < parameters.Length; i++)
                Bind(statement, (ulong)i + 1, parameters[i]);
            DuckNative.Result result;
            if (DuckNative.duckdb_execute_prepared_streaming(statement, &result) == 0)
                return new DuckReader(result);
            string message = DuckNative.Text(DuckNative.duckdb_result_error(&result));
            DuckNative.duckdb_destroy_result(&result);
            throw new DuckException(FirstLine(message));
        }
        finally
        {
            DuckNative.duckdb_destroy_prepare(ref statement);
        }
    }

    /// <summary>Opens a table for fast appending; the rows arrive when the appender is completed.</summary>
    /// <param name="table">An existing table.</param>
    /// <exception cref="DuckException">There is no such table.</exception>
    public DuckAppender Append(string table)
    {
        ObjectDisposedException.ThrowIf(_connection == 0, this);
        if (DuckNative.duckdb_appender_create(_connection, null, table, out nint appender) == 0)
            return new DuckAppender(appender);
        string message = DuckNative.Text(DuckNative.duckdb_appender_error(appender));
        DuckNative.duckdb_appender_destroy(ref appender);
        throw new DuckException(FirstLine(message));
    }

    /// <summary>Text as a SQL literal, for the few places (such as COPY) that take no parameter.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''")}'";

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_connection != 0)
            DuckNative.duckdb_disconnect(ref _connection);
        if (_database != 0)
            DuckNative.duckdb_close(ref _database);
    }

    internal static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();

    private static void Bind(nint statement, ulong index, object? value)
    {
        int failed;
        switch (value)
        {
            case null:
                failed = DuckNative.duckdb_bind_null(statement, index);
                break;
            case bool flag:
                failed = DuckNative.duckdb_bind_boolean(statement, index, flag ? (byte)1 : (byte)0);
                break;
            case int number:
                failed = DuckNative.duckdb_bind_int64(statement, index, number);
                break;
            case long number:
                failed = DuckNative.duckdb_bind_int64(statement, index, number);
                break;
            case double number:
                failed = DuckNative.duckdb_bind_double(statement, index, number);
                break;
            case string text:
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                fixed (byte* pointer = bytes)
                    failed = DuckNative.duckdb_bind_varchar_length(statement, index, pointer, (ulong)bytes.Length);
                break;
            default:
                throw new ArgumentException($"a parameter of type {value.GetType().Name} is not supported");
        }

        Check(failed == 0, $"parameter {index} is refused");
    }

    private static void Check(bool ok, string message)
    {
        if (!ok)
            throw new DuckException(FirstLine(message));
    }
}
