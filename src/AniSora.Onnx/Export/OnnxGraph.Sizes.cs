using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

internal sealed partial class OnnxGraph
{
    private readonly Dictionary<string, (OnnxValue Input, int Axis, long Factor, long Offset)> _axes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxValue> _sizes = new(StringComparer.Ordinal);

    /// <summary>Adds an input; the sizes of axes are read off the inputs' shapes.</summary>
    public OnnxValue Input(RecordedValue recorded)
    {
        var input = new OnnxValue(Unique(recorded.Name), recorded.Type, recorded.Shape);
        for (int i = 0; i < recorded.Shape.Count; i++)
            if (RecordedGraph.AxisOf(recorded.Shape[i]) is var (axis, factor, offset))
                if (!_axes.TryGetValue(axis, out var known) || (known.Factor, known.Offset) != (1, 0) && (factor, offset) == (1, 0))
                    _axes[axis] = (input, i, factor, offset);
        return input;
    }

    /// <summary>A size at run time: int64 [1]. Each formula, and each part that several share, is computed once.</summary>
    public OnnxValue Size(SizeFormula size)
    {
        if (size.IsConstant)
            return SizeList([size]);
        if (_sizes.TryGetValue(OnnxSizes.Text(size), out var known))
            return known;
        OnnxValue? sum = null;
        foreach (var (factors, coefficient) in OnnxSizes.Terms(size))
        {
            if (factors.Count == 0)
            {
                sum = Arithmetic("Add", sum!, coefficient, $"{OnnxSizes.Text(size)}");
                continue;
            }
            var term = Product(factors);
            if (Math.Abs(coefficient) != 1 || sum is null && coefficient < 0)
                term = Arithmetic("Mul", term, sum is null ? coefficient : Math.Abs(coefficient), "");
            sum = sum is null ? term : Arithmetic(coefficient < 0 ? "Sub" : "Add", sum, term);
        }
        return _sizes[OnnxSizes.Text(size)] = sum!;
    }

    /// <summary>Sizes at run time: int64 [n], an initialiser if all are constant.</summary>
    public OnnxValue SizeList(IReadOnlyList<SizeFormula> sizes)
    {
        string text = $"[{string.Join(", ", sizes.Select(OnnxSizes.Text))}]";
        if (sizes.All(s => s.IsConstant))
            return Literal(text, () => tensor(sizes.Select(s => s.Constant).ToArray(), dtype: ScalarType.Int64));
        if (sizes.Count == 1)
            return Size(sizes[0]);
        if (_sizes.TryGetValue(text, out var known))
            return known;
        // Neighbouring constants are one part.
        var parts = new List<OnnxValue>();
        for (int i = 0, end; i < sizes.Count; i = end)
        {
            for (end = i + 1; sizes[i].IsConstant && end < sizes.Count && sizes[end].IsConstant;)
                end++;
            parts.Add(SizeList([.. sizes.Skip(i).Take(end - i)]));
        }
        return _sizes[text] = InSizes(() => Add("Concat", parts, [(ScalarType.Int64, [sizes.Count])], [("axis", 0L)])[0], text);
    }

    private OnnxValue Product(IReadOnlyList<string> factors)
    {
        string text = string.Join('*', factors);
        if (_sizes.TryGetValue(text, out var known))
            return known;
        return _sizes[text] = factors.Count == 1 ? Axis(factors[0]) : Arithmetic("Mul", Product([.. factors.SkipLast(1)]), Axis(factors[^1]), text);
    }

    private OnnxValue Axis(string name)
    {
        if (_sizes.TryGetValue(name, out var known))
            return known;
        var (input, axis, factor, offset) = _axes[name];
        var size = InSizes(() => Add("Shape", [input], [(ScalarType.Int64, [1])], [("start", (long)axis), ("end", axis + 1L)])[0], factor == 1 && offset == 0 ? name : "");
        if (offset != 0)
            size = Arithmetic("Add", size, -offset, factor == 1 ? name : "");
        if (factor != 1)
            size = Arithmetic("Div", size, factor, name);
        return _sizes[name] = size;
    }

    private OnnxValue Arithmetic(string op, OnnxValue a, long b, string name) => Arithmetic(op, a, SizeList([b]), name);

    private OnnxValue Arithmetic(string op, OnnxValue a, OnnxValue b, string name = "") =>
        InSizes(() => Add(op, [a, b], [(ScalarType.Int64, [1])], [])[0], name);

    /// <summary>Nodes that compute sizes stand apart from the module that first needs them.</summary>
    private OnnxValue InSizes(Func<OnnxValue> make, string name)
    {
        string scope = Scope;
        Scope = "sizes";
        var value = make();
        Scope = scope;
        if (name.Length > 0)
            Rename(value, $"sizes/{name}", Nodes.Count - 1);
        return value;
    }
}
