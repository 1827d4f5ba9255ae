using AniSora.Models.Fast;

namespace AniSora.Models;

/// <summary>
/// A small word-level text encoder that is trained together with the transformer, for worlds whose captions use a few hundred words:
/// embeddings of word and place, and pre-norm transformer layers. Takes T5's place in small models.
/// </summary>
public sealed class CaptionEncoder : Module<Tensor, Tensor>
{
    private readonly Embedding token_embedding;
    private readonly Parameter position_embedding;
    private readonly ModuleList<CaptionLayer> layers = new();
    private readonly LayerNorm norm_final;
    private readonly CaptionTokenizer _tokenizer;

    /// <summary>Makes an encoder with random weights.</summary>
    /// <param name="config">Sizes and vocabulary.</param>
    /// <exception cref="InputException">The sizes do not fit together.</exception>
    public CaptionEncoder(CaptionConfig config)
        : base(nameof(CaptionEncoder))
    {
        config.Validate("caption configuration");
        Config = config;
        _tokenizer = new CaptionTokenizer(config);
        token_embedding = Embedding(config.Vocabulary.Length, config.Dim);
        position_embedding = new Parameter(randn([config.MaxLength, config.Dim]) * 0.1);
        for (var i = 0; i < config.Layers; i++)
            layers.Add(new CaptionLayer(config));
        norm_final = LayerNorm(config.Dim);
        RegisterComponents();
    }

    /// <summary>Sizes and vocabulary.</summary>
    public CaptionConfig Config { get; }

    /// <inheritdoc cref="CaptionTokenizer.Tokenize"/>
    public long[] Tokenize(string caption) => _tokenizer.Tokenize(caption);

    /// <summary>Encodes captions.</summary>
    /// <param name="captions">B texts.</param>
    /// <returns>[B, L, D].</returns>
    /// <exception cref="InputException">A word is unknown or a caption too long.</exception>
    public Tensor Encode(IReadOnlyList<string> captions)
    {
        using var scope = NewDisposeScope();
        var tokens = captions.SelectMany(Tokenize).ToArray();
        return call(tensor(tokens, [captions.Count, Config.MaxLength], device: position_embedding.device)).MoveToOuterDisposeScope();
    }

    /// <summary>What stands for "no caption" in training and guidance: zeros, as in AniSora.</summary>
    /// <param name="count">B.</param>
    /// <returns>[B, L, D].</returns>
    public Tensor NoCaption(long count) => zeros([count, Config.MaxLength, Config.Dim], device: position_embedding.device);

    /// <summary>Encodes word numbers.</summary>
    /// <param name="tokens">[B, L], int64.</param>
    /// <returns>[B, L, D].</returns>
    public override Tensor forward(Tensor tokens)
    {
        var x = token_embedding.call(tokens) + position_embedding;
        foreach (var layer in layers)
            x = layer.call(x);
        return norm_final.call(x);
    }
}

/// <summary>A pre-norm transformer layer over [B, L, D].</summary>
internal sealed class CaptionLayer : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1;
    private readonly Linear to_qkv;
    private readonly Linear to_out;
    private readonly LayerNorm norm2;
    private readonly Linear up;
    private readonly Linear down;
    private readonly int _heads;

    public CaptionLayer(CaptionConfig config)
        : base(nameof(CaptionLayer))
    {
        norm1 = LayerNorm(config.Dim);
        to_qkv = Linear(config.Dim, 3 * config.Dim);
        to_out = Linear(config.Dim, config.Dim);
        norm2 = LayerNorm(config.Dim);
        up = Linear(config.Dim, 4 * config.Dim);
        down = Linear(4 * config.Dim, config.Dim);
        _heads = config.Heads;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (b, l, d) = (x.shape[0], x.shape[1], x.shape[2]);
        var qkv = to_qkv.Apply(norm1.call(x)).view(b, l, 3, _heads, d / _heads).permute(2, 0, 3, 1, 4).reshape(3, b * _heads, l, d / _heads);
        var scores = bmm(qkv[0], qkv[1].transpose(1, 2)) * (1 / Math.Sqrt((double)d / _heads));
        var mixed = bmm(scores.softmax(-1), qkv[2]).view(b, _heads, l, d / _heads).transpose(1, 2).reshape(b, l, d);
        x = x + to_out.Apply(mixed);
        return x + down.Apply(F.gelu(up.Apply(norm2.call(x))));
    }
}
