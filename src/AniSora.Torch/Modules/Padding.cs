namespace AniSora.Torch;

/// <summary>How much a convolution pads, in words.</summary>
public enum Padding
{
    /// <summary>Nothing: the window stays inside the input.</summary>
    Valid,

    /// <summary>As much as keeps the size at stride 1.</summary>
    Same,
}
