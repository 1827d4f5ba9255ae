namespace AniSora.Data;

/// <summary>Directions on the screen: <c>n</c> is up (away), <c>e</c> is right.</summary>
public static class Compass
{
    /// <summary>The words for the eight points.</summary>
    public static IReadOnlyDictionary<string, string> Words { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["n"] = "north",
        ["ne"] = "north-east",
        ["e"] = "east",
        ["se"] = "south-east",
        ["s"] = "south",
        ["sw"] = "south-west",
        ["w"] = "west",
        ["nw"] = "north-west",
    };
}
