namespace AniSora.Models;

/// <summary>Turns captions into the word numbers that a <see cref="CaptionEncoder"/> reads, here or in an exported model.</summary>
public sealed class CaptionTokenizer
{
    private readonly CaptionConfig _config;
    private readonly Dictionary<string, long> _ids;

    /// <summary>A tokenizer for a vocabulary.</summary>
    /// <param name="config">The encoder's vocabulary and length, checked.</param>
    public CaptionTokenizer(CaptionConfig config)
    {
        _config = config;
        _ids = config.Vocabulary.Select((word, id) => (word, id)).ToDictionary(p => p.word, p => (long)p.id, StringComparer.Ordinal);
    }

    /// <summary>Looks up a caption's words.</summary>
    /// <param name="caption">Any text of known words.</param>
    /// <returns>Word numbers, padded with 0 to the full length.</returns>
    /// <exception cref="InputException">A word is unknown (its nearest known words are listed) or the caption is too long.</exception>
    public long[] Tokenize(string caption)
    {
        var words = CaptionConfig.Split(caption);
        if (words.Count > _config.MaxLength)
            throw new InputException($"caption \"{caption}\" has {words.Count} words; this model reads at most {_config.MaxLength}: shorten it");
        var tokens = new long[_config.MaxLength];
        for (var i = 0; i < words.Count; i++)
        {
            if (!_ids.TryGetValue(words[i], out tokens[i]))
                throw new InputException($"caption \"{caption}\": this model does not know the word \"{words[i]}\"; nearest known words: {string.Join(", ", Nearest.To(words[i], _config.Vocabulary.Where(w => char.IsLetter(w[0])), 4))}");
        }
        return tokens;
    }
}
