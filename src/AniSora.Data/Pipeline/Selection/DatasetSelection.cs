using System.Globalization;
using System.Text.Json;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline.Selection;

/// <summary>
/// From candidates to a training set: rules, near-duplicates, splits by identity, weights. Writes <c>selection.parquet</c> (a verdict for
/// every candidate), <c>clips.parquet</c> (the index) and <c>funnel.json</c>. Everything is decided by the candidates and the settings alone.
/// </summary>
public static class DatasetSelection
{
    /// <summary>What a near-duplicate is said to be.</summary>
    public const string NearDuplicate = "near-duplicate";

    /// <summary>Selects.</summary>
    /// <param name="folder">The data set, with its <c>candidates.parquet</c>.</param>
    /// <param name="filter">Which are kept.</param>
    /// <param name="balance">How often, and which are held out.</param>
    /// <returns>The counts.</returns>
    /// <exception cref="InputException">A rule is no valid condition, nothing is left, a file cannot be written, or a split leaks.</exception>
    public static Funnel Write(DatasetFolder folder, FilterConfig filter, BalanceConfig balance)
    {
        Check(filter, balance);
        try
        {
            using var judge = new RuleJudge(folder, filter.Rules);
            using var database = Database.Open(Environment.ProcessorCount, "2GiB");
            database.Execute($"CREATE VIEW candidates AS SELECT * FROM {ParquetFile.Scan(folder.Candidates)}");
            Judge(database, judge);
            MarkDuplicates(database, filter);
            Decide(database, balance);
            // Each identity in one split, near-duplicates in the same: looked for in the result, whatever the steps before believed.
            LeakageCheck.Run(database, folder.Root);
            var funnel = Funnel.Count(database, folder, filter, judge);
            if (funnel.Kept == 0)
                throw new InputException(NothingLeft.OfCandidates(database, folder));
            string provenance = JsonSerializer.Serialize(new { filter, balance });
            Table<SelectionRow>.Write(folder.Selection, Rows(database), provenance);
            ParquetFile.Write(database, folder.Index, IndexColumns.Select, Table<ClipRow>.Note(provenance));
            funnel.Save(folder.Funnel);
            return funnel;
        }
        catch (DuckDBException e)
        {
            throw new InputException($"{folder.Root}: the clips were not selected: {e.FirstLine()}", e);
        }
    }

    private static void Check(FilterConfig filter, BalanceConfig balance)
    {
        if (balance.Label is not (>= 0 and <= 1) || balance.Motion is not (>= 0 and <= 1))
            throw new InputException($"balance.label is {balance.Label} and balance.motion {balance.Motion}, should be in 0 … 1");
        if (balance.TestShare is not (>= 0 and <= 0.9))
            throw new InputException($"balance.test_share is {balance.TestShare}, should be in 0 … 0.9");
        if (filter.DuplicateBits is not (>= -1 and <= 16))
            throw new InputException($"filter.duplicate_bits is {filter.DuplicateBits}, should be in -1 … 16");
        if (!(filter.DuplicateDistance >= 0))
            throw new InputException($"filter.duplicate_distance is {filter.DuplicateDistance}, should be 0 or more");
        foreach (var rule in filter.Rules)
        {
            if (rule.Name.Length == 0 || rule.Name == NearDuplicate || filter.Rules.Count(r => r.Name == rule.Name) > 1)
                throw new InputException($"filter.rules: \"{rule.Name}\" is not a name of its own; give every rule another");
        }
    }

    private static void Judge(DuckDBConnection database, RuleJudge judge)
    {
        database.Execute("CREATE TABLE judged (clip_id VARCHAR, removed_by VARCHAR)");
        using var appender = database.CreateAppender("judged");
        foreach (var (clip, rule) in judge.Verdicts())
            appender.CreateRow().AppendValue(clip).AppendValue(rule).EndRow();
    }

