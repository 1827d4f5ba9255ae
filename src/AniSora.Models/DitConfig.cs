using System.Text.Json;
using System.Text.Json.Serialization;

namespace AniSora.Models;

/// <summary>
/// Sizes of a <see cref="MaskedDiT"/>. The names are those of the published <c>config.json</c> of CogVideoX 1.0 (snake_case there),
/// which therefore loads as it is.
/// </summary>
public sealed record DitConfig
{
    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 30;

    /// <summary>Numbers per head; a multiple of 16, for the rotary embedding splits it 2 : 3 : 3 over time, height and width.</summary>
    public int AttentionHeadDim { get; init; } = 64;

    /// <summary>Channels of the input: 16 noisy, and for guided models 16 of the guide latent and 4 of the folded mask.</summary>
    public int InChannels { get; init; } = 16;

    /// <summary>Channels of the output.</summary>
    public int OutChannels { get; init; } = 16;

    /// <summary>Whether the time embedding has its cosines before its sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Subtracted from the number of frequencies of the time embedding.</summary>
    public double FreqShift { get; init; }

    /// <summary>Width of the time embedding.</summary>
    public int TimeEmbedDim { get; init; } = 512;

    /// <summary>Width of the caption embedding.</summary>
    public int TextEmbedDim { get; init; } = 4096;

    /// <summary>Transformer blocks.</summary>
    public int NumLayers { get; init; } = 30;

    /// <summary>Probability of dropping a number in the feed-forward layers while training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Width in latent positions that the positional embeddings of non-rotary models were made for.</summary>
    public int SampleWidth { get; init; } = 90;

    /// <summary>Height in latent positions that the positional embeddings of non-rotary models were made for.</summary>
    public int SampleHeight { get; init; } = 60;

    /// <summary>Frames of video that the positional embeddings of non-rotary models were made for.</summary>
    public int SampleFrames { get; init; } = 49;

    /// <summary>Side of the square of latent positions that makes one token.</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>Latent steps per token; set only by CogVideoX 1.5, which this class cannot be.</summary>
    public int? PatchSizeT { get; init; }

    /// <summary>Frames per latent step.</summary>
    public int TemporalCompressionRatio { get; init; } = 4;

    /// <summary>Text tokens.</summary>
    public int MaxTextSeqLength { get; init; } = 226;

    /// <summary>Feed-forward activation: <c>gelu-approximate</c> (tanh, as published) or <c>gelu</c> (exact, and faster on a CPU).</summary>
    public string ActivationFn { get; init; } = "gelu-approximate";

    /// <summary>Activation between the layers of the time embedding; only <c>silu</c>.</summary>
    public string TimestepActivationFn { get; init; } = "silu";

    /// <summary>Whether the layer norms have weights.</summary>
    public bool NormElementwiseAffine { get; init; } = true;

    /// <summary>Added to the variance in the layer norms.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Divides the spatial positions of the sinusoidal embedding (non-rotary models).</summary>
    public double SpatialInterpolationScale { get; init; } = 1.875;

    /// <summary>Divides the temporal positions of the sinusoidal embedding (non-rotary models).</summary>
    public double TemporalInterpolationScale { get; init; } = 1.0;

    /// <summary>Rotates queries and keys by position (5B) instead of adding an embedding of it (2B).</summary>
    public bool UseRotaryPositionalEmbeddings { get; init; }

    /// <summary>Adds a learned embedding of the position (5B-I2V, beside the rotary one). Fixes the size of the latent.</summary>
    public bool UseLearnedPositionalEmbeddings { get; init; }

    /// <summary>Whether the patch embedding has a bias.</summary>
    public bool PatchBias { get; init; } = true;

    /// <summary>Width of the transformer: heads × head width.</summary>
    [JsonIgnore]
    public int InnerDim => NumAttentionHeads * AttentionHeadDim;

    /// <summary>Reads a configuration file, a published one included.</summary>
    /// <param name="path">The <c>config.json</c>.</param>
    /// <returns>The checked configuration.</returns>
    /// <exception cref="InputException">The file is missing, is not JSON, or describes a model this class cannot be.</exception>
    public static DitConfig Load(string path) => Parse(ModelJson.Read(path), path);

    /// <summary>Reads a configuration from text.</summary>
    /// <param name="json">A JSON object in snake_case; unknown fields are ignored.</param>
    /// <param name="file">Name to give in error messages.</param>
    /// <returns>The checked configuration.</returns>
    /// <exception cref="InputException">The text is not JSON or describes a model this class cannot be.</exception>
    public static DitConfig Parse(string json, string file)
    {
        var config = ModelJson.Parse<DitConfig>(json, file);
        config.Validate(file);
        return config;
    }

    /// <summary>Writes the configuration as <c>config.json</c> text.</summary>
    /// <returns>Indented snake_case JSON.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Options);

    /// <summary>Checks that the sizes fit together.</summary>
    /// <param name="source">Name of the file or preset, for error messages.</param>
    /// <exception cref="InputException">A field has an impossible value; the message names it.</exception>
    public void Validate(string source)
    {
        void Require(bool holds, string field, string fix)
        {
            if (!holds)
                throw new InputException($"{source}: {field}: {fix}");
        }

        Require(PatchSizeT is null, "patch_size_t", "CogVideoX 1.5 models are not supported; use a 1.0 model");
        Require(NumAttentionHeads > 0 && NumLayers > 0, "num_attention_heads, num_layers", "must be positive");
        Require(AttentionHeadDim > 0 && AttentionHeadDim % 16 == 0, "attention_head_dim", $"is {AttentionHeadDim}; use a multiple of 16");
        Require(InChannels > 0 && OutChannels > 0 && InChannels >= OutChannels, "in_channels", $"is {InChannels}; use out_channels ({OutChannels}) plus the guiding channels");
        Require(PatchSize > 0, "patch_size", "must be positive");
        Require(TimeEmbedDim > 0 && TextEmbedDim > 0 && MaxTextSeqLength > 0, "time_embed_dim, text_embed_dim, max_text_seq_length", "must be positive");
        Require(ActivationFn is "gelu" or "gelu-approximate", "activation_fn", $"is {ActivationFn}; use gelu or gelu-approximate");
        Require(TimestepActivationFn == "silu", "timestep_activation_fn", $"is {TimestepActivationFn}; use silu");
        Require(Dropout is >= 0 and < 1, "dropout", $"is {Dropout}; use a probability below 1");
    }
}
