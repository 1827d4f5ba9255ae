using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline.Selection;

/// <summary>
/// Applies the filter's rules. They are SQL from outside: the database that evaluates them can read the candidates' file and nothing else.
/// </summary>
internal sealed class RuleJudge : IDisposable
{
    private readonly DuckDBConnection _database = Database.Open(Environment.ProcessorCount, "2GiB");
    private readonly string _file;
    private readonly IReadOnlyList<FilterRule> _rules;

    /// <summary>Opens the candidates.</summary>
    /// <exception cref="InputException">There are none, or the file is damaged.</exception>
    public RuleJudge(DatasetFolder folder, IReadOnlyList<FilterRule> rules)
    {
        (_file, _rules) = (folder.Candidates, rules);
        if (!File.Exists(_file))
            throw new InputException($"{_file}: there are no candidates yet; run `anisora data ingest --out {folder.Root}`");
        _database.LockTo(_file);
        try
        {
            _database.Execute($"CREATE VIEW candidates AS FROM {ParquetFile.Scan(_file)}");
        }
        catch (DuckDBException e)
        {
            _database.Dispose();
            throw ParquetFile.Unreadable(_file, e);
        }
    }

    /// <summary>Every candidate with the first rule that it breaks, empty if none.</summary>
    /// <exception cref="InputException">A rule is not a condition over the candidates' columns.</exception>
    public IEnumerable<(string ClipId, string RemovedBy)> Verdicts()
    {
        foreach (var rule in _rules)
            Try(rule);
        string verdict = _rules.Count == 0 ? "''" : $"CASE {string.Join(' ', _rules.Select(r => $"WHEN {Broken(r)} THEN {Database.Literal(r.Name)}"))} ELSE '' END";
        using var reader = _database.Query($"FROM {Database.Single($"SELECT clip_id, {verdict} FROM candidates")}");
        while (reader.Read())
            yield return (reader.GetString(0), reader.GetString(1));
    }

    /// <summary>How many candidates break a rule, whatever the others say.</summary>
    public long Breaking(FilterRule rule)
    {
        using var reader = _database.Query($"SELECT count(*) FROM {Database.Single($"FROM candidates WHERE {Broken(rule)}")}");
        reader.Read();
        return reader.GetInt64(0);
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    // What a rule cannot decide (NULL) it removes. The line break keeps a trailing SQL comment from swallowing the bracket.
    private static string Broken(FilterRule rule) => $"NOT coalesce(({rule.Keep}\n), false)";

    private void Try(FilterRule rule)
    {
        try
        {
            Breaking(rule);
        }
        catch (DuckDBException e)
        {
            throw new InputException($"filter.rules: rule {rule.Name}: \"{rule.Keep}\" is not a condition over the columns of {_file}: {e.FirstLine()}", e);
        }
    }
}
