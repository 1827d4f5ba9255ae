namespace AniSora.Data.Pipeline;

/// <summary>What is measured of a clip.</summary>
public sealed record ScoreConfig
{
    /// <summary>The source's pictures that text cover, blockiness and aesthetics are measured on.</summary>
    public LookConfig Look { get; init; } = new();

    /// <summary>What counts as text.</summary>
    public TextConfig Text { get; init; } = new();

    /// <summary>Path of an aesthetic predictor's manifest (see <see cref="Models.PictureModelManifest"/>); empty for none.</summary>
    public string Aesthetic { get; init; } = "";
}

/// <summary>
/// Which of a source's pictures are looked at. They are read from the source again, since a clip stored at 64 × 64 pixels cannot be read by
/// anyone.
/// </summary>
public sealed record LookConfig
{
    /// <summary>Seconds from one picture to the next.</summary>
    public double Seconds { get; init; } = 1;

    /// <summary>
    /// Pictures of a source with transparency, from its first on; 0 for one every <see cref="Seconds"/> as in films. Sprites and emoji carry
    /// what text they have all the time.
    /// </summary>
    public int OfSprite { get; init; } = 1;

    /// <summary>Larger pictures are scaled down to this height in pixels.</summary>
    public int Height { get; init; } = 480;
}

/// <summary>What counts as text.</summary>
public sealed record TextConfig
{
    /// <summary>Whether to look for text at all; without it the cover is 0.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Probability from which a pixel belongs to text, 0 … 1.</summary>
    public double PixelThreshold { get; init; } = 0.3;

    /// <summary>Mean probability from which a box is read, 0 … 1.</summary>
    public double BoxThreshold { get; init; } = 0.6;

    /// <summary>Mean probability of the characters read from which a box counts as text, 0 … 1.</summary>
    public double Confidence { get; init; } = 0.85;

    /// <summary>Letters and digits from which it does.</summary>
    public int Characters { get; init; } = 2;
}
