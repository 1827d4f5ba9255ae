namespace AniSora.Data.Pipeline;

/// <summary>Where foreground and motion masks come from.</summary>
public sealed record MaskConfig;
