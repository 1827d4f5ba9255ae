using AniSora.Data.Models;
using Microsoft.ML.Tokenizers;

namespace AniSora.Evaluation.Networks;

/// <summary>Texts as CLIP numbers them: lower case, byte-pair encoding with <c>&lt;/w&gt;</c> at the end of a word, a token before and after, zeros behind.</summary>
internal sealed class ClipTokens
{
    private readonly TextTower _text;
    private readonly BpeTokenizer _tokenizer;
    private readonly int _begin, _end;

    public ClipTokens(string manifest, TextTower text)
    {
        _text = text;
        try
        {
            using FileStream vocabulary = File.OpenRead(PictureModelManifest.Beside(manifest, text.Vocabulary)), merges = File.OpenRead(PictureModelManifest.Beside(manifest, text.Merges));
            _tokenizer = BpeTokenizer.Create(vocabulary, merges, preTokenizer: RegexPreTokenizer.CreateWordOrNonWord(), normalizer: new LowerCaseNormalizer(), endOfWordSuffix: "</w>");
        }
        catch (Exception e) when (e is not InputException)
        {
            throw new InputException($"{manifest}: text.vocabulary, text.merges: {text.Vocabulary} and {text.Merges} are no byte-pair vocabulary ({e.Message.ReplaceLineEndings(" ")})", e);
        }
        int Number(string field, string token) => _tokenizer.Vocabulary.TryGetValue(token, out int number)
            ? number
            : throw new InputException($"{manifest}: text.{field}: {text.Vocabulary} has no token \"{token}\"");
        (_begin, _end) = (Number("begin", text.Begin), Number("end", text.End));
    }

    /// <summary>The numbers of a text's tokens, as many as the network takes; what is longer is cut off.</summary>
    public long[] Of(string text)
    {
        var numbers = new long[_text.Length];
        int[] words = [.. _tokenizer.EncodeToIds(text.Trim()).Take(_text.Length - 2)];
        numbers[0] = _begin;
        for (int i = 0; i < words.Length; i++)
            numbers[i + 1] = words[i];
        numbers[words.Length + 1] = _end;
        return numbers;
    }
}
