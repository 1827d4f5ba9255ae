using System.Globalization;
using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

public sealed partial class OnnxCall
{
    /// <summary>Writes a node of one output.</summary>
    /// <param name="op">An operator of ONNX's opset 17, such as <c>Add</c>.</param>
    /// <param name="inputs">Its inputs; null for one left out.</param>
    /// <param name="type">The output's type; null for the first input's.</param>
    /// <param name="shape">The output's shape; null for the first input's.</param>
    /// <param name="attributes">Attributes: whole numbers, fractions, texts and lists of whole numbers.</param>
    public OnnxValue Emit(string op, IReadOnlyList<OnnxValue?> inputs, ScalarType? type = null, IReadOnlyList<SizeFormula>? shape = null, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        _graph.Add(op, inputs, [(type ?? inputs[0]!.Type, shape ?? inputs[0]!.Shape)], attributes)[0];

    /// <summary>Writes a node of several outputs.</summary>
    /// <param name="op">An operator of ONNX's opset 17.</param>
    /// <param name="inputs">Its inputs; null for one left out.</param>
    /// <param name="outputs">Type and shape of each output.</param>
    /// <param name="attributes">Attributes, as for <see cref="Emit"/>.</param>
    public OnnxValue[] EmitMany(string op, IReadOnlyList<OnnxValue?> inputs, IReadOnlyList<(ScalarType Type, IReadOnlyList<SizeFormula> Shape)> outputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        _graph.Add(op, inputs, outputs, attributes);

    /// <summary>A number as a tensor without axes.</summary>
    /// <param name="number">The number.</param>
    /// <param name="type">Its type.</param>
    public OnnxValue Constant(double number, ScalarType type = ScalarType.Float32)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return _graph.Literal(type == ScalarType.Float32 ? text : $"{text} {type.ToString().ToLowerInvariant()}", () => full([], number, dtype: type));
    }

    /// <summary>Whole numbers that are the same at all sizes: int64 [n].</summary>
    /// <param name="numbers">The numbers.</param>
    public OnnxValue Integers(params IReadOnlyList<long> numbers) => SizeList([.. numbers.Select(n => (SizeFormula)n)]);

    /// <summary>A tensor that is known at export; it must live until the export is done, as all do that are made in a translation.</summary>
    /// <param name="name">A name for it; another like it is taken if it is not free.</param>
    /// <param name="content">The tensor.</param>
    public OnnxValue Constant(string name, Tensor content) =>
        new(name, content.dtype, [.. content.shape.Select(s => (SizeFormula)s)], content);

    /// <summary>Sizes at run time: int64 [n]. Their arithmetic is written once for the whole graph.</summary>
    /// <param name="sizes">The formulas.</param>
    public OnnxValue SizeList(params IReadOnlyList<SizeFormula> sizes) => _graph.SizeList(sizes);

    /// <summary>A number argument as a tensor without axes, also where it depends on the sizes.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="type">The type wanted.</param>
    public OnnxValue Scalar(string argument, ScalarType type)
    {
        if (Find(argument) is SizeFormula { IsConstant: false } size)
            return Cast(Emit("Squeeze", [_graph.Size(size)], shape: []), type);
        return Constant(Number(argument), type);
    }

    /// <summary>The value in another type.</summary>
    /// <param name="x">The value.</param>
    /// <param name="type">The type wanted.</param>
    public OnnxValue Cast(OnnxValue x, ScalarType type)
    {
        if (x.Type == type)
            return x;
        // Constants, such as integer weights, are converted at export.
        if (x.Constant is { } content && content.numel() <= 1 << 16)
            return Constant(x.Name, content.to(type));
        return Emit("Cast", [x], type, null, ("to", (long)OnnxTypes.Of(type)));
    }

    /// <summary>The same elements in another shape.</summary>
    /// <param name="x">The value.</param>
    /// <param name="shape">The shape; a chunk of length zero is kept.</param>
    public OnnxValue Reshape(OnnxValue x, params IReadOnlyList<SizeFormula> shape)
    {
        if (shape.SequenceEqual(x.Shape))
            return x;
        bool maybeEmpty = shape.Any(s => !s.IsConstant || s.Constant == 0);
        return maybeEmpty
            ? Emit("Reshape", [x, SizeList(shape)], null, shape, ("allowzero", 1L))
            : Emit("Reshape", [x, SizeList(shape)], null, shape);
    }

    /// <summary>The axes in another order.</summary>
    /// <param name="x">The value.</param>
    /// <param name="order">Which axis comes first, second, …</param>
    public OnnxValue Transpose(OnnxValue x, params IReadOnlyList<int> order) =>
        order.SequenceEqual(Enumerable.Range(0, x.Rank)) ? x
        // A weight is stored as it is used.
        : x.Constant is not null ? Derive(x, x.Rank == 2 ? ".transposed" : $".transposed [{string.Join(", ", order)}]", content => content.permute([.. order.Select(a => (long)a)]))
        : Emit("Transpose", [x], null, [.. order.Select(a => x.Shape[a])], ("perm", order));

    /// <summary>New axes of size 1.</summary>
    /// <param name="x">The value.</param>
    /// <param name="axes">Where they are in the result, ascending.</param>
    public OnnxValue Unsqueeze(OnnxValue x, params IReadOnlyList<int> axes)
    {
        if (axes.Count == 0)
            return x;
        var shape = x.Shape.ToList();
        foreach (int axis in axes)
            shape.Insert(axis, 1);
        return Emit("Unsqueeze", [x, Integers([.. axes.Select(a => (long)a)])], null, shape);
    }

    /// <summary>Without some axes of size 1.</summary>
    /// <param name="x">The value.</param>
    /// <param name="axes">Which.</param>
    public OnnxValue Squeeze(OnnxValue x, params IReadOnlyList<int> axes) => axes.Count == 0
        ? x
        : Emit("Squeeze", [x, Integers([.. axes.Select(a => (long)a)])], null, [.. x.Shape.Where((_, a) => !axes.Contains(a))]);

    /// <summary>
    /// Repeats axes of size 1, and adds axes in front. Arithmetic that follows reads the value as it was before, where broadcasting does the
    /// same.
    /// </summary>
    /// <param name="x">The value.</param>
    /// <param name="shape">The shape.</param>
    public OnnxValue Expand(OnnxValue x, params IReadOnlyList<SizeFormula> shape)
    {
        if (shape.SequenceEqual(x.Shape))
            return x;
        var source = x.Unexpanded ?? x;
        OnnxValue expanded;
        // ONNX Runtime repeats along the last axis one number at a time, but joins copies fast.
        if (source.Rank > 0 && source.Shape[^1].Equals(1) && shape[^1] is { IsConstant: true, Constant: > 1 and <= 8 } times)
            expanded = Concat([.. Enumerable.Repeat(Expand(source, [.. shape.SkipLast(1), 1]), (int)times.Constant)], shape.Count - 1);
        else
            expanded = Emit("Expand", [source, SizeList(shape)], null, shape);
        expanded.Unexpanded = source;
        return expanded;
    }

    /// <summary>A stretch of an axis.</summary>
    /// <param name="x">The value.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="start">The first index.</param>
    /// <param name="end">The index after the last; more than there are means all.</param>
    /// <param name="step">Distance from one to the next.</param>
    /// <param name="length">How many there are.</param>
    public OnnxValue Slice(OnnxValue x, int axis, SizeFormula start, SizeFormula end, long step, SizeFormula length)
    {
        if (step == 1 && length.Equals(x.Shape[axis]))
            return x;
        var shape = x.Shape.ToArray();
        shape[axis] = length;
        // Of a few numbers in a row, ONNX Runtime cuts off parts faster than it copies one.
        if (step == 1 && axis == x.Rank - 1 && x.Shape[axis].IsConstant && start is { IsConstant: true, Constant: >= 0 } && length is { IsConstant: true, Constant: > 0 and <= 8 })
        {
            long[] parts = [start.Constant, length.Constant, x.Shape[axis].Constant - start.Constant - length.Constant];
            return Split(x, axis, [.. parts.Where(p => p > 0).Select(p => (SizeFormula)p)])[start.Constant > 0 ? 1 : 0];
        }
        return step == 1
            ? Emit("Slice", [x, SizeList(start), SizeList(end), Integers(axis)], null, shape)
            : Emit("Slice", [x, SizeList(start), SizeList(end), Integers(axis), Integers(step)], null, shape);
    }

    /// <summary>Cuts an axis into parts.</summary>
    /// <param name="x">The value.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="lengths">The parts' lengths.</param>
    public OnnxValue[] Split(OnnxValue x, int axis, IReadOnlyList<SizeFormula> lengths) =>
        EmitMany("Split", [x, SizeList(lengths)], [.. lengths.Select(l => (x.Type, (IReadOnlyList<SizeFormula>)[.. x.Shape.Take(axis), l, .. x.Shape.Skip(axis + 1)]))], ("axis", axis));

    /// <summary>Tensors one after another.</summary>
    /// <param name="parts">The tensors; one of length zero adds nothing.</param>
    /// <param name="axis">The axis along which they stand.</param>
    public OnnxValue Concat(IReadOnlyList<OnnxValue> parts, int axis)
    {
        if (parts.Count == 1)
            return parts[0];
        var shape = parts[0].Shape.ToArray();
        shape[axis] = parts.Aggregate((SizeFormula)0, (sum, p) => sum + p.Shape[axis]);
        return Emit("Concat", parts, null, shape, ("axis", axis));
    }

    /// <summary>An operator on two tensors, element by element with broadcasting, in their own type, which must be equal.</summary>
    /// <param name="op">Such as <c>Add</c>.</param>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <param name="type">The result's type; null for that of <paramref name="a"/>.</param>
    public OnnxValue Binary(string op, OnnxValue a, OnnxValue b, ScalarType? type = null)
    {
        var shape = OnnxSizes.Broadcast(a.Shape, b.Shape);
        if (a.Unexpanded is { } small && OnnxSizes.Broadcast(small.Shape, b.Shape).SequenceEqual(shape))
            a = small;
        if (b.Unexpanded is { } other && OnnxSizes.Broadcast(a.Shape, other.Shape).SequenceEqual(shape))
            b = other;
        return Emit(op, [a, b], type, shape);
    }

    /// <summary>A sum, difference, product or quotient in a type: ONNX Runtime has them in 32 bits and more.</summary>
    /// <param name="op">Such as <c>Add</c>.</param>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <param name="type">The type to compute in, and of the result.</param>
    public OnnxValue Arithmetic(string op, OnnxValue a, OnnxValue b, ScalarType type)
    {
        var wide = type is ScalarType.Bool or ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 ? ScalarType.Int32 : type;
        return Cast(Binary(op, Cast(a, wide), Cast(b, wide)), type);
    }

    /// <summary>Sum in the first's type.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public OnnxValue Add(OnnxValue a, OnnxValue b) => Arithmetic("Add", a, b, a.Type);

    /// <summary>Difference in the first's type.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public OnnxValue Sub(OnnxValue a, OnnxValue b) => Arithmetic("Sub", a, b, a.Type);

    /// <summary>Product in the first's type.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public OnnxValue Mul(OnnxValue a, OnnxValue b) => Arithmetic("Mul", a, b, a.Type);

    /// <summary>Product with a number in the tensor's type.</summary>
    /// <param name="a">The tensor.</param>
    /// <param name="number">The number.</param>
    public OnnxValue Mul(OnnxValue a, double number) => number == 1 ? a : Mul(a, Constant(number, a.Type));

    /// <summary>Sum with a number in the tensor's type.</summary>
    /// <param name="a">The tensor.</param>
    /// <param name="number">The number.</param>
    public OnnxValue Add(OnnxValue a, double number) => number == 0 ? a : Add(a, Constant(number, a.Type));

    /// <summary>Quotient in the first's type.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public OnnxValue Div(OnnxValue a, OnnxValue b) => Arithmetic("Div", a, b, a.Type);
}
