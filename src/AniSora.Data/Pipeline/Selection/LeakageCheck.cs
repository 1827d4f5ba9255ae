using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline.Selection;

/// <summary>Fails when what is held out is also trained on.</summary>
internal static class LeakageCheck
{
    /// <summary>Checks the verdicts.</summary>
    /// <param name="database">Has the tables <c>verdicts</c>, <c>candidates</c> and <c>duplicates</c>.</param>
    /// <param name="name">The data set, for the message.</param>
    /// <exception cref="InputException">An identity is in two splits, or a near-duplicate is in another split than its original.</exception>
    public static void Run(DuckDBConnection database, string name)
    {
        Fail(database, """
            SELECT c.identity, min(c.clip_id), max(c.clip_id) FROM verdicts v JOIN candidates c USING (clip_id) WHERE removed_by = ''
            GROUP BY c.identity HAVING count(DISTINCT split) > 1 LIMIT 1
            """, name, "identity");
        Fail(database, """
            SELECT d.original, a.clip_id, b.clip_id FROM duplicates d
            JOIN candidates a ON a.sequence_id = d.sequence_id JOIN verdicts x ON x.clip_id = a.clip_id
            JOIN candidates b ON b.sequence_id = d.original JOIN verdicts y ON y.clip_id = b.clip_id
            WHERE x.split <> y.split LIMIT 1
            """, name, "near-duplicates of sequence");
    }

    private static void Fail(DuckDBConnection database, string query, string name, string what)
    {
        using var reader = database.Query(query);
        if (reader.Read())
            throw new InputException($"{name}: {what} \"{reader.GetString(0)}\" would be in both splits (clips {reader.GetString(1)} and {reader.GetString(2)}): held-out results would be worthless; this is a fault of the program, please report it");
    }
}
