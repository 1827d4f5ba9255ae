using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>An axis of the inputs that may have another size at every run.</summary>
/// <param name="Name">Its name, such as <c>batch</c>.</param>
/// <param name="Low">
/// The model is recorded with this size and the one above it, and checked two above. 2 or more where a tensor has that size, since an axis of size 1 is treated apart by many models.
/// </param>
public sealed record GraphAxis(string Name, long Low = 2)
{
    /// <summary>
    /// A larger size that the model is tried at, with the other axes at their lower sizes: by default 9 above the lower one, which shows a
    /// rounding to whole blocks of up to 8. Less where the model takes no more.
    /// </summary>
    public long Far { get; init; } = Low + 9;

    /// <summary>The axis's size as a formula.</summary>
    public static implicit operator SizeFormula(GraphAxis axis) => SizeFormula.Of(axis.Name);

    /// <summary>Sum.</summary>
    public static SizeFormula operator +(GraphAxis axis, long number) => SizeFormula.Of(axis.Name) + number;

    /// <summary>Difference.</summary>
    public static SizeFormula operator -(GraphAxis axis, long number) => SizeFormula.Of(axis.Name) - number;

    /// <summary>Product.</summary>
    public static SizeFormula operator *(long number, GraphAxis axis) => SizeFormula.Of(axis.Name) * number;
}

/// <summary>An input of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">The sizes of its axes.</param>
public sealed record GraphInput(string Name, ScalarType Type, params IReadOnlyList<SizeFormula> Shape)
{
    /// <summary>Makes an example of a shape; null for standard-normal numbers (whole numbers 0 and 1 for the integer types).</summary>
    public Func<long[], Tensor>? Example { get; init; }

    /// <summary>An example at given sizes of the axes.</summary>
    /// <param name="sizes">The size of every axis.</param>
    /// <param name="seed">Other seeds give other content, unless <see cref="Example"/> makes it.</param>
    /// <exception cref="ArgumentException"><see cref="Example"/> made another type or shape.</exception>
    public Tensor At(IReadOnlyDictionary<string, long> sizes, ulong seed = 1)
    {
        long[] shape = [.. Shape.Select(s => s.At(sizes))];
        if (Example?.Invoke(shape) is { } made)
            return made.dtype == Type && made.shape.AsSpan().SequenceEqual(shape)
                ? made
                : throw new ArgumentException($"the example for input {Name} is {made.Describe()}, not {Type} [{string.Join(", ", shape)}]");
        using var generator = new Generator(seed);
        using var noise = randn(shape, device: CPU, generator: generator);
        return Type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16
            ? noise.to(Type)
            : noise.gt(0).to(Type);
    }
}
