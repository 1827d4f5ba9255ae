namespace AniSora.Data.Tables;

/// <summary>Which program wrote a table.</summary>
public static class ToolVersion
{
    /// <summary>The version of AniSora, such as <c>0.1.0</c>.</summary>
    public static string Current { get; } = typeof(ToolVersion).Assembly.GetName().Version!.ToString(3);
}
