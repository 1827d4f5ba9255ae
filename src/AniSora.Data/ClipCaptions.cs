using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>The wordings of a clip's caption.</summary>
public static partial class ClipCaptions
{
    // Letters as they are: the vocabulary is read from the text.
    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every text that training without mirror images may give for a clip.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="suffix">With the clip's scores behind it.</param>
    public static IEnumerable<string> All(ClipRow clip, bool suffix) =>
        Variants(clip).Prepend(clip.Caption).Select(caption => suffix ? WithSuffix(clip, caption) : caption);

    /// <summary>A caption with the clip's scores behind it.</summary>
    public static string WithSuffix(ClipRow clip, string caption, bool mirrored = false) => clip.CaptionSuffix.Length == 0
        ? caption
        : $"{caption.TrimEnd('.')}. {(mirrored ? Mirror(clip.CaptionSuffix) : clip.CaptionSuffix)}";

    /// <summary>A wording drawn at random: the canonical caption or one of its variants.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="random">The random stream, advanced by one number.</param>
    /// <param name="mirrored">Describe the mirror image.</param>
    /// <exception cref="InputException">The row's variants are not a JSON array of texts.</exception>
    public static string Draw(ClipRow clip, ref SplitMix random, bool mirrored = false)
    {
        string[] variants = Variants(clip);
        int drawn = random.Next(1 + variants.Length);
        string caption = drawn == 0 ? clip.Caption : variants[drawn - 1];
        return mirrored ? Mirror(caption) : caption;
    }

    /// <summary>A caption of the mirror image: east and west, left and right exchanged.</summary>
    public static string Mirror(string caption) => Sides().Replace(caption, word => word.Value.ToLowerInvariant() switch
    {
        "east" => "west",
        "west" => "east",
        "left" => "right",
        _ => "left",
    });

    /// <summary>The form in which a row keeps variants.</summary>
    public static string Write(IEnumerable<string> variants) => JsonSerializer.Serialize(variants, _plain);

    private static string[] Variants(ClipRow clip)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(clip.CaptionVariants) ?? [];
        }
        catch (JsonException e)
        {
            throw new InputException($"clip {clip.ClipId}: caption_variants is not a JSON array of texts ({e.Message}); make the index again", e);
        }
    }

    [GeneratedRegex(@"\b(east|west|left|right)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Sides();
}
