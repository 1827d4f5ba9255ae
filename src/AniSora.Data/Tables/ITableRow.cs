namespace AniSora.Data.Tables;

/// <summary>
/// A row of a Parquet table. Its properties that can be set are the columns, in order: their names in snake_case; string is VARCHAR, int
/// INTEGER, long BIGINT, double DOUBLE, bool BOOLEAN. No column is NULL. <see cref="Table{TRow}"/> reads and writes them.
/// </summary>
/// <remarks>The columns' meanings stand in <c>docs/data-format.md</c>, which a test compares with these types.</remarks>
public interface ITableRow
{
    /// <summary>The table's name, such as <c>shots</c>.</summary>
    static abstract string TableName { get; }

    /// <summary>Raised when a column changes its meaning, name or type, or one is added that readers must know.</summary>
    static abstract int SchemaVersion { get; }
}
