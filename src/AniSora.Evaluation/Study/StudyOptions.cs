namespace AniSora.Evaluation.Study;

/// <summary>What raters are shown at a time.</summary>
public enum StudyDesign
{
    /// <summary>One video, judged from 1 to 5 on each axis.</summary>
    Scale,

    /// <summary>Two videos of one clip; on each axis the better one is chosen, or neither.</summary>
    Pairs,
}

/// <summary>How a study is made.</summary>
public sealed record StudyOptions
{
    /// <summary>More in one session tires people.</summary>
    private const int ComfortableTrials = 40;

    /// <summary>What raters read above the first page.</summary>
    public string Title { get; init; } = "Which animation is better?";

    /// <summary>What is shown at a time.</summary>
    public StudyDesign Design { get; init; }

    /// <summary>Clips for each rater; null for as many as make at most 40 trials.</summary>
    public int? Clips { get; init; }

    /// <summary>Personal links.</summary>
    public int Raters { get; init; } = 10;

    /// <summary>Trials for each rater that say themselves what to answer.</summary>
    public int Checks { get; init; } = 2;

    /// <summary>Trials that each rater meets a second time.</summary>
    public int Repeats { get; init; } = 2;

    /// <summary>Same videos, options and seed: same assignment. Links and file names are never derived from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Clips for each rater.</summary>
    /// <param name="models">How many models are compared.</param>
    internal int ClipsPerRater(int models) => Clips ?? Math.Max(1, ComfortableTrials / Treatments(models));

    /// <summary>Trials that each clip takes: the models, or their pairs.</summary>
    internal int Treatments(int models) => Design == StudyDesign.Scale ? models : models * (models - 1) / 2;

    /// <exception cref="InputException">A value is out of range.</exception>
    internal void Validate(int models)
    {
        if (Design == StudyDesign.Pairs ? models < 2 : models < 1)
            throw new InputException($"--videos: {models} given; pairs need two models or more, a scale at least one");
        Require("--clips", Clips ?? 1, 1, 1000);
        Require("--raters", Raters, 1, 10_000);
        Require("--checks", Checks, 0, 20);
        Require("--repeats", Repeats, 0, 20);
    }

    private static void Require(string option, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new InputException($"{option} {value}: use {least} to {most}");
    }
}
