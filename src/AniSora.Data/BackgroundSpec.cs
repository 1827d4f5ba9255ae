using System.Globalization;

namespace AniSora.Data;

/// <summary>The kinds of background.</summary>
public enum BackgroundKind
{
    /// <summary>One colour.</summary>
    Plain,
    /// <summary>A linear change from one colour to the other; the parameter is its direction in degrees.</summary>
    Gradient,
    /// <summary>Soft noise between two colours; the parameter is the number of cells across.</summary>
    Clouds,
    /// <summary>Soft stripes, like mown grass; the parameter is their direction in degrees.</summary>
    Stripes,
    /// <summary>Squares of low contrast; the parameter is their size in 64ths of the width.</summary>
    Tiles,
}

/// <summary>
/// A background in a few characters: <c>kind:#rrggbb:#rrggbb:parameter:seed</c>, such as <c>clouds:#6f8f5a:#7d9a66:4:81</c>. A plain one
/// is just <c>plain:#rrggbb</c>.
/// </summary>
/// <param name="Kind">What it looks like.</param>
/// <param name="First">The first colour, 0xRRGGBB.</param>
/// <param name="Second">The second colour, 0xRRGGBB; equal to the first for a plain one.</param>
/// <param name="Parameter">See <see cref="BackgroundKind"/>; 0 … 359.</param>
/// <param name="Seed">Places the noise, stripes or tiles.</param>
public readonly record struct BackgroundSpec(BackgroundKind Kind, int First, int Second, int Parameter, uint Seed)
{
    /// <summary>Mid-grey: what counts as no background.</summary>
    public static BackgroundSpec Grey { get; } = new(BackgroundKind.Plain, 0x808080, 0x808080, 0, 0);

    /// <summary>The text form.</summary>
    public override string ToString() => Kind == BackgroundKind.Plain
        ? string.Create(CultureInfo.InvariantCulture, $"plain:#{First:x6}")
        : string.Create(CultureInfo.InvariantCulture, $"{Kind.ToString().ToLowerInvariant()}:#{First:x6}:#{Second:x6}:{Parameter}:{Seed}");

    /// <summary>Reads the text form.</summary>
    /// <exception cref="InputException">The text is not a background.</exception>
    public static BackgroundSpec Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts is ["plain", var only] && Colour(only, out int plain))
            return new(BackgroundKind.Plain, plain, plain, 0, 0);
        if (parts.Length == 5 && Enum.GetNames<BackgroundKind>().FirstOrDefault(n => n.ToLowerInvariant() == parts[0]) is { } name && name != nameof(BackgroundKind.Plain)
            && Colour(parts[1], out int first) && Colour(parts[2], out int second)
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int parameter) && parameter is >= 0 and < 360
            && uint.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out uint seed))
            return new(Enum.Parse<BackgroundKind>(name), first, second, parameter, seed);
        throw new InputException($"background \"{text}\" is not of the form plain:#rrggbb or {{gradient|clouds|stripes|tiles}}:#rrggbb:#rrggbb:parameter:seed, such as clouds:#6f8f5a:#7d9a66:4:81");

        static bool Colour(string text, out int colour)
        {
            colour = 0;
            return text.Length == 7 && text[0] == '#' && int.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out colour);
        }
    }
}
