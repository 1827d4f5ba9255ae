namespace AniSora.Onnx.Export;

public sealed partial class GraphBuilder
{
    private readonly Dictionary<string, (Value Of, int Place, long Factor, long Offset)> _axes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _sizes = new(StringComparer.Ordinal);

    /// <summary>Lengths as the graph computes them, Int64 [n]; a constant if all are known. Each that depends on an axis is computed once.</summary>
    public Value Sizes(IReadOnlyList<Dim> dims)
    {
        if (dims.All(d => d.IsConstant))
            return Integers(dims.Select(d => d.Constant));
        if (dims.Count == 1)
            return Size(dims[0]);
        string text = $"[{string.Join(", ", dims)}]";
        if (_sizes.TryGetValue(text, out var known))
            return known;
        // Neighbouring constants are one part.
        var parts = new List<Value>();
        for (int i = 0, end; i < dims.Count; i = end)
        {
            for (end = i + 1; dims[i].IsConstant && end < dims.Count && dims[end].IsConstant;)
                end++;
            parts.Add(Sizes([.. dims.Skip(i).Take(end - i)]));
        }
        return _sizes[text] = Apart(() => Value.Concat(parts, 0));
    }

    /// <summary>0, 1, … up to a length, Int64 [n].</summary>
    public Value Range(Dim length) =>
        Emit("Range", [Number(0, ScalarType.Int64), Sizes([length]).Squeeze(0), Number(1, ScalarType.Int64)], [length]);

    /// <summary>A length that no sum of products of axes gives, such as half of an odd one: a new axis, which is read off the value that has it.</summary>
    public Dim NewAxis(string name) => Dim.Axis(Unique(_scope.Length == 0 ? name : $"{_scope}.{name}", _axisNames));

    private readonly HashSet<string> _axisNames = new(StringComparer.Ordinal);

    /// <summary>⌊dim / divisor⌋, as a new axis where nothing else says it.</summary>
    internal Dim Divide(Dim dim, long divisor, string name) => dim.FloorDivide(divisor) ?? NewAxis(name);

    /// <summary>Takes note of axes that can be read off a value.</summary>
    private void ReadAxesOff(Value value)
    {
        for (int i = 0; i < value.Rank; i++)
        {
            var terms = value.Shape[i].Terms.ToArray();
            if (terms is not [([_], > 0)] and not [([_], > 0), ([], _)])
                continue;
            string axis = terms[0].Factors[0];
            _axisNames.Add(axis);
            var place = (value, i, terms[0].Coefficient, terms.Length > 1 ? terms[1].Coefficient : 0);
            // An input that is the axis itself is better than one that has a multiple of it.
            if (!_axes.TryGetValue(axis, out var known) || (Inputs.Contains(value) && (known.Factor, known.Offset) != (1, 0) && (place.Item3, place.Item4) == (1, 0)))
                _axes[axis] = place;
        }
    }

    private Value Size(Dim dim)
    {
        if (_sizes.TryGetValue(dim.ToString(), out var known))
            return known;
        return _sizes[dim.ToString()] = Apart(() =>
        {
            Value? sum = null;
            foreach (var (factors, coefficient) in dim.Terms)
            {
                var term = factors.Length == 0 ? Integers([Math.Abs(coefficient)]) : factors.Select(Axis).Aggregate((a, b) => a * b);
                if (factors.Length > 0 && Math.Abs(coefficient) != 1)
                    term *= Integers([Math.Abs(coefficient)]);
                sum = sum is null ? (coefficient < 0 ? -term : term) : coefficient < 0 ? sum - term : sum + term;
            }
            return sum!;
        });
    }

    private Value Axis(string name)
    {
        if (_sizes.TryGetValue(name, out var known))
            return known;
        if (!_axes.TryGetValue(name, out var at))
            throw Error($"the length of axis {name} cannot be read off any input: give an input that has it as a length of its own, maybe times a number");
        return _sizes[name] = Apart(() =>
        {
            var size = Emit("Shape", [at.Of], [1], ScalarType.Int64, ("start", (long)at.Place), ("end", at.Place + 1L));
            size = at.Offset == 0 ? size : size - Integers([at.Offset]);
            return at.Factor == 1 ? size : size / Integers([at.Factor]);
        });
    }

    /// <summary>Nodes that compute sizes stand apart from the module that first needs them.</summary>
    private Value Apart(Func<Value> make)
    {
        string scope = _scope;
        _scope = "sizes";
        var value = make();
        _scope = scope;
        return value;
    }
}
