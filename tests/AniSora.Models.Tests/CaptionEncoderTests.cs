using AniSora.Models;

namespace AniSora.Models.Tests;

/// <summary>Words in, embeddings out.</summary>
public sealed class CaptionEncoderTests
{
    private static readonly CaptionConfig _config = new CaptionConfig { MaxLength = 8, Dim = 16, Heads = 2, Layers = 1 }
        .FittedTo(["a penguin runs left", "A penguin falls. motion score: 2.3."]);

    [Fact]
    public void Captions_are_cut_into_words_and_digits()
    {
        Assert.Equal(["a", "penguin", "falls", "motion", "score", "2", ".", "3"], CaptionConfig.Split("A penguin falls. motion score: 2.3."));
        Assert.Equal("<pad>", _config.Vocabulary[0]);
        Assert.Contains("penguin", _config.Vocabulary);
        Assert.Equal(_config.ToJson(), CaptionConfig.Parse(_config.ToJson(), "again").ToJson());
    }

    [Theory]
    [InlineData("Ein Mädchen läuft über die Brücke", "ein mädchen läuft über die brücke")]
    [InlineData("猫が走る。", "猫 が 走 る")]
    [InlineData("고양이가 달린다", "고양이가 달린다")]
    [InlineData("बिल्ली दौड़ती है", "बिल्ली दौड़ती है")]
    [InlineData("a cat 🐱 runs ❤️ 2.5", "a cat 🐱 runs ❤ 2 . 5")]
    public void Words_of_every_script_and_emoji_are_kept(string caption, string words) =>
        Assert.Equal(words.Split(' '), CaptionConfig.Split(caption));

    [Fact]
    public void An_encoder_is_as_long_as_the_longest_caption_that_it_is_fitted_to()
    {
        var config = new CaptionConfig { MaxLength = 4 };
        Assert.Equal(4, config.FittedTo(["a b"]).MaxLength);
        Assert.Equal(6, config.FittedTo(["a b", "a b c d e f"]).MaxLength);
        Assert.Equal(CaptionConfig.LongestCaption, config.FittedTo([string.Join(' ', Enumerable.Repeat("word", 300))]).MaxLength);
    }

    [Fact]
    public void Captions_become_embeddings_that_depend_on_word_order()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var encoder = new CaptionEncoder(_config);
        var both = encoder.Encode(["a penguin runs", "penguin a runs"]);
        Assert.Equal([2, 8, 16], both.shape);
        Assert.NotEqual(0, (both[0] - both[1]).abs().max().item<float>());
        Assert.Equal([3, 8, 16], encoder.NoCaption(3).shape);
        Assert.Equal(0, encoder.NoCaption(3).abs().max().item<float>());
    }

    [Fact]
    public void All_parameters_learn()
    {
        using var scope = NewDisposeScope();
        using var encoder = new CaptionEncoder(_config);
        encoder.Encode(["a penguin runs left"]).square().sum().backward();
        Assert.All(encoder.named_parameters(), p => Assert.True(p.Item2.grad is not null, p.Item1));
    }

    [Fact]
    public void An_unknown_word_is_named_with_its_nearest_neighbours()
    {
        using var encoder = new CaptionEncoder(_config);
        var message = Assert.Throws<InputException>(() => encoder.Tokenize("a pinguin runs")).Message;
        Assert.Contains("\"pinguin\"", message);
        Assert.Contains("nearest known words: penguin", message);
        Assert.Contains("at most 8", Assert.Throws<InputException>(() => encoder.Tokenize("a a a a a a a a a")).Message);
    }

    [Fact]
    public void Impossible_configurations_are_named()
    {
        Assert.Contains("vocabulary", Assert.Throws<InputException>(() => CaptionConfig.Parse("{\"vocabulary\": [\"a\"]}", "c.json")).Message);
        Assert.Contains("heads", Assert.Throws<InputException>(() => CaptionConfig.Parse("{\"heads\": 5}", "c.json")).Message);
    }
}
