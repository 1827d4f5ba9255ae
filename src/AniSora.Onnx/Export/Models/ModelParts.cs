using AniSora.Models;
using AniSora.Models.Conditioning;
using AniSora.Models.Layers;
using AniSora.Models.Sampling;

namespace AniSora.Onnx.Export.Models;

/// <summary>The parts of a model as they are exported: their inputs with dynamic axes, their graph, and what the model computes itself.</summary>
internal static class ModelParts
{
    /// <summary>Name that a cache has as an input: this, then the convolution's.</summary>
    public const string CachePrefix = "cache.";

    /// <summary>Name that a cache has as an output: this, then the convolution's.</summary>
    public const string NextCachePrefix = "next.";

    /// <summary>Samples, latent steps, latent rows and columns, tokens down and across the picture.</summary>
    public static readonly Dim Batch = Dim.Axis("batch"), Steps = Dim.Axis("steps"), Height = Dim.Axis("height"), Width = Dim.Axis("width"), Rows = Dim.Axis("rows"), Columns = Dim.Axis("columns");

    /// <summary>Word numbers to caption embedding.</summary>
    public static ModelPart CaptionEncoder(CaptionEncoder captions)
    {
        var (words, vocabulary) = (captions.Config.MaxLength, captions.Config.Vocabulary.Length);
        var tokens = new OnnxInput("tokens", int64, Batch, words) { Example = shape => arange(shape[0] * shape[1], dtype: int64).remainder(vocabulary).view(shape) };
        return new ModelPart("caption_encoder", captions, [tokens], (g, x) => [("text", g.Build(captions, x[0]))], x => [captions.call(x[0])]);
    }

    /// <summary>Noisy latent, guide, caption embedding and timestep to velocity, the scales around the network included.</summary>
    public static ModelPart Transformer(MaskedVideoModel model)
    {
        var (dit, channels) = (model.Dit.Config, model.Latents.Vae.Config.LatentChannels);
        // A learned embedding of the position is of one picture size.
        bool fixedSize = dit.UseLearnedPositionalEmbeddings;
        Dim height = fixedSize ? dit.SampleHeight : dit.PatchSize * Rows, width = fixedSize ? dit.SampleWidth : dit.PatchSize * Columns;
        OnnxInput[] inputs =
        [
            new("latent", float32, Batch, channels, Steps, height, width),
            new("guide", float32, Batch, channels + SpaceTimeMask.FoldedChannels, Steps, height, width) { Example = ExampleGuide },
            new("text", float32, Batch, model.Captions.Config.MaxLength, dit.TextEmbedDim),
            new("timestep", int64, Batch) { Example = shape => ((arange(shape[0], dtype: int64) * 300) + 99).remainder(1000) },
        ];
        return new ModelPart("transformer", model.Dit, inputs, (g, x) => [("velocity", g.Build(model, x[0], x[1], x[2], x[3]))], x => [model.Predict(x[0], x[1], x[2], x[3])]);
    }

    /// <summary>Video to normalised latent: the clip's beginning (or the whole clip), with what it leaves for the next chunk.</summary>
    public static ModelPart VaeEncoder(LatentSpace latents) => Encoder(latents, "vae_encoder", next: false);

    /// <summary>The encoder of the chunks that follow: takes the caches that <see cref="VaeEncoder"/> leaves.</summary>
    public static ModelPart VaeEncoderNext(LatentSpace latents) => Encoder(latents, "vae_encoder_next", next: true);

    /// <summary>Normalised latent to video: the clip's beginning (or the whole clip), with what it leaves for the next chunk.</summary>
    public static ModelPart VaeDecoder(LatentSpace latents) => Decoder(latents, "vae_decoder", next: false);

    /// <summary>The decoder of the chunks that follow: takes the caches that <see cref="VaeDecoder"/> leaves.</summary>
    public static ModelPart VaeDecoderNext(LatentSpace latents) => Decoder(latents, "vae_decoder_next", next: true);

