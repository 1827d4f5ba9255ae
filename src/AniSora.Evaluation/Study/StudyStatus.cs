namespace AniSora.Evaluation.Study;

/// <summary>What the operator may see of a study while it is blind: who has come how far.</summary>
/// <param name="Title">What raters read.</param>
/// <param name="Closed">When it was closed; null while it runs.</param>
/// <param name="Raters">Every rater.</param>
public sealed record StudyStatus(string Title, DateTimeOffset? Closed, IReadOnlyList<RaterProgress> Raters)
{
    /// <summary>Reads it, also while the study is being served.</summary>
    /// <param name="study">The study's folder.</param>
    /// <exception cref="InputException">There is no such study.</exception>
    public static StudyStatus Read(string study)
    {
        using var database = StudyDatabase.Open(study);
        var info = database.Info();
        return new(info.Title, info.Closed, database.Progress());
    }

    /// <summary>Ends the study for good: no answer is taken any more, and reports may name the models.</summary>
    /// <param name="study">The study's folder.</param>
    /// <exception cref="InputException">There is no such study, or it is closed.</exception>
    public static void Close(string study)
    {
        using var database = StudyDatabase.Open(study);
        if (!database.Close(DateTimeOffset.UtcNow))
            throw new InputException($"{study}: is closed already, since {database.Info().Closed:u}");
    }
}
