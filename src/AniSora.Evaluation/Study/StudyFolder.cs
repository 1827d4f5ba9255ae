namespace AniSora.Evaluation.Study;

/// <summary>The files of a study.</summary>
public static class StudyFolder
{
    /// <summary>Everything but the pictures: plan, models' names, answers.</summary>
    public static string Database(string study) => Path.Combine(study, "study.db");

    /// <summary>Videos and pictures, under random names.</summary>
    public static string Media(string study) => Path.Combine(study, "media");

    /// <summary>The raters' personal links, the only copy: the database has their digests.</summary>
    public static string Links(string study) => Path.Combine(study, "links.csv");
}