    /// <summary>Makes the tables <c>duplicates</c> (sequence, the one it repeats) and <c>joined</c> (identity, those it shares a split with).</summary>
    private static void MarkDuplicates(DuckDBConnection database, FilterConfig filter)
    {
        var originals = NearDuplicates.Find(database, filter.DuplicateBits, filter.DuplicateDistance);
        database.Execute("CREATE TABLE duplicates (sequence_id VARCHAR, original VARCHAR)");
        using (var appender = database.CreateAppender("duplicates"))
        {
            foreach (var (copy, original) in originals.OrderBy(p => p.Key, StringComparer.Ordinal))
                appender.CreateRow().AppendValue(copy).AppendValue(original).EndRow();
        }
        var groups = new Groups();
        using (var reader = database.Query("SELECT DISTINCT a.identity, b.identity FROM duplicates d JOIN candidates a ON a.sequence_id = d.sequence_id JOIN candidates b ON b.sequence_id = d.original"))
        {
            while (reader.Read())
                groups.Join(reader.GetString(0), reader.GetString(1));
        }
        database.Execute("CREATE TABLE joined (identity VARCHAR, cluster VARCHAR)");
        using (var appender = database.CreateAppender("joined"))
        {
            foreach (string name in groups.Names.Order(StringComparer.Ordinal).ToList())
                appender.CreateRow().AppendValue(name).AppendValue(groups.Of(name)).EndRow();
        }
    }

    /// <summary>Makes the table <c>verdicts</c>: what removes a clip, its split, and its weight among the kept ones of its split.</summary>
    private static void Decide(DuckDBConnection database, BalanceConfig balance)
    {
        // MD5, since DuckDB's own hash may change with its version: 32 of its bits as a number in [0, 1).
        string drawn = string.Create(CultureInfo.InvariantCulture, $"('0x' || md5('{balance.Seed} ' || cluster)[1:8])::UBIGINT / 4294967296.0");
        string bin = balance.MotionBins.Count == 0 ? "0" : string.Join(" + ", balance.MotionBins.Select(b => string.Create(CultureInfo.InvariantCulture, $"(c.motion_score > {b})::INTEGER")));
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            CREATE TABLE verdicts AS
            WITH judgement AS (
                SELECT j.clip_id, CASE WHEN j.removed_by = '' AND d.original IS NOT NULL THEN '{NearDuplicate}' ELSE j.removed_by END AS removed_by,
                    coalesce(d.original, '') AS duplicate_of, coalesce(g.cluster, c.identity) AS cluster, c.identity, c.label, {bin} AS bin
                FROM judged j JOIN candidates c USING (clip_id) LEFT JOIN duplicates d ON d.sequence_id = c.sequence_id LEFT JOIN joined g ON g.identity = c.identity),
            clusters AS (
                SELECT cluster, bool_or(identity IN ({string.Join(", ", balance.HeldOut.Prepend("").Select(Database.Literal))})) AS named, bool_or(removed_by = '') AND NOT named AS kept, {drawn} AS drawn
                FROM judgement GROUP BY cluster),
            ranked AS (SELECT *, row_number() OVER (PARTITION BY kept ORDER BY drawn, cluster) AS place, count(*) OVER (PARTITION BY kept) AS places FROM clusters),
            -- Whatever the draw, somebody is trained on, and somebody is held out where that is asked for and two are there.
            splits AS (
                SELECT cluster, CASE WHEN named THEN 'test' WHEN kept AND place = places THEN 'train'
                    WHEN drawn < {balance.TestShare} OR (kept AND place = 1 AND {balance.TestShare} > 0) THEN 'test' ELSE 'train' END AS split
                FROM ranked),
            parted AS (SELECT * FROM judgement JOIN splits USING (cluster)),
            weighed AS (
                SELECT clip_id, split, count(*) OVER (PARTITION BY split, label) ** -{balance.Label} * count(*) OVER (PARTITION BY split, bin) ** -{balance.Motion} AS raw
                FROM parted WHERE removed_by = '')
            SELECT p.clip_id, p.removed_by, p.duplicate_of, p.cluster, p.split, coalesce(raw / avg(raw) OVER (PARTITION BY p.split), 0) AS weight
            FROM parted p LEFT JOIN weighed USING (clip_id)
            """));
    }

    private static IEnumerable<SelectionRow> Rows(DuckDBConnection database)
    {
        using var reader = database.Query("SELECT clip_id, removed_by, duplicate_of, split, weight FROM verdicts ORDER BY clip_id");
        while (reader.Read())
            yield return new SelectionRow(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetDouble(4));
    }
}
