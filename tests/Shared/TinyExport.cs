using System.Security.Cryptography;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Onnx.Engine;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Tests;

/// <summary>
/// Writes a whole exported model of a few operators a part, whose results a test can compute by itself:
/// <code>
/// text      row of the word's number in <see cref="Words"/>
/// latent    mean over 8 × 8 pixels of red and green in every fourth frame, plus the last latent of the chunk before
/// velocity  latent / 2 - guide's latent / 4 + mean of the text + timestep / 1000
/// video     latent (red, green, red again) plus the last latent of the chunk before, repeated 4 × 8 × 8 times, clamped
/// </code>
/// </summary>
internal static class TinyExport
{
    public const int Frames = 17, Side = 16, LatentChannels = 2;

    private const long Rest = int.MaxValue;

    public static CaptionConfig Captions { get; } = new CaptionConfig { MaxLength = 4, Dim = 3, Heads = 1, Layers = 0 }.FittedTo(["a ball runs"]);

    /// <summary>The embedding of each word of the vocabulary, <c>[words, 3]</c>.</summary>
    public static float[] Words { get; } = [.. Enumerable.Range(0, Captions.Vocabulary.Length * 3).Select(i => 0.01f * i)];

    public static OnnxModelIndex Write(string folder, bool chunked = false)
    {
        Directory.CreateDirectory(folder);
        var index = new OnnxModelIndex
        {
            Model = new ModelIndex { Name = "tiny", Frames = Frames, Height = Side, Width = Side, Fps = 8 },
            Captions = Captions,
            LatentChannels = LatentChannels,
            ChunkedVae = chunked,
            Parts = [.. Models().Select(m =>
            {
                var bytes = m.Model.ToBytes();
                File.WriteAllBytes(Path.Combine(folder, m.Name + ".onnx"), bytes);
                return new OnnxPart(m.Name, [m.Name + ".onnx"], Convert.ToHexStringLower(SHA256.HashData(bytes)), 0);
            })],
        };
        ConfigFile.Save(Path.Combine(folder, OnnxModelIndex.FileName), index);
        return index;
    }

    private static IEnumerable<(string Name, TinyModel Model)> Models() =>
    [
        ("caption_encoder", CaptionEncoder()), ("transformer", Transformer()),
        ("vae_encoder", Encoder(next: false)), ("vae_encoder_next", Encoder(next: true)),
        ("vae_decoder", Decoder(next: false)), ("vae_decoder_next", Decoder(next: true)),
    ];

    private static TinyModel CaptionEncoder() => new TinyModel()
        .Input("tokens", TensorElementType.Int64, "batch", Captions.MaxLength).Output("text", TensorElementType.Float, "batch", Captions.MaxLength, Captions.Dim)
        .Weight("table", Words, Captions.Vocabulary.Length, Captions.Dim).Node("Gather", ["table", "tokens"], "text");

    private static TinyModel Transformer() => new TinyModel()
        .Input("latent", TensorElementType.Float, "batch", LatentChannels, "steps", "height", "width").Input("guide", TensorElementType.Float, "batch", 4 + LatentChannels, "steps", "height", "width")
        .Input("text", TensorElementType.Float, "batch", Captions.MaxLength, Captions.Dim).Input("timestep", TensorElementType.Int64, "batch")
        .Output("velocity", TensorElementType.Float, "batch", LatentChannels, "steps", "height", "width")
        .Weight("half", [0.5f], 1).Weight("quarter", [-0.25f], 1).Weight("thousandth", [0.001f], 1)
        .Node("Mul", ["latent", "half"], "x")
        .Cut("guide", "guide_latent", axis: 1, from: 4, to: 4 + LatentChannels).Node("Mul", ["guide_latent", "quarter"], "g")
        .Node("ReduceMean", ["text"], "words", ("axes", new long[] { 1, 2 }), ("keepdims", 0L))
        .Node("Cast", ["timestep"], "t", ("to", 1L)).Node("Mul", ["t", "thousandth"], "time")
        .Node("Add", ["words", "time"], "told").Weight("axes", [1L, 2, 3, 4], 4).Node("Unsqueeze", ["told", "axes"], "everywhere")
        .Node("Add", ["x", "g"], "sum").Node("Add", ["sum", "everywhere"], "velocity");

    private static TinyModel Encoder(bool next)
    {
        var model = new TinyModel().Input("video", TensorElementType.Float, "batch", 3, "frames", "rows", "columns")
            .Output("latent", TensorElementType.Float, "batch", LatentChannels, "steps", "height", "width")
            .Output("log_variance", TensorElementType.Float, "batch", LatentChannels, "steps", "height", "width")
            .Node("AveragePool", ["video"], "pooled", ("kernel_shape", new long[] { 1, 8, 8 }), ("strides", new long[] { 1, 8, 8 }))
            .Cut("pooled", "colours", axis: 1, from: 0, to: LatentChannels)
            .Cut("colours", "own", axis: 2, from: next ? 3 : 0, to: Rest, step: 4);
        return Cached(model, "own", "latent", next).Node("Neg", ["latent"], "log_variance");
    }

    private static TinyModel Decoder(bool next)
    {
        var model = new TinyModel().Input("latent", TensorElementType.Float, "batch", LatentChannels, "steps", "height", "width")
            .Output("video", TensorElementType.Float, "batch", 3, "frames", "rows", "columns");
        return Cached(model, "latent", "summed", next)
            .Cut("summed", "red", axis: 1, from: 0, to: 1).Node("Concat", ["summed", "red"], "colours", ("axis", 1L))
            .Weight("scales", [1f, 1, 4, 8, 8], 5)
            .Node("Resize", ["colours", "", "scales"], "large", ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"))
            .Cut("large", "cut", axis: 2, from: next ? 0 : 3, to: Rest)
            .Weight("least", [-1f]).Weight("most", [1f]).Node("Clip", ["cut", "least", "most"], "video");
    }

    /// <summary>Adds what the chunk before left, and leaves the last step for the next one.</summary>
    private static TinyModel Cached(TinyModel model, string own, string sum, bool next)
    {
        if (next)
            model.Input("cache.last", TensorElementType.Float, "batch", LatentChannels, 1, "height", "width").Node("Add", [own, "cache.last"], sum);
        else
            model.Node("Identity", [own], sum);
        return model.Output("next.last", TensorElementType.Float, "batch", LatentChannels, 1, "height", "width").Cut(sum, "next.last", axis: 2, from: -1, to: Rest);
    }

    private static TinyModel Cut(this TinyModel model, string input, string output, long axis, long from, long to, long step = 1) => model
        .Weight(output + ".from", [from], 1).Weight(output + ".to", [to], 1).Weight(output + ".axis", [axis], 1).Weight(output + ".step", [step], 1)
        .Node("Slice", [input, output + ".from", output + ".to", output + ".axis", output + ".step"], output);
}
