namespace AniSora.Data.Pipeline;

/// <summary>Which candidates are kept.</summary>
public sealed record FilterConfig;
