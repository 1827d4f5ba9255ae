using System.Text;
using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>A tensor of a graph: an input, a weight, a constant, or what an operator computes.</summary>
public sealed class RecordedValue
{
    internal RecordedValue(string name, ScalarType type, IReadOnlyList<SizeFormula> shape, Tensor? constant = null, bool isParameter = false) =>
        (Name, Type, Shape, Constant, IsParameter) = (name, type, shape, constant, isParameter);

    /// <summary>Unique in the graph; for weights the name in the module tree.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public ScalarType Type { get; }

    /// <summary>Sizes of the axes.</summary>
    public IReadOnlyList<SizeFormula> Shape { get; }

    /// <summary>The content of a weight or constant; null for what is computed. Lives as long as the graph.</summary>
    public Tensor? Constant { get; }

    /// <summary>Whether it is a weight of the model.</summary>
    public bool IsParameter { get; }

    /// <summary>Such as <c>latent float32[batch, 16, steps]</c>.</summary>
    public override string ToString() => $"{Name} {Type.ToString().ToLowerInvariant()}[{string.Join(", ", Shape)}]";
}

/// <summary>An operator call of a graph.</summary>
/// <param name="Op">The operator; one that changed its argument in place is recorded as the form that does not.</param>
/// <param name="Arguments">In the order of <see cref="TorchOp.Schema"/>; missing trailing ones have their defaults.</param>
/// <param name="Results">What it computes; null where it has no such result.</param>
/// <param name="Scope">Where in the module tree it was called: module names joined by dots, empty outside all modules.</param>
public sealed record RecordedNode(TorchOp Op, IReadOnlyList<RecordedArgument> Arguments, IReadOnlyList<RecordedValue?> Results, string Scope)
{
    /// <summary>For messages: the operator with its place.</summary>
    public string Place => Scope.Length == 0 ? $"aten::{Op.FullName}" : $"aten::{Op.FullName} in {Scope}";
}

/// <summary>
/// An argument: null for none, a <see cref="RecordedValue"/>, an array of them (some may be null), a <see cref="SizeFormula"/> for a whole
/// number, an array of them, a double, a bool, an array of either, a string, or <see cref="Default"/>.
/// </summary>
/// <param name="Value">One of these.</param>
public readonly record struct RecordedArgument(object? Value)
{
    /// <summary>Stands for "the operator's own default".</summary>
    public static readonly object Default = new();

    /// <summary>Whether nothing is given, or the default is meant.</summary>
    public bool IsMissing => Value is null || ReferenceEquals(Value, Default);

    /// <inheritdoc/>
    public override string ToString() => Value switch
    {
        null => "none",
        RecordedValue value => value.Name,
        Array list => $"[{string.Join(", ", list.Cast<object?>().Select(item => new RecordedArgument(item).ToString()))}]",
        string text => $"\"{text}\"",
        _ => ReferenceEquals(Value, Default) ? "default" : FormattableString.Invariant($"{Value}"),
    };
}

/// <summary>
/// What a forward pass computes, as a list of operators, with sizes that may differ at every run (<see cref="GraphRecorder"/>). Owns its
/// constants; weights are the model's own.
/// </summary>
public sealed class RecordedGraph : IDisposable
{
    internal RecordedGraph(string name, IReadOnlyList<GraphAxis> axes, IReadOnlyList<RecordedValue> inputs, IReadOnlyList<RecordedValue> constants,
        IReadOnlyList<RecordedNode> nodes, IReadOnlyList<(string Name, RecordedValue Value)> outputs) =>
        (Name, Axes, Inputs, Constants, Nodes, Outputs) = (name, axes, inputs, constants, nodes, outputs);

    /// <summary>The graph's name.</summary>
    public string Name { get; }

    /// <summary>The axes whose size may differ.</summary>
    public IReadOnlyList<GraphAxis> Axes { get; }

    /// <summary>Inputs in order.</summary>
    public IReadOnlyList<RecordedValue> Inputs { get; }

    /// <summary>Weights and other constants that some operator reads.</summary>
    public IReadOnlyList<RecordedValue> Constants { get; }

    /// <summary>Operators in the order of their calls.</summary>
    public IReadOnlyList<RecordedNode> Nodes { get; }

    /// <summary>Outputs in order.</summary>
    public IReadOnlyList<(string Name, RecordedValue Value)> Outputs { get; }

