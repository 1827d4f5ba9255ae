using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Inference;

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Metadata">What the file says of it; axes of one symbolic name have one size.</param>
public sealed record OnnxValueInfo(string Name, NodeMetadata Metadata)
{
    /// <summary>Its element type; the one without a meaning, <see cref="TensorElementType.DataTypeMax"/>, if it is not a tensor.</summary>
    public TensorElementType Type => Metadata.IsTensor ? Metadata.ElementDataType : TensorElementType.DataTypeMax;

    /// <summary>Such as <c>float [batch, 3, 224, 224]</c>; an axis that takes any size and has no name is <c>?</c>.</summary>
    public string Signature => Metadata.IsTensor
        ? Describe(Type, Metadata.Dimensions.Zip(Metadata.SymbolicDimensions, (size, name) => size >= 0 ? $"{size}" : name.Length > 0 ? name : "?"))
        : $"no tensor ({Metadata.OnnxValueType})";

    /// <summary>Such as <c>float [1, 3, 224, 224]</c>.</summary>
    /// <param name="tensor">A tensor.</param>
    public static string Describe(OrtValue tensor)
    {
        var info = tensor.GetTensorTypeAndShape();
        return Describe(info.ElementDataType, info.Shape.Select(s => $"{s}"));
    }

    /// <summary>Whether a tensor has its type and as many axes, of the sizes that are fixed.</summary>
    internal bool Accepts(OrtTensorTypeAndShapeInfo tensor) =>
        tensor.ElementDataType == Type && tensor.Shape.Length == Metadata.Dimensions.Length && Metadata.Dimensions.Zip(tensor.Shape).All(p => p.First < 0 || p.First == p.Second);

    private static string Describe(TensorElementType type, IEnumerable<string> shape) => $"{type.ToString().ToLowerInvariant()} [{string.Join(", ", shape)}]";
}
