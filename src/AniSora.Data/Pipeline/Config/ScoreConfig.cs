namespace AniSora.Data.Pipeline;

/// <summary>What is measured of a clip.</summary>
public sealed record ScoreConfig;
