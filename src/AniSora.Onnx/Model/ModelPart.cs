using AniSora.Torch.Recording;

namespace AniSora.Onnx.Model;

/// <summary>
/// A part of a model as it is exported: its inputs with their dynamic axes, and what it computes. Run as it is, it is the model itself on
/// libtorch; recorded, it becomes the graph that is written.
/// </summary>
/// <param name="Name">The graph's and the file's name.</param>
/// <param name="Module">Gives the graph its weights and names.</param>
/// <param name="Axes">Axes whose size may differ from run to run.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Forward">From tensors in the order of <paramref name="Inputs"/> to named outputs, in the caller's dispose scope.</param>
internal sealed record ModelPart(string Name, nn.Module Module, IReadOnlyList<GraphAxis> Axes, IReadOnlyList<GraphInput> Inputs,
    Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> Forward)
{
    /// <summary>What the part computes, as a graph.</summary>
    public RecordedGraph Record() => GraphRecorder.Record(Name, [("", Module)], Axes, Inputs, Forward);

    /// <summary>Sizes of the axes at which the part is run in a model of some size.</summary>
    /// <param name="batch">Samples.</param>
    /// <param name="steps">Latent steps.</param>
    /// <param name="height">Latent rows.</param>
    /// <param name="width">Latent columns.</param>
    /// <param name="tokenSize">Latent rows and columns of a token, for parts that count in tokens.</param>
    public Dictionary<string, long> Sizes(long batch, long steps, long height, long width, long tokenSize)
    {
        var all = new Dictionary<string, long>
        {
            [ModelParts.Batch.Name] = batch,
            [ModelParts.Steps.Name] = steps,
            [ModelParts.Height.Name] = height,
            [ModelParts.Width.Name] = width,
            [ModelParts.Rows.Name] = height / tokenSize,
            [ModelParts.Columns.Name] = width / tokenSize,
        };
        return Axes.ToDictionary(axis => axis.Name, axis => all[axis.Name]);
    }
}
