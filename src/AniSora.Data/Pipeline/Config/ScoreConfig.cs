using System.Globalization;

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

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="InputException">A setting is out of range; the message names it.</exception>
    internal void Check()
    {
        void Require(bool fits, string name, double value, string range)
        {
            if (!fits)
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"setting scores.{name} is {value}; it must be {range}"));
        }
        Require(Look.Seconds > 0, "look.seconds", Look.Seconds, "above 0");
        Require(Look.OfSprite >= 0, "look.of_sprite", Look.OfSprite, "0 or more");
        Require(Look.Height is >= 32 and <= 4096, "look.height", Look.Height, "32 … 4096");
        foreach (var (name, value) in new[]
        {
            ("pixel_threshold", Text.PixelThreshold), ("box_threshold", Text.BoxThreshold), ("confidence", Text.Confidence), ("short_confidence", Text.ShortConfidence),
        })
            Require(value is >= 0 and <= 1, $"text.{name}", value, "0 … 1");
        Require(Text.Characters >= 1, "text.characters", Text.Characters, "1 or more");
    }
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

    /// <summary>The same for texts of three letters and digits or fewer, which drawings are often taken for.</summary>
    public double ShortConfidence { get; init; } = 0.95;

    /// <summary>Letters and digits from which a box counts as text.</summary>
    public int Characters { get; init; } = 2;
}
