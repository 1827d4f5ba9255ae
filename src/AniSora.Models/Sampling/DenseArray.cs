using System.Numerics.Tensors;

namespace AniSora.Models.Sampling;

/// <summary>Numbers in row-major order with the sizes of their axes.</summary>
/// <param name="Values">As many as the product of the shape.</param>
/// <param name="Shape">Sizes of the axes, the slowest first.</param>
public sealed record DenseArray(float[] Values, params long[] Shape)
{
    /// <summary>The numbers.</summary>
    /// <exception cref="ArgumentException">They are not as many as the shape says.</exception>
    public float[] Values { get; } = Values.Length == Count(Shape)
        ? Values
        : throw new ArgumentException($"{Values.Length} numbers do not fill [{string.Join(", ", Shape)}]");

    /// <summary>A new array of zeros.</summary>
    /// <param name="shape">Sizes of the axes.</param>
    public static DenseArray Zeros(params long[] shape) => new(new float[Count(shape)], shape);

    /// <summary>Σ weight · array: the arithmetic of every sampler. Each weight is rounded to float32 once, each product and sum once together.</summary>
    /// <param name="terms">At least one; all of the same shape.</param>
    /// <returns>A new array of that shape.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static DenseArray Mix(params ReadOnlySpan<(double Weight, DenseArray Array)> terms)
    {
        var (weight, array) = terms[0];
        var sum = Zeros(array.Shape);
        TensorPrimitives.Multiply(array.Values, (float)weight, sum.Values);
        foreach (var (next, other) in terms[1..])
        {
            if (!other.Shape.AsSpan().SequenceEqual(sum.Shape))
                throw new ArgumentException($"[{string.Join(", ", other.Shape)}] cannot be added to [{string.Join(", ", sum.Shape)}]");
            TensorPrimitives.FusedMultiplyAdd<float>(other.Values, (float)next, sum.Values, sum.Values);
        }
        return sum;
    }

    /// <summary>Arrays one after the other along an axis; a single one is given back itself.</summary>
    /// <param name="parts">At least one; their other axes are of the same size.</param>
    /// <param name="axis">Which axis.</param>
    public static DenseArray Concat(IReadOnlyList<DenseArray> parts, int axis)
    {
        if (parts.Count == 1)
            return parts[0];
        long[] shape = [.. parts[0].Shape];
        shape[axis] = parts.Sum(p => p.Shape[axis]);
        var whole = Zeros(shape);
        long start = 0;
        foreach (var part in parts)
        {
            whole.Place(axis, start, part.Values);
            start += part.Shape[axis];
        }
        return whole;
    }

    /// <summary>Overwrites a stretch of an axis.</summary>
    /// <param name="axis">Which axis.</param>
    /// <param name="start">Where the stretch begins; its length is the part's.</param>
    /// <param name="part">An array's numbers whose other axes are this one's.</param>
    public void Place(int axis, long start, ReadOnlySpan<float> part)
    {
        int rows = (int)Count(Shape.AsSpan(0, axis)), width = (int)Count(Shape.AsSpan(axis)), from = (int)(start * Count(Shape.AsSpan(axis + 1))), wide = part.Length / rows;
        for (int row = 0; row < rows; row++)
            part.Slice(row * wide, wide).CopyTo(Values.AsSpan((row * width) + from, width - from));
    }

    /// <summary>A copy of a stretch of an axis; the array itself where that is all of it.</summary>
    /// <param name="axis">Which axis.</param>
    /// <param name="start">Where the stretch begins.</param>
    /// <param name="length">How long it is.</param>
    public DenseArray Narrow(int axis, long start, long length)
    {
        if (length == Shape[axis])
            return this;
        long[] shape = [.. Shape];
        shape[axis] = length;
        var part = Zeros(shape);
        int cell = (int)Count(Shape.AsSpan(axis + 1)), rows = (int)Count(Shape.AsSpan(0, axis)), width = (int)length * cell;
        for (int row = 0; row < rows; row++)
            Values.AsSpan((int)(((row * Shape[axis]) + start) * cell), width).CopyTo(part.Values.AsSpan(row * width));
        return part;
    }

    private static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
            count = checked(count * size);
        return count;
    }
}
