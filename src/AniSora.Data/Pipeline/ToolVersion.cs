namespace AniSora.Data.Pipeline;

/// <summary>Which program wrote a row.</summary>
public static class ToolVersion
{
    /// <summary>The version of AniSora, such as <c>0.1.0</c>.</summary>
    public static string Current { get; } = typeof(ToolVersion).Assembly.GetName().Version!.ToString(3);
}
