namespace AniSora.Data.Pipeline;

/// <summary>Where captions come from.</summary>
public sealed record CaptionConfig;
