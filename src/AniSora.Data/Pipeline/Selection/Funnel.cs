using System.Globalization;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline.Selection;

/// <summary>What a rule removed.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Why">What it is for.</param>
/// <param name="Keep">Its condition.</param>
/// <param name="Clips">How many clips it removed, beside those that an earlier rule had removed.</param>
/// <param name="Alone">How many break it, whatever the other rules say.</param>
/// <param name="Examples">Some of their names.</param>
public sealed record Removal(string Rule, string Why, string Keep, long Clips, long Alone, IReadOnlyList<string> Examples);

/// <summary>The counts from sources to training set.</summary>
/// <param name="Sources">Films, animations and sprite sequences found.</param>
/// <param name="Unreadable">Those that could not be used, by reason.</param>
/// <param name="Shots">Shots found in the others.</param>
/// <param name="Sequences">Decoded sequences.</param>
/// <param name="Candidates">Clips cut from them.</param>
/// <param name="Removed">What each rule removed, in order; near-duplicates last.</param>
/// <param name="Kept">Clips kept.</param>
/// <param name="Splits">Of these, in each split.</param>
/// <param name="Identities">Different identities among them.</param>
/// <param name="HeldOut">Of these, held out.</param>
public sealed record Funnel(
    long Sources, IReadOnlyDictionary<string, long> Unreadable, long Shots, long Sequences, long Candidates, IReadOnlyList<Removal> Removed, long Kept,
    IReadOnlyDictionary<string, long> Splits, long Identities, long HeldOut)
{
    private const int Shown = 8;

    /// <summary>Reads <c>funnel.json</c>.</summary>
    /// <exception cref="InputException">It is missing or damaged.</exception>
    public static Funnel Load(string path) => ConfigFile.Load<Funnel>(path);

    /// <summary>Writes <c>funnel.json</c>.</summary>
    public void Save(string path) => ConfigFile.Save(path, this);

    internal static Funnel Count(DuckDBConnection database, DatasetFolder folder, FilterConfig filter, RuleJudge judge)
    {
        var stages = StageCounts.Load(folder);
        long One(string sql, params ReadOnlySpan<object> parameters)
        {
            using var reader = database.Query(sql, parameters);
            return reader.Read() ? reader.GetInt64(0) : 0;
        }
        List<string> Examples(string rule)
        {
            var names = new List<string>();
            // Spread over the table by their hash, not the first few, which would all be of one film.
            using var reader = database.Query($"SELECT clip_id FROM verdicts WHERE removed_by = ? ORDER BY md5(clip_id) LIMIT {Shown}", rule);
            while (reader.Read())
                names.Add(reader.GetString(0));
            return names;
        }
        var removed = filter.Rules.Select(rule => new Removal(rule.Name, rule.Why, rule.Keep, One("SELECT count(*) FROM verdicts WHERE removed_by = ?", rule.Name),
            judge.Breaking(rule), Examples(rule.Name))).ToList();
        if (filter.DuplicateBits >= 0)
        {
            long copies = One("SELECT count(*) FROM verdicts WHERE removed_by = ?", DatasetSelection.NearDuplicate);
            removed.Add(new Removal(DatasetSelection.NearDuplicate, "the same thing twice is learnt by heart", string.Create(CultureInfo.InvariantCulture, $"perceptual hashes differ in more than {filter.DuplicateBits} of 64 bits, or descriptors by {filter.DuplicateDistance} or more"),
                copies, copies, Examples(DatasetSelection.NearDuplicate)));
        }
        var splits = new SortedDictionary<string, long>(StringComparer.Ordinal);
        using (var reader = database.Query("SELECT split, count(*) FROM verdicts WHERE removed_by = '' GROUP BY split"))
        {
            while (reader.Read())
                splits[reader.GetString(0)] = reader.GetInt64(1);
        }
        return new Funnel(stages.Sources, stages.Unreadable, stages.Shots, stages.Sequences, One("SELECT count(*) FROM verdicts"), removed, splits.Values.Sum(), splits,
            One("SELECT count(DISTINCT identity) FROM candidates c JOIN verdicts v USING (clip_id) WHERE removed_by = ''"),
            One("SELECT count(DISTINCT identity) FROM candidates c JOIN verdicts v USING (clip_id) WHERE removed_by = '' AND split = 'test'"));
    }
}
