using AniSora.Models;
using AniSora.Models.Conditioning;
using AniSora.Models.Layers;
using AniSora.Models.Sampling;
using AniSora.Torch.Recording;

namespace AniSora.Onnx.Model;

/// <summary>The parts of a model (<see cref="OnnxModelIndex"/> lists their inputs and outputs).</summary>
internal static class ModelParts
{
    /// <summary>Samples.</summary>
    public static readonly GraphAxis Batch = new("batch");

    /// <summary>Latent steps.</summary>
    public static readonly GraphAxis Steps = new("steps");

    /// <summary>Latent rows.</summary>
    public static readonly GraphAxis Height = new("height");

    /// <summary>Latent columns.</summary>
    public static readonly GraphAxis Width = new("width");

    /// <summary>Tokens down the picture.</summary>
    public static readonly GraphAxis Rows = new("rows");

    /// <summary>Tokens across the picture.</summary>
    public static readonly GraphAxis Columns = new("columns");

    /// <summary>Word numbers to caption embedding.</summary>
    public static ModelPart CaptionEncoder(CaptionEncoder captions)
    {
        var (words, vocabulary) = (captions.Config.MaxLength, captions.Config.Vocabulary.Length);
        var tokens = new GraphInput("tokens", int64, Batch, words)
        {
            Example = shape => arange(shape[0] * shape[1], dtype: int64).remainder(vocabulary).view(shape),
        };
        return new ModelPart("caption_encoder", captions, [Batch], [tokens], x => [("text", captions.call(x[0]))]);
    }

    /// <summary>Noisy latent, guide, caption embedding and timestep to velocity, the scales around the network included.</summary>
    public static ModelPart Transformer(MaskedVideoModel model)
    {
        var (dit, channels) = (model.Dit.Config, model.Latents.Vae.Config.LatentChannels);
        // A learned embedding of the position is of one picture size.
        bool fixedSize = dit.UseLearnedPositionalEmbeddings;
        SizeFormula height = fixedSize ? dit.SampleHeight : dit.PatchSize * Rows;
        SizeFormula width = fixedSize ? dit.SampleWidth : dit.PatchSize * Columns;
        GraphInput[] inputs =
        [
            new("latent", float32, Batch, channels, Steps, height, width),
            new("guide", float32, Batch, channels + SpaceTimeMask.FoldedChannels, Steps, height, width) { Example = ExampleGuide },
            new("text", float32, Batch, model.Captions.Config.MaxLength, dit.TextEmbedDim),
            new("timestep", int64, Batch) { Example = shape => (arange(shape[0], dtype: int64) * 300 + 99).remainder(1000) },
        ];
        return new ModelPart("transformer", model.Dit, fixedSize ? [Batch, Steps with { Far = PatchEmbed.LearnedGrid(dit).T }] : [Batch, Steps, Rows, Columns], inputs,
            x => [("velocity", model.Predict(x[0], x[1], x[2], x[3]))]);
    }

    /// <summary>Video to normalised latent: the clip's beginning (or the whole clip), with what it leaves for the next chunk.</summary>
    public static ModelPart VaeEncoder(LatentSpace latents) => Encoder(latents, "vae_encoder", null);

    /// <summary>The encoder of the chunks that follow.</summary>
    /// <param name="latents">The latent space.</param>
    /// <param name="beginning">The graph of <see cref="VaeEncoder"/>, whose caches this one takes.</param>
    public static ModelPart VaeEncoderNext(LatentSpace latents, RecordedGraph beginning) => Encoder(latents, "vae_encoder_next", beginning);

    /// <summary>Normalised latent to video: the clip's beginning (or the whole clip), with what it leaves for the next chunk.</summary>
    public static ModelPart VaeDecoder(LatentSpace latents) => Decoder(latents, "vae_decoder", null);

    /// <summary>The decoder of the chunks that follow.</summary>
    /// <param name="latents">The latent space.</param>
    /// <param name="beginning">The graph of <see cref="VaeDecoder"/>, whose caches this one takes.</param>
    public static ModelPart VaeDecoderNext(LatentSpace latents, RecordedGraph beginning) => Decoder(latents, "vae_decoder_next", beginning);

    /// <summary>A mask of zeros and ones, then any latent.</summary>
    private static Tensor ExampleGuide(long[] shape)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var numbers = randn(shape, generator: generator);
        long folded = SpaceTimeMask.FoldedChannels;
        return cat([numbers.narrow(1, 0, folded).gt(0).to(float32), numbers.narrow(1, folded, shape[1] - folded)], 1).MoveToOuterDisposeScope();
    }

    private static ModelPart Encoder(LatentSpace latents, string name, RecordedGraph? beginning)
    {
        var config = latents.Vae.Config;
        long r = config.TemporalCompressionRatio;
        var video = new GraphInput("video", float32, Batch, config.InChannels, beginning is null ? r * Steps - (r - 1) : r * Steps,
            VaeConfig.SpatialCompression * Height, VaeConfig.SpatialCompression * Width);
        return Chunk(latents.Vae, name, video, beginning, (chunk, state) =>
        {
            var moments = latents.Vae.EncodeChunk(chunk, state).chunk(2, 1);
            var gaussian = new DiagonalGaussian(moments[0], moments[1]);
            return [("latent", latents.Normalize(gaussian.Mean)), ("log_variance", gaussian.LogVar)];
        });
    }

    private static ModelPart Decoder(LatentSpace latents, string name, RecordedGraph? beginning)
    {
        var latent = new GraphInput("latent", float32, Batch, latents.Vae.Config.LatentChannels, Steps, Height, Width);
        return Chunk(latents.Vae, name, latent, beginning,
            (chunk, state) => [("video", latents.Vae.DecodeChunk(latents.Denormalize(chunk), state).clamp(-1, 1))]);
    }

    /// <summary>A part of the VAE with its caches as inputs and outputs.</summary>
    private static ModelPart Chunk(CausalVae vae, string name, GraphInput input, RecordedGraph? beginning,
        Func<Tensor, ChunkState, IReadOnlyList<(string, Tensor)>> code)
    {
        var names = vae.named_modules().Where(m => m.module is CausalConv3d).ToDictionary(m => (CausalConv3d)m.module, m => m.name);
        var convolutions = names.ToDictionary(n => n.Value, n => n.Key);
        var caches = (beginning?.Outputs ?? [])
            .Where(o => o.Name.StartsWith(OnnxModelIndex.NextCachePrefix, StringComparison.Ordinal))
            .Select(o => (Name: o.Name[OnnxModelIndex.NextCachePrefix.Length..], o.Value)).ToArray();
        GraphInput[] inputs = [input, .. caches.Select(c => new GraphInput(OnnxModelIndex.CachePrefix + c.Name, c.Value.Type, c.Value.Shape))];
        return new ModelPart(name, vae, [Batch, Steps, Height, Width], inputs, given =>
        {
            // The state disposes of what it has been given: it gets objects of its own.
            using var state = beginning is null
                ? new ChunkState(keep: true)
                : ChunkState.After(caches.Select((c, i) => KeyValuePair.Create(convolutions[c.Name], given[i + 1].alias().DetachFromDisposeScope())));
            var results = code(given[0], state);
            return [.. results, .. state.Tails.Select(t => (OnnxModelIndex.NextCachePrefix + names[t.Key], t.Value.alias()))];
        });
    }
}
