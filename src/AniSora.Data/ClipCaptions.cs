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
    public static IEnumerable<string> All(ClipRow clip, bool suffix) => All(clip.Caption, clip.CaptionVariants, suffix ? clip.CaptionSuffix : "", $"clip {clip.ClipId}");

    /// <summary>The same of a row's columns.</summary>
    /// <param name="caption">The canonical one.</param>
    /// <param name="variants">Others, as <see cref="Write"/> writes them.</param>
    /// <param name="suffix">What comes behind each; may be empty.</param>
    /// <param name="where">For an error.</param>
    internal static IEnumerable<string> All(string caption, string variants, string suffix, string where) =>
        Variants(variants, where).Prepend(caption).Select(text => WithSuffix(text, suffix));

    /// <summary>A caption with the clip's scores behind it.</summary>
    public static string WithSuffix(ClipRow clip, string caption, bool mirrored = false) => WithSuffix(caption, mirrored ? Mirror(clip.CaptionSuffix) : clip.CaptionSuffix);

    private static string WithSuffix(string caption, string suffix) => suffix.Length == 0 ? caption : $"{caption.TrimEnd('.')}. {suffix}";

    /// <summary>A wording drawn at random: the canonical caption or one of its variants.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="random">The random stream, advanced by one number.</param>
    /// <param name="mirrored">Describe the mirror image.</param>
    /// <exception cref="InputException">The row's variants are not a JSON array of texts.</exception>
    public static string Draw(ClipRow clip, ref SplitMix random, bool mirrored = false)
    {
        string[] variants = Variants(clip.CaptionVariants, $"clip {clip.ClipId}");
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

    private static string[] Variants(string json, string where)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(json) ?? [];
        }
        catch (JsonException e)
        {
            throw new InputException($"{where}: caption_variants is not a JSON array of texts ({e.Message}); make the index again", e);
        }
    }

    [GeneratedRegex(@"\b(east|west|left|right)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Sides();
}
