namespace AniSora.Onnx.Export;

public sealed partial class Value
{
    /// <summary>The same numbers in another shape.</summary>
    public Value Reshape(params IReadOnlyList<Dim> shape)
    {
        if (shape.SequenceEqual(Shape))
            return this;
        // With lengths that are the input's own at their place, and at most one other that is not known, no size has to be computed.
        bool Known(Dim dim, int i) => dim.IsConstant || (i < Rank && dim.Equals(Shape[i]));
        int open = shape.Where((dim, i) => !Known(dim, i)).Count();
        bool simple = !shape.Any(d => d.Equals(0)) && (open == 0 || (open == 1 && shape.Count(d => d.IsConstant) == shape.Count - 1));
        return simple
            ? Graph.Emit("Reshape", [this, Graph.Integers(shape.Select((dim, i) => dim.IsConstant ? dim.Constant : Known(dim, i) ? 0 : -1))], shape)
            : Graph.Emit("Reshape", [this, Graph.Sizes(shape)], shape, null, ("allowzero", 1L));
    }

    /// <summary>Axes in another order.</summary>
    public Value Permute(params int[] order) => order.SequenceEqual(Enumerable.Range(0, Rank))
        ? this
        : Graph.Emit("Transpose", [this], order.Select(a => Shape[a]), null, ("perm", order));

    /// <summary>Two axes exchanged.</summary>
    public Value Transpose(int a, int b)
    {
        int[] order = [.. Enumerable.Range(0, Rank)];
        (order[Axis(a)], order[Axis(b)]) = (Axis(b), Axis(a));
        return Permute(order);
    }

    /// <summary>With an axis of length 1 at a place.</summary>
    public Value Unsqueeze(int axis)
    {
        axis = axis < 0 ? axis + Rank + 1 : axis;
        return Graph.Emit("Unsqueeze", [this, Graph.Integers([axis])], [.. Shape.Take(axis), 1, .. Shape.Skip(axis)]);
    }

    /// <summary>Without an axis of length 1.</summary>
    public Value Squeeze(int axis) => Graph.Emit("Squeeze", [this, Graph.Integers([Axis(axis)])], Shape.Where((_, i) => i != Axis(axis)));

    /// <summary>The axes from one to another (both included) as one.</summary>
    public Value Flatten(int start = 0, int end = -1)
    {
        (start, end) = (Axis(start), Axis(end));
        return Reshape([.. Shape.Take(start), Dim.Product(Shape.Take(end + 1).Skip(start)), .. Shape.Skip(end + 1)]);
    }

    /// <summary>Axes of length 1 repeated.</summary>
    public Value Expand(params IReadOnlyList<Dim> shape) => shape.SequenceEqual(Shape) ? this : Graph.Emit("Expand", [this, Graph.Sizes(shape)], shape);

    /// <summary>Values one after another along an axis.</summary>
    public static Value Concat(IReadOnlyList<Value> values, int axis)
    {
        var first = values[0];
        axis = first.Axis(axis);
        return values.Count == 1 ? first : first.Graph.Emit("Concat", values, first.Shape.Select((d, i) => i == axis ? values.Select(v => v.Shape[axis]).Aggregate((a, b) => a + b) : d), null, ("axis", axis));
    }

    /// <summary>A part of an axis.</summary>
    public Value Narrow(int axis, Dim start, Dim length) => Slice(axis, start, start + length, 1, length);

    /// <summary>Every <paramref name="step"/>th place of a part of an axis.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="start">First place.</param>
    /// <param name="end">First place that is not taken.</param>
    /// <param name="step">Distance of the places.</param>
    /// <param name="length">How many they are.</param>
    public Value Slice(int axis, Dim start, Dim end, long step, Dim length)
    {
        axis = Axis(axis);
        return step == 1 && start.Equals(0) && length.Equals(Shape[axis])
            ? this
            : Graph.Emit("Slice", [this, Graph.Sizes([start]), Graph.Sizes([end]), Graph.Integers([axis]), Graph.Integers([step])], Shape.Select((d, i) => i == axis ? length : d));
    }

    /// <summary>Parts of given lengths along an axis.</summary>
    public Value[] Split(int axis, params IReadOnlyList<Dim> lengths)
    {
        axis = Axis(axis);
        return Graph.EmitMany("Split", [this, Graph.Sizes(lengths)], [.. lengths.Select(l => (Type, (IReadOnlyList<Dim>)[.. Shape.Select((d, i) => i == axis ? l : d)]))], ("axis", axis));
    }

    /// <summary>Equal parts along an axis whose length is known.</summary>
    public Value[] Chunk(int count, int axis) => Split(axis, [.. Enumerable.Repeat((Dim)(Shape[Axis(axis)].Constant / count), count)]);

    /// <summary>Places of an axis.</summary>
    /// <param name="index">Int64.</param>
    /// <param name="axis">The axis, in whose place those of the index come.</param>
    public Value Gather(Value index, int axis = 0)
    {
        axis = Axis(axis);
        return Graph.Emit("Gather", [this, index], [.. Shape.Take(axis), .. index.Shape, .. Shape.Skip(axis + 1)], null, ("axis", axis));
    }

    /// <summary>Each place of an axis repeated, one beside the other.</summary>
    public Value Repeat(int axis, long times)
    {
        if (times == 1)
            return this;
        axis = Axis(axis);
        // Joining copies whole rows; Expand goes number by number, which took sixteen times as long.
        var wide = Unsqueeze(axis + 1);
        return Concat([.. Enumerable.Repeat(wide, (int)times)], axis + 1).Reshape([.. Shape.Take(axis), Shape[axis] * times, .. Shape.Skip(axis + 1)]);
    }

    /// <summary>More places around.</summary>
    /// <param name="before">Before each axis; negative cuts off.</param>
    /// <param name="after">Behind each axis.</param>
    /// <param name="mode"><c>constant</c>, <c>reflect</c> or <c>edge</c>.</param>
    /// <param name="number">What stands there, if constant.</param>
    public Value Pad(IReadOnlyList<Dim> before, IReadOnlyList<Dim> after, string mode = "constant", double number = 0)
    {
        if (before.Concat(after).All(p => p.Equals(0)))
            return this;
        Value?[] inputs = [this, Graph.Sizes([.. before, .. after]), .. mode == "constant" ? [Like(number)] : Array.Empty<Value>()];
        return Graph.Emit("Pad", inputs, Shape.Select((d, i) => d + before[i] + after[i]), null, ("mode", mode));
    }
}
