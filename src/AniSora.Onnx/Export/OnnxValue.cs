using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

/// <summary>A tensor of the ONNX graph that is being written: an input, what a node computes, or a constant.</summary>
public sealed class OnnxValue
{
    internal OnnxValue(string name, ScalarType type, IReadOnlyList<SizeFormula> shape, Tensor? constant = null) =>
        (Name, Type, Shape, Constant) = (name, type, shape, constant);

    /// <summary>Its name in the graph; may still change while the graph is made.</summary>
    public string Name { get; internal set; }

    /// <summary>Element type.</summary>
    public ScalarType Type { get; }

    /// <summary>Sizes of the axes.</summary>
    public IReadOnlyList<SizeFormula> Shape { get; internal set; }

    /// <summary>Number of axes.</summary>
    public int Rank => Shape.Count;

    /// <summary>The content, if it is known at export; the export owns it.</summary>
    public Tensor? Constant { get; }

    /// <summary>For an expanded value what it was before, which broadcasts to it.</summary>
    internal OnnxValue? Unexpanded { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type}[{string.Join(", ", Shape)}]";
}