    /// <summary>Runs the graph again, operator by operator, in libtorch.</summary>
    /// <param name="inputs">Tensors for <see cref="Inputs"/>, in order, of any sizes that fit.</param>
    /// <returns>The outputs in order; the caller (or its scope) disposes them.</returns>
    /// <exception cref="ArgumentException">An input has another rank or a size that does not fit.</exception>
    public Tensor[] Run(params IReadOnlyList<Tensor> inputs)
    {
        var sizes = SizesOf(inputs);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = new Dictionary<RecordedValue, Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var (value, tensor) in Inputs.Zip(inputs))
            values[value] = tensor;
        foreach (var constant in Constants)
            values[constant] = constant.Constant!;
        var last = LastUses();
        for (int n = 0; n < Nodes.Count; n++)
        {
            var results = Nodes[n].Op.CallMany([.. Nodes[n].Arguments.Select(a => ToTorch(a.Value, values, sizes))]);
            foreach (var (value, tensor) in Nodes[n].Results.Zip(results))
                if (value is not null)
                    values[value] = tensor;
            foreach (var value in last[n])
                values[value].Dispose();
        }
        // An output may be an input or a weight itself: each gets an object of its own.
        return [.. Outputs.Select(o => values[o.Value].alias().MoveToOuterDisposeScope())];
    }

    /// <summary>For each node what nobody needs after it.</summary>
    private List<RecordedValue>[] LastUses()
    {
        var last = new Dictionary<RecordedValue, int>(ReferenceEqualityComparer.Instance);
        for (int n = 0; n < Nodes.Count; n++)
        {
            foreach (var result in Nodes[n].Results.OfType<RecordedValue>())
                last[result] = n;
            foreach (var argument in Nodes[n].Arguments.SelectMany(a => a.Value switch { RecordedValue one => [one], RecordedValue?[] list => list, _ => [] }))
                if (argument is not null && last.ContainsKey(argument))
                    last[argument] = n;
        }
        foreach (var (_, output) in Outputs)
            last.Remove(output);
        List<RecordedValue>[] at = [.. Nodes.Select(_ => new List<RecordedValue>())];
        foreach (var (value, n) in last)
            at[n].Add(value);
        return at;
    }

    /// <summary>The sizes of the axes, from the shapes of some inputs.</summary>
    /// <exception cref="ArgumentException">An input has another rank or a size that does not fit.</exception>
    public IReadOnlyDictionary<string, long> SizesOf(IReadOnlyList<Tensor> inputs)
    {
        if (inputs.Count != Inputs.Count)
            throw new ArgumentException($"graph {Name} has {Inputs.Count} inputs, got {inputs.Count}");
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (value, shape) in Inputs.Zip(inputs.Select(t => t.shape)))
        {
            if (shape.Length != value.Shape.Count)
                throw new ArgumentException($"input {value} has {value.Shape.Count} axes, got [{string.Join(", ", shape)}]");
            foreach (var (formula, size) in value.Shape.Zip(shape))
                if (AxisOf(formula) is var (axis, factor, offset) && (size - offset) % factor == 0)
                    sizes.TryAdd(axis, (size - offset) / factor);
        }
        foreach (var (value, shape) in Inputs.Zip(inputs.Select(t => t.shape)))
            foreach (var (formula, size) in value.Shape.Zip(shape))
                if (!formula.Axes.All(sizes.ContainsKey) || formula.At(sizes) != size)
                    throw new ArgumentException($"input {value} cannot be [{string.Join(", ", shape)}] with {string.Join(", ", sizes.Select(s => $"{s.Key} {s.Value}"))}");
        return sizes;
    }

    /// <summary>The axis that a size gives away: size = factor·axis + offset.</summary>
    public static (string Axis, long Factor, long Offset)? AxisOf(SizeFormula formula)
    {
        var terms = formula.Terms.ToList();
        var factors = terms.Where(t => t.Factors.Count > 0).ToList();
        return factors is [{ Factors.Count: 1 } only] ? (only.Factors[0], only.Coefficient, terms.Where(t => t.Factors.Count == 0).Sum(t => t.Coefficient)) : null;
    }

    /// <summary>The whole graph as text, a line for each operator.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Name}({string.Join(", ", Inputs)}) → {string.Join(", ", Outputs.Select(o => $"{o.Name} = {o.Value}"))}");
        string scope = "";
        foreach (var node in Nodes)
        {
            if (node.Scope != scope)
                text.AppendLine($"  # {(node.Scope.Length == 0 ? "(outside all modules)" : node.Scope)}");
            scope = node.Scope;
            text.AppendLine($"  {string.Join(", ", node.Results.Select(r => r?.ToString() ?? "_"))} = {node.Op.FullName}({string.Join(", ", node.Arguments)})");
        }
        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var constant in Constants)
            constant.Constant!.Dispose();
    }

    private static TorchArg ToTorch(object? value, Dictionary<RecordedValue, Tensor> values, IReadOnlyDictionary<string, long> sizes) => value switch
    {
        null => TorchArg.None,
        RecordedValue tensor => values[tensor],
        RecordedValue?[] list when list.Contains(null) => TorchArg.Optional([.. list.Select(v => v is null ? null : values[v])]),
        RecordedValue?[] list => (Tensor[])[.. list.Select(v => values[v!])],
        SizeFormula size => size.At(sizes),
        SizeFormula[] list => (long[])[.. list.Select(s => s.At(sizes))],
        double number => number,
        double[] numbers => numbers,
        bool flag => flag,
        bool[] flags => flags,
        string text => text,
        _ => ReferenceEquals(value, RecordedArgument.Default) ? TorchArg.Default : throw new InvalidOperationException($"an argument of type {value.GetType().Name}"),
    };
}
