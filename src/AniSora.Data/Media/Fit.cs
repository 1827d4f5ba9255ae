namespace AniSora.Data;

/// <summary>How a picture is brought to a size of another aspect.</summary>
public enum Fit
{
    /// <summary>Fills it; what overhangs is cut off on both sides alike.</summary>
    Cover,
    /// <summary>Shows all of it, centred, with transparent borders.</summary>
    Contain,
    /// <summary>Fills it with all of the picture, which is stretched.</summary>
    Stretch,
}
