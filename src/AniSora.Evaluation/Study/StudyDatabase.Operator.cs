namespace AniSora.Evaluation.Study;

/// <summary>How far a rater is: all that is to be seen before the study is closed.</summary>
/// <param name="Rater">The rater's name in the study.</param>
/// <param name="Answered">Pages.</param>
/// <param name="Total">Pages.</param>
/// <param name="Last">When the last answer came; null if there is none.</param>
public sealed record RaterProgress(string Rater, int Answered, int Total, DateTimeOffset? Last);

/// <summary>One answer on one axis, unblinded.</summary>
/// <param name="Rater">The rater's name in the study.</param>
/// <param name="Position">The page's place in the rater's list, from 0.</param>
/// <param name="Kind">Whether it counts.</param>
/// <param name="Clip">The clip's id.</param>
/// <param name="Model">The model judged, of two the left one.</param>
/// <param name="Other">The right one, or "".</param>
/// <param name="Axis">The axis's key.</param>
/// <param name="Value">1 to 5; of two 1 if the left is better, -1 if the right, 0 if neither.</param>
/// <param name="Expected">What a check asked for.</param>
/// <param name="Seconds">How long the page took.</param>
/// <param name="Answered">When.</param>
internal sealed record Judgement(
    string Rater, int Position, TrialKind Kind, string Clip, string Model, string Other, string Axis, int Value, int? Expected, double Seconds, DateTimeOffset Answered);

internal sealed partial class StudyDatabase
{
    /// <summary>Every rater, by name.</summary>
    public IReadOnlyList<RaterProgress> Progress()
    {
        lock (_gate)
        {
            return Query("""
                SELECT r.name, count(a.trial), count(*), max(a.answered) FROM raters r JOIN trials t ON t.rater = r.id LEFT JOIN answers a ON a.trial = t.id GROUP BY r.id ORDER BY r.id
                """, row => new RaterProgress(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.IsDBNull(3) ? null : Time(row.GetString(3))));
        }
    }

    /// <summary>Ends the study: no answer is taken any more, and the models may be named.</summary>
    /// <returns>False if it was closed before.</returns>
    public bool Close(DateTimeOffset now)
    {
        lock (_gate)
            return Execute("UPDATE study SET closed = $0 WHERE closed IS NULL", Text(now)) > 0;
    }

    /// <summary>The models in the order in which they were given.</summary>
    /// <exception cref="InputException">The study is not closed.</exception>
    public IReadOnlyList<string> Models()
    {
        lock (_gate)
        {
            RequireClosed();
            return Query("SELECT name FROM models ORDER BY id", row => row.GetString(0));
        }
    }

    /// <summary>All answers, by rater and place.</summary>
    /// <exception cref="InputException">The study is not closed.</exception>
    public IReadOnlyList<Judgement> Judgements()
    {
        lock (_gate)
        {
            RequireClosed();
            return Query("""
                SELECT r.name, t.position, t.kind, c.name, l.name, coalesce(o.name, ''), g.axis, g.value, t.expected, a.milliseconds, a.answered FROM ratings g
                JOIN trials t ON t.id = g.trial JOIN answers a ON a.trial = t.id JOIN raters r ON r.id = t.rater JOIN clips c ON c.id = t.clip
                JOIN models l ON l.id = t.left_model LEFT JOIN models o ON o.id = t.right_model ORDER BY r.id, t.position, g.axis
                """, row => new Judgement(row.GetString(0), row.GetInt32(1), Enum.Parse<TrialKind>(row.GetString(2)), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6),
                    row.GetInt32(7), row.IsDBNull(8) ? null : row.GetInt32(8), row.GetInt64(9) / 1000.0, Time(row.GetString(10))));
        }
    }

    /// <summary>Adds answers that were given elsewhere, all in one transaction.</summary>
    /// <param name="answers">Each with all its axes.</param>
    /// <returns>What became of each, in order; null where the rater is unknown.</returns>
    public IReadOnlyList<AnswerOutcome?> Import(IReadOnlyList<ForeignAnswer> answers)
    {
        lock (_gate)
        {
            var raters = Query("SELECT name, id FROM raters", row => (row.GetString(0), row.GetInt32(1))).ToDictionary(r => r.Item1, r => r.Item2, StringComparer.Ordinal);
            using var transaction = _connection.BeginTransaction();
            AnswerOutcome?[] outcomes = [.. answers.Select(a =>
                raters.TryGetValue(a.Rater, out int rater) ? Add(rater, a.Position, a.Values, a.Milliseconds, a.Answered, inTurn: false) : (AnswerOutcome?)null)];
            transaction.Commit();
            return outcomes;
        }
    }

    private void RequireClosed()
    {
        if (Info().Closed is null)
            throw new InputException($"{File}: the study is still blind; end it with `anisora study close`, after which no answer is taken");
    }
}

/// <summary>An answer from a table.</summary>
/// <param name="Rater">A rater's name.</param>
/// <param name="Position">The page's place.</param>
/// <param name="Values">By axis.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Answered">When.</param>
internal sealed record ForeignAnswer(string Rater, int Position, IReadOnlyDictionary<string, int> Values, long Milliseconds, DateTimeOffset Answered);
