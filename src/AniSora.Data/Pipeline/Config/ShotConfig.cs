namespace AniSora.Data.Pipeline;

/// <summary>How films are cut into shots.</summary>
public sealed record ShotConfig;
