using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline;

/// <summary>How much there was before the candidates; written beside them, so that a changed rule does not need the stages' parts.</summary>
/// <param name="Sources">Sources.</param>
/// <param name="Unreadable">Those that cannot be used, by reason (without the file's name).</param>
/// <param name="Shots">Shots.</param>
/// <param name="Sequences">Decoded sequences.</param>
public sealed record StageCounts(long Sources, IReadOnlyDictionary<string, long> Unreadable, long Shots, long Sequences)
{
    /// <summary>The reason of sources that are read and yet give no clip.</summary>
    internal const string Clipless = "too short for a clip, whole or between its cuts (anisora data check says more)";

    /// <summary>Reads the counts of a data set.</summary>
    /// <exception cref="InputException">They are missing or damaged.</exception>
    public static StageCounts Load(DatasetFolder folder) => ConfigFile.Load<StageCounts>(folder.Counts);

    /// <summary>Counts the rows of the views <c>sources</c>, <c>probe</c>, <c>shots</c>, <c>sequences</c> and <c>candidates</c>.</summary>
    internal static StageCounts Of(DuckDBConnection database)
    {
        var reasons = new SortedDictionary<string, long>(StringComparer.Ordinal);
        using (var reader = database.Query("SELECT reason, count(*) FROM (SELECT reason FROM probe WHERE NOT readable UNION ALL SELECT problem FROM sequences WHERE problem <> '') GROUP BY reason"))
        {
            while (reader.Read())
                reasons[reader.GetString(0)] = reader.GetInt64(1);
        }
        if (Count(database, "(SELECT source_id FROM probe WHERE readable EXCEPT SELECT source_id FROM candidates)") is > 0 and var clipless)
            reasons[Clipless] = clipless;
        return new StageCounts(Count(database, "sources"), reasons, Count(database, "shots"), Count(database, "sequences"));
    }

    internal static long Count(DuckDBConnection database, string from)
    {
        using var reader = database.Query($"SELECT count(*) FROM {from}");
        reader.Read();
        return reader.GetInt64(0);
    }
}
