using System.Text.Json;
using System.Text.RegularExpressions;

namespace AniSora.Models;

/// <summary>Sizes and vocabulary of a <see cref="CaptionEncoder"/>.</summary>
public sealed partial record CaptionConfig
{
    /// <summary>Stands in the vocabulary's first place and fills captions up to their full length.</summary>
    public const string Padding = "<pad>";

    /// <summary>Words that a caption may have: as many as the published transformers read.</summary>
    public const int LongestCaption = 226;

    private static readonly string[] _always = [Padding, ".", .. Enumerable.Range(0, 10).Select(d => d.ToString())];

    /// <summary>Known words in lower case; the first is <see cref="Padding"/>. Numbers are read digit by digit.</summary>
    public string[] Vocabulary { get; init; } = _always;

    /// <summary>Words of a caption; shorter ones are padded. Must equal what the transformer is trained with.</summary>
    public int MaxLength { get; init; } = 16;

    /// <summary>Width of the embedding: the transformer's <see cref="DitConfig.TextEmbedDim"/>.</summary>
    public int Dim { get; init; } = 128;

    /// <summary>Transformer layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Attention heads; must divide <see cref="Dim"/>.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>
    /// This configuration with the words of some captions as its vocabulary, in alphabetical order, and long enough for the longest of them
    /// (<see cref="LongestCaption"/> at most).
    /// </summary>
    /// <param name="captions">All captions that the model may meet while training.</param>
    public CaptionConfig FittedTo(IEnumerable<string> captions)
    {
        var (vocabulary, longest) = (new HashSet<string>(StringComparer.Ordinal), 0);
        foreach (var words in captions.Select(Split))
        {
            vocabulary.UnionWith(words);
            longest = Math.Max(longest, words.Count);
        }
        return this with
        {
            Vocabulary = [.. _always, .. vocabulary.Except(_always).Order(StringComparer.Ordinal)],
            MaxLength = Math.Max(MaxLength, Math.Min(LongestCaption, longest)),
        };
    }

    /// <summary>
    /// Cuts a caption into the units that the vocabulary lists: words of any script, single ideographs and kana, emoji, single digits, and
    /// the point inside a number.
    /// </summary>
    /// <param name="caption">Any text; case and punctuation do not matter.</param>
    /// <returns>Units in order.</returns>
    public static IReadOnlyList<string> Split(string caption) => [.. Units().Matches(caption.ToLowerInvariant()).Select(m => m.Value)];

    /// <summary>As much of a text as a model with this vocabulary reads: its known words in order, and of these no more than fit.</summary>
    /// <param name="caption">Any text.</param>
    /// <returns>The words, or null where none is known.</returns>
    public string? Readable(string caption)
    {
        string[] known = [.. Split(caption).Where(Vocabulary.Contains).Take(MaxLength)];
        return known.Length > 0 ? string.Join(' ', known) : null;
    }

    /// <summary>Reads a configuration file.</summary>
    /// <param name="path">The JSON file.</param>
    /// <returns>The checked configuration.</returns>
    /// <exception cref="InputException">The file is missing, is not JSON, or has impossible values.</exception>
    public static CaptionConfig Load(string path) => Parse(ModelJson.Read(path), path);

    /// <summary>Reads a configuration from text.</summary>
    /// <param name="json">A JSON object in snake_case.</param>
    /// <param name="file">Name to give in error messages.</param>
    /// <returns>The checked configuration.</returns>
    /// <exception cref="InputException">The text is not JSON or has impossible values.</exception>
    public static CaptionConfig Parse(string json, string file)
    {
        var config = ModelJson.Parse<CaptionConfig>(json, file);
        config.Validate(file);
        return config;
    }

    /// <summary>Writes the configuration as JSON text.</summary>
    /// <returns>Indented snake_case JSON.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Options);

    /// <summary>Checks that the sizes fit together.</summary>
    /// <param name="source">Name of the file or preset, for error messages.</param>
    /// <exception cref="InputException">A field has an impossible value; the message names it.</exception>
    public void Validate(string source)
    {
        if (Vocabulary is not { Length: > 0 } || Vocabulary[0] != Padding || Vocabulary.Distinct().Count() != Vocabulary.Length)
            throw new InputException($"{source}: vocabulary: must begin with {Padding} and list every word once");
        if (MaxLength <= 0 || Dim <= 0 || Layers < 0)
            throw new InputException($"{source}: max_length, dim and layers: must be positive");
        if (Heads <= 0 || Dim % Heads != 0)
            throw new InputException($"{source}: heads: {Heads} do not divide dim {Dim}");
    }

    // Scripts without spaces go sign by sign; what lies beyond 16 bits (emoji, rare ideographs) is a surrogate pair.
    [GeneratedRegex(@"[\u2E80-\u2FDF\u3005-\u3007\u3041-\u3096\u30A1-\u30FA\u30FC-\u30FE\u3400-\u9FFF\uF900-\uFAFF\u2600-\u27BF\u2B00-\u2BFF]|[\uD800-\uDBFF][\uDC00-\uDFFF]|[\p{L}\p{M}-[\u2E80-\u2FDF\u3005-\u3007\u3041-\u3096\u30A1-\u30FA\u30FC-\u30FE\u3400-\u9FFF\uF900-\uFAFF\uFE00-\uFE0F]]+|\p{Nd}|(?<=\p{Nd})\.(?=\p{Nd})")]
    private static partial Regex Units();
}
