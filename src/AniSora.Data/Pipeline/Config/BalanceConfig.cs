namespace AniSora.Data.Pipeline;

/// <summary>How often each kept clip is drawn, and which are held out.</summary>
public sealed record BalanceConfig;
