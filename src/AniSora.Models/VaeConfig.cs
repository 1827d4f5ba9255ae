using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AniSora.Models;

/// <summary>How the VAE's feature maps are normalised.</summary>
public enum VaeNorm
{
    /// <summary>Group normalisation over a whole chunk (groups × time × height × width), as published. Chunk boundaries change the result.</summary>
    Group,

    /// <summary>
    /// Group normalisation over each frame by itself (groups × height × width): no frame touches another, so that a clip coded in
    /// chunks equals the clip coded whole.
    /// </summary>
    Frame,

    /// <summary>
    /// Root-mean-square over the channels of each position. Looks at one point of space and time only, so that
    /// chunks equal the whole here too.
    /// </summary>
    Rms,
}

/// <summary>
/// Sizes of a <see cref="CausalVae"/>. The names are those of the published <c>config.json</c> (snake_case there), which therefore
/// loads as it is; the last block of properties is this project's own and is off by default.
/// </summary>
public sealed record VaeConfig
{
    /// <summary>Pixels on a side of the square that one latent position stands for.</summary>
    public const int SpatialCompression = 8;

    /// <summary>Colour channels of the video that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Colour channels of the video that is decoded.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Feature widths from the finest level to the coarsest.</summary>
    public int[] BlockOutChannels { get; init; } = [128, 256, 256, 512];

    /// <summary>Channels of a latent.</summary>
    public int LatentChannels { get; init; } = 16;

    /// <summary>Residual blocks per level of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 3;

    /// <summary>Groups of the group normalisation; must divide every width. Unused with <see cref="VaeNorm.Rms"/>.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Added to the variance before its root is taken.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>Frames per latent step (the first frame has a step of its own); a power of two.</summary>
    public int TemporalCompressionRatio { get; init; } = 4;

    /// <summary>What latents are multiplied with before diffusion, so that their variance is about one.</summary>
    public double ScalingFactor { get; init; } = 1.15258426;

    /// <summary>Whether a 1×1 convolution follows the encoder. No published CogVideoX has one, and this model neither.</summary>
    public bool UseQuantConv { get; init; }

    /// <summary>Whether a 1×1 convolution precedes the decoder. No published CogVideoX has one, and this model neither.</summary>
    public bool UsePostQuantConv { get; init; }

    /// <summary>
    /// Side of the pixel square folded into channels before the first convolution and unfolded after the last: 1 (published), 2, 4
    /// or 8. Each doubling saves one halving of the picture inside the network; the compression stays <see cref="SpatialCompression"/>.
    /// </summary>
    public int PatchSize { get; init; } = 1;

    /// <summary>How feature maps are normalised.</summary>
    public VaeNorm Norm { get; init; } = VaeNorm.Group;

    /// <summary>
    /// Adds a <see cref="Layers.LinearPath"/> beside the convolutions, which can start as a principal-component code
    /// (<see cref="CausalVae.InitializeLinearPath"/>).
    /// </summary>
    public bool LinearPath { get; init; }

    /// <summary>Log-variance that an untrained encoder with a linear path gives to every latent, so that sampling hardly blurs its code.</summary>
    public double InitialLogVariance { get; init; } = -6;

    /// <summary>How often the picture is halved inside the network: log2(8 / patch).</summary>
    [JsonIgnore]
    public int SpatialHalvings => BitOperations.Log2((uint)(SpatialCompression / PatchSize));

    /// <summary>How often time is halved: log2 of the temporal compression.</summary>
    [JsonIgnore]
    public int TemporalHalvings => BitOperations.Log2((uint)TemporalCompressionRatio);

    /// <summary>Latent steps of a clip of <paramref name="frames"/> = r·k + 1 frames: k + 1, where r is the temporal compression.</summary>
    /// <param name="frames">Frames of the clip.</param>
    /// <returns>The number of latent steps.</returns>
    public long LatentFrames(long frames) => ((frames - 1) / TemporalCompressionRatio) + 1;

    /// <summary>Frames that <paramref name="latentFrames"/> latent steps decode to: r·(T' − 1) + 1.</summary>
    /// <param name="latentFrames">Latent steps T'.</param>
    /// <returns>The number of frames.</returns>
    public long VideoFrames(long latentFrames) => ((latentFrames - 1) * TemporalCompressionRatio) + 1;

    /// <summary>Reads a configuration file, a published one included.</summary>
    /// <param name="path">The <c>config.json</c>.</param>
    /// <returns>The checked configuration.</returns>
    /// <exception cref="InputException">The file is missing, is not JSON, or describes a model this class cannot be.</exception>
    public static VaeConfig Load(string path) => Parse(ModelJson.Read(path), path);

    /// <summary>Reads a configuration from text.</summary>
    /// <param name="json">A JSON object in snake_case; unknown fields are ignored.</param>
    /// <param name="file">Name to give in error messages.</param>
    /// <returns>The checked configuration.</returns>
    /// <exception cref="InputException">The text is not JSON or describes a model this class cannot be.</exception>
    public static VaeConfig Parse(string json, string file)
    {
        var config = ModelJson.Parse<VaeConfig>(json, file);
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

        Require(PatchSize is 1 or 2 or 4 or 8, "patch_size", $"is {PatchSize}; use 1, 2, 4 or 8");
        Require(TemporalCompressionRatio is > 0 and <= 64 && BitOperations.IsPow2(TemporalCompressionRatio), "temporal_compression_ratio", $"is {TemporalCompressionRatio}; use a power of two");
        Require(BlockOutChannels is { Length: > 0 } && BlockOutChannels.All(c => c > 0), "block_out_channels", "needs at least one positive width");
        Require(BlockOutChannels.Length - 1 >= Math.Max(SpatialHalvings, TemporalHalvings), "block_out_channels", $"has {BlockOutChannels.Length} widths; {SpatialHalvings} halvings of space and {TemporalHalvings} of time need at least {Math.Max(SpatialHalvings, TemporalHalvings) + 1}");
        Require(LatentChannels > 0 && InChannels > 0 && OutChannels > 0 && LayersPerBlock > 0, "latent_channels, in_channels, out_channels, layers_per_block", "must be positive");
        Require(Norm == VaeNorm.Rms || (NormNumGroups > 0 && BlockOutChannels.All(c => c % NormNumGroups == 0)), "norm_num_groups", $"{NormNumGroups} groups do not divide every width of block_out_channels");
        Require(!UseQuantConv && !UsePostQuantConv, "use_quant_conv", "models with quantisation convolutions are not supported; CogVideoX has none");
        Require(!LinearPath || InChannels == OutChannels, "linear_path", "needs in_channels equal to out_channels");
    }
}
