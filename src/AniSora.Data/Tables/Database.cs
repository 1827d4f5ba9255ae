using System.Globalization;
using DuckDB.NET.Data;

namespace AniSora.Data.Tables;

/// <summary>DuckDB in memory, the project's way: limits are explicit, and extensions are neither installed nor loaded by themselves.</summary>
/// <remarks>A connection is to be used from one thread at a time; a reader is to be disposed before the next statement.</remarks>
public static class Database
{
    /// <summary>Opens an empty database.</summary>
    /// <param name="threads">How many threads DuckDB may use, 1 or more.</param>
    /// <param name="memoryLimit">The most memory it may take, as DuckDB writes it, such as <c>512MiB</c>.</param>
    /// <exception cref="DuckDBException">A setting is refused.</exception>
    public static DuckDBConnection Open(int threads = 2, string memoryLimit = "512MiB")
    {
        var connection = new DuckDBConnection(string.Create(CultureInfo.InvariantCulture,
            $"DataSource=:memory:;threads={threads};memory_limit={memoryLimit};autoinstall_known_extensions=false;autoload_known_extensions=false"));
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>From here on SQL reads this one file and nothing else, and no setting can be changed: for conditions that a person gives.</summary>
    public static void LockTo(this DuckDBConnection connection, string file)
    {
        connection.Execute($"SET allowed_paths = [{Literal(Path.GetFullPath(file))}]");
        connection.Execute("SET enable_external_access = false");
        connection.Execute("SET lock_configuration = true");
    }

    /// <summary>Runs a statement and forgets its rows.</summary>
    /// <exception cref="DuckDBException">DuckDB refuses it.</exception>
    public static void Execute(this DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement; rows are streamed as they are read.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="sql">With <c>?</c> for each parameter. What a person wrote stands in it by <see cref="Single"/> only.</param>
    /// <param name="parameters">Their values.</param>
    /// <exception cref="DuckDBException">DuckDB refuses it.</exception>
    public static DuckDBDataReader Query(this DuckDBConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        foreach (object parameter in parameters)
            command.Parameters.Add(new DuckDBParameter(parameter));
        return command.ExecuteReader();
    }

    /// <summary>Text as a SQL literal, for the few places (such as COPY) that take no parameter.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''")}'";

    /// <summary>A SELECT that a person had a hand in, for a FROM clause: the driver runs several statements, this takes one SELECT only.</summary>
    public static string Single(string select) => $"query({Literal(select)})";

    /// <summary>What DuckDB said, in one line.</summary>
    public static string FirstLine(this DuckDBException error) => error.Message.Split('\n', 2)[0].Trim();
}
