using Microsoft.Data.Sqlite;

namespace AniSora.Evaluation.Study;

/// <summary>A page that waits for a rater's answer.</summary>
/// <param name="Position">Its place in the rater's list.</param>
/// <param name="Total">The list's length.</param>
/// <param name="Prompt">Null if there is none.</param>
/// <param name="Image">The given picture's file, or null.</param>
/// <param name="Videos">One file, or the left and the right one.</param>
/// <param name="Expected">What a check asks for.</param>
/// <param name="Next">The files of the page after this one.</param>
internal sealed record OpenTrial(int Position, int Total, string? Prompt, string? Image, IReadOnlyList<string> Videos, int? Expected, IReadOnlyList<string> Next);

/// <summary>What became of an answer.</summary>
internal enum AnswerOutcome
{
    /// <summary>It is on the disk.</summary>
    Stored,

    /// <summary>The page was answered before: the first answer holds.</summary>
    Known,

    /// <summary>The rater has no such page, or others come first.</summary>
    OutOfTurn,

    /// <summary>The study is closed.</summary>
    Closed,
}

internal sealed partial class StudyDatabase
{
    private const int ConstraintFailed = 19;

    /// <summary>All raters, by the digest of their token.</summary>
    public IReadOnlyDictionary<string, int> RatersByDigest()
    {
        lock (_gate)
            return Query("SELECT hex(digest), id FROM raters", row => (row.GetString(0), row.GetInt32(1))).ToDictionary(r => r.Item1, r => r.Item2, StringComparer.Ordinal);
    }

    /// <summary>All files that pages show.</summary>
    public IReadOnlySet<string> Files()
    {
        lock (_gate)
            return Query("SELECT file FROM videos UNION SELECT image FROM clips WHERE image IS NOT NULL", row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The first page that a rater has not answered; null when all are.</summary>
    public OpenTrial? Next(int rater)
    {
        lock (_gate)
        {
            var open = Query("""
                SELECT t.position, c.prompt, c.image, l.file, r.file, t.expected, (SELECT count(*) FROM trials WHERE rater = $0) FROM trials t
                JOIN clips c ON c.id = t.clip JOIN videos l ON l.clip = t.clip AND l.model = t.left_model LEFT JOIN videos r ON r.clip = t.clip AND r.model = t.right_model
                WHERE t.rater = $0 AND NOT EXISTS (SELECT 1 FROM answers a WHERE a.trial = t.id) ORDER BY t.position LIMIT 2
                """, row => new OpenTrial(row.GetInt32(0), row.GetInt32(6), TextOrNull(row, 1), TextOrNull(row, 2),
                    row.IsDBNull(4) ? [row.GetString(3)] : [row.GetString(3), row.GetString(4)], row.IsDBNull(5) ? null : row.GetInt32(5), []), rater);
            return open.Count == 0 ? null : open[0] with { Next = open.Count > 1 ? open[1].Videos : [] };
        }
    }

    /// <summary>Stores an answer. When this returns it survives whatever happens to the process or the machine.</summary>
    /// <param name="rater">Whose.</param>
    /// <param name="position">To which page.</param>
    /// <param name="values">For every axis of the study.</param>
    /// <param name="milliseconds">How long it took.</param>
    /// <param name="answered">When.</param>
    public AnswerOutcome Answer(int rater, int position, IReadOnlyDictionary<string, int> values, long milliseconds, DateTimeOffset answered)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            var outcome = Add(rater, position, values, milliseconds, answered, inTurn: true);
            transaction.Commit();
            return outcome;
        }
    }

    private AnswerOutcome Add(int rater, int position, IReadOnlyDictionary<string, int> values, long milliseconds, DateTimeOffset answered, bool inTurn)
    {
        var trials = Query("""
            SELECT t.id, EXISTS (SELECT 1 FROM answers WHERE trial = t.id),
                EXISTS (SELECT 1 FROM trials b WHERE b.rater = $0 AND b.position < $1 AND NOT EXISTS (SELECT 1 FROM answers WHERE trial = b.id))
            FROM trials t WHERE t.rater = $0 AND t.position = $1
            """, row => (Id: row.GetInt64(0), Known: row.GetBoolean(1), Early: row.GetBoolean(2)), rater, position);
        if (trials is not [var trial] || (inTurn && trial.Early))
            return AnswerOutcome.OutOfTurn;
        if (trial.Known)
            return AnswerOutcome.Known;
        try
        {
            Execute("INSERT INTO answers VALUES ($0, $1, $2)", trial.Id, milliseconds, Text(answered));
        }
        catch (SqliteException e) when (e.SqliteErrorCode == ConstraintFailed && e.Message.Contains("closed", StringComparison.Ordinal))
        {
            return AnswerOutcome.Closed;
        }
        foreach (var (axis, value) in values)
            Execute("INSERT INTO ratings VALUES ($0, $1, $2)", trial.Id, axis, value);
        return AnswerOutcome.Stored;
    }

    private static string? TextOrNull(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