    /// <summary>A mask of zeros and ones, then any latent.</summary>
    private static Tensor ExampleGuide(long[] shape)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var numbers = randn(shape, generator: generator);
        long folded = SpaceTimeMask.FoldedChannels;
        return cat([numbers.narrow(1, 0, folded).gt(0).to(float32), numbers.narrow(1, folded, shape[1] - folded)], 1).MoveToOuterDisposeScope();
    }

    private static ModelPart Encoder(LatentSpace latents, string name, bool next)
    {
        var config = latents.Vae.Config;
        long r = config.TemporalCompressionRatio, side = VaeConfig.SpatialCompression;
        return Chunk(latents.Vae, name, next, isFirst => new OnnxInput("video", float32, Batch, config.InChannels, isFirst ? (r * Steps) - (r - 1) : r * Steps, side * Height, side * Width),
            (g, chunk, state) =>
            {
                var moments = g.Encode(latents.Vae, chunk, state).Chunk(2, 1);
                return [("latent", (moments[0] - Mean(g, latents)) * (1 / latents.Statistics.Deviation)), ("log_variance", moments[1].Clamp(-30, 20))];
            },
            (chunk, state) =>
            {
                var moments = latents.Vae.EncodeChunk(chunk, state).chunk(2, 1);
                var gaussian = new DiagonalGaussian(moments[0], moments[1]);
                return [latents.Normalize(gaussian.Mean), gaussian.LogVar];
            });
    }

    private static ModelPart Decoder(LatentSpace latents, string name, bool next) =>
        Chunk(latents.Vae, name, next, _ => new OnnxInput("latent", float32, Batch, latents.Vae.Config.LatentChannels, Steps, Height, Width),
            (g, chunk, state) => [("video", g.Decode(latents.Vae, (chunk * latents.Statistics.Deviation) + Mean(g, latents), state).Clamp(-1, 1))],
            (chunk, state) => [latents.Vae.DecodeChunk(latents.Denormalize(chunk), state).clamp(-1, 1)]);

    private static Value Mean(GraphBuilder g, LatentSpace latents) =>
        g.Literal("means of the latent channels", () => tensor(latents.Statistics.Mean).reshape(1, latents.Statistics.Mean.Length, 1, 1, 1));

    /// <summary>A part of the VAE with its caches as inputs and outputs.</summary>
    private static ModelPart Chunk(CausalVae vae, string name, bool next, Func<bool, OnnxInput> input,
        Func<GraphBuilder, Value, ChunkValues, IReadOnlyList<(string, Value)>> build, Func<Tensor, ChunkState, IReadOnlyList<Tensor>> code)
    {
        var names = vae.named_modules().Where(m => m.module is CausalConv3d).ToDictionary(m => (CausalConv3d)m.module, m => m.name);
        List<(string, Value)> Build(GraphBuilder g, Value chunk, ChunkValues state) =>
            [.. build(g, chunk, state), .. state.Tails.Select(t => (NextCachePrefix + names[t.Key], t.Value))];
        if (!next)
        {
            return new ModelPart(name, vae, [input(true)], (g, x) => Build(g, x[0], new ChunkValues(null)), given =>
            {
                using var state = new ChunkState(keep: true);
                return [.. code(given[0], state), .. state.Tails.Select(t => t.Value.alias())];
            });
        }

        // Which caches there are, and of which shapes, follows from the clip's beginning.
        var (beginning, first) = (new GraphBuilder(name, vae), new ChunkValues(null));
        var start = input(true);
        build(beginning, beginning.Input(start.Name, start.Type, start.Shape), first);
        CausalConv3d[] convolutions = [.. first.Tails.Keys];
        OnnxInput[] inputs = [input(false), .. first.Tails.Select(t => new OnnxInput(CachePrefix + names[t.Key], float32, t.Value.Shape))];
        return new ModelPart(name, vae, inputs,
            (g, x) => Build(g, x[0], new ChunkValues(convolutions.Zip(x.Skip(1)).ToDictionary())),
            given =>
            {
                // The state disposes of what it has been given: it gets objects of its own.
                using var state = ChunkState.After(convolutions.Select((c, i) => KeyValuePair.Create(c, given[i + 1].alias().DetachFromDisposeScope())));
                return [.. code(given[0], state), .. state.Tails.Select(t => t.Value.alias())];
            });
    }
}
