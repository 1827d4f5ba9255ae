using AniSora.Torch;
using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

/// <summary>
/// Makes an ONNX graph of a recorded one: what nobody reads is left out, what only depends on constants is computed now, and the rest goes
/// through the translation of its operator.
/// </summary>
internal sealed class GraphTranslator(RecordedGraph recorded, OnnxExportOptions options)
{
    private readonly Dictionary<RecordedValue, OnnxValue> _values = new(ReferenceEqualityComparer.Instance);

    private readonly Dictionary<string, OnnxValue?[]> _folded = new(StringComparer.Ordinal);
    private readonly Dictionary<OnnxValue, int> _numbers = new(ReferenceEqualityComparer.Instance);

    /// <summary>The graph made.</summary>
    public OnnxGraph Graph { get; } = new(options.Weights);

    /// <summary>Inputs in order.</summary>
    public List<OnnxValue> Inputs { get; } = [];

    /// <summary>Outputs in order.</summary>
    public List<OnnxValue> Outputs { get; } = [];

    /// <summary>Makes the graph. Tensors made on the way belong to the caller's dispose scope.</summary>
    /// <exception cref="InputException">An operator has no translation, or not for these arguments.</exception>
    public void Translate(CancellationToken cancellation)
    {
        foreach (var input in recorded.Inputs)
        {
            Inputs.Add(Graph.Input(input));
            _values[input] = Inputs[^1];
        }
        foreach (var (name, _) in recorded.Outputs)
            if (Graph.Unique(name) != name)
                throw new InputException($"{recorded.Name}: output {name} has the name of an input or of another output: rename it");
        foreach (var constant in recorded.Constants)
            _values[constant] = new OnnxValue(constant.Name, constant.Type, constant.Shape, constant.Constant, constant.IsParameter);
        foreach (var node in Live())
        {
            cancellation.ThrowIfCancellationRequested();
            if (!Fold(node))
                Translate(node);
        }
        Graph.Scope = "";
        foreach (var (name, value) in recorded.Outputs)
            Outputs.Add(Output(name, value));
        Graph.Prune(Outputs.Select(o => o.Name));
    }

    /// <summary>The nodes that some output depends on.</summary>
    private List<RecordedNode> Live()
    {
        var needed = new HashSet<RecordedValue>(recorded.Outputs.Select(o => o.Value), ReferenceEqualityComparer.Instance);
        var live = new List<RecordedNode>();
        foreach (var node in recorded.Nodes.Reverse())
        {
            if (!node.Results.Any(r => r is not null && needed.Contains(r)))
                continue;
            live.Add(node);
            foreach (var argument in node.Arguments)
                needed.UnionWith(Tensors(argument.Value));
        }
        live.Reverse();
        return live;
    }

    private void Translate(RecordedNode node)
    {
        Graph.Scope = node.Scope;
        string name = node.Op.FullName;
        var translation = options.Translations?.Find(name) ?? OnnxTranslations.BuiltIn.Find(name) ?? throw new InputException(
            $"{node.Place}: has no translation to ONNX: give one in OnnxExportOptions.Translations, or add it under src/AniSora.Onnx/Export/Translations (see OnnxTranslations)");
        var call = new OnnxCall(node, Graph, value => _values[value]);
        int first = Graph.Nodes.Count;
        var results = translation(call);
        for (int i = 0; i < node.Results.Count; i++)
        {
            if (node.Results[i] is not { } wanted || i >= results.Count || results[i] is not { } result)
                continue;
            if (result.Rank != wanted.Shape.Count)
                throw new InvalidOperationException($"{node.Place}: translated to {result}, recorded as {wanted}");
            result = call.Cast(result, wanted.Type);
            if (Graph.Nodes.Skip(first).Any(n => n.Output.Contains(result.Name)))
            {
                if (!result.Name.StartsWith("sizes/", StringComparison.Ordinal))
                    Graph.Rename(result, wanted.Name, first);
                result.Shape = wanted.Shape;
            }
            _values[wanted] = result;
        }
    }

    /// <summary>Computes a node of constants in libtorch, unless that makes much more of them.</summary>
    private bool Fold(RecordedNode node)
    {
        OnnxValue[] inputs = [.. node.Arguments.SelectMany(a => Tensors(a.Value)).Select(v => _values[v])];
        if (!inputs.All(i => i.Constant is not null) || !node.Arguments.All(a => IsFixed(a.Value)) || !node.Results.All(r => r is null || r.Shape.All(s => s.IsConstant)))
            return false;
        const long Few = 4096;
        long read = inputs.Select(i => i.Constant!.numel()).DefaultIfEmpty(0).Max();
        if (node.Results.Max(r => r is null ? 0 : OnnxSizes.Product(r.Shape).Constant) > Math.Max(2 * read, Few))
            return false;
        string signature = $"{node.Op.FullName}({string.Join(", ", node.Arguments.Select(a => Signature(a.Value)))})";
        if (!_folded.TryGetValue(signature, out var results))
            _folded[signature] = results = Compute(node, inputs);
        for (int i = 0; i < node.Results.Count; i++)
            if (node.Results[i] is { } result)
                _values[result] = results[i]!;
        return true;
    }

    private OnnxValue?[] Compute(RecordedNode node, OnnxValue[] inputs)
    {
        var results = node.Op.CallMany([.. node.Arguments.Select(a => ToTorch(a.Value))]);
        // A weight that only has another shape keeps its name.
        string? name = node.Op.Name is "view" or "reshape" or "unsqueeze" or "squeeze" or "flatten" or "detach" or "alias" or "contiguous" or "clone" or "to" ? inputs[0].Name : null;
        return [.. node.Results.Select((r, i) => r is null ? null : new OnnxValue(name ?? r.Name, r.Type, r.Shape, results[i], inputs.Any(v => v.IsWeight)))];
    }

    private string Signature(object? argument)
    {
        if (argument is RecordedValue value)
        {
            _numbers.TryAdd(_values[value], _numbers.Count);
            return $"#{_numbers[_values[value]]}";
        }
        return argument is RecordedValue?[] list ? $"[{string.Join(", ", list.Select(Signature))}]" : $"{argument?.GetType().Name} {new RecordedArgument(argument)}";
    }

    private OnnxValue Output(string name, RecordedValue recordedValue)
    {
        var value = _values[recordedValue];
        if (value.Constant is not null || Inputs.Contains(value) || Outputs.Contains(value))
            value = Graph.Add("Identity", [value], [(value.Type, value.Shape)], [])[0];
        Graph.Release(name);
        Graph.Rename(value, name, 0);
        value.Shape = recordedValue.Shape;
        return value;
    }

    private static IEnumerable<RecordedValue> Tensors(object? argument) => argument switch
    {
        RecordedValue value => [value],
        RecordedValue?[] list => list.OfType<RecordedValue>(),
        _ => [],
    };

    private static bool IsFixed(object? argument) => argument switch
    {
        SizeFormula size => size.IsConstant,
        SizeFormula[] sizes => sizes.All(s => s.IsConstant),
        _ => true,
    };

    private TorchArg ToTorch(object? argument) => argument switch
    {
        null => TorchArg.None,
        RecordedValue value => _values[value].Constant!,
        RecordedValue?[] list when list.Contains(null) => TorchArg.Optional([.. list.Select(v => v is null ? null : _values[v].Constant)]),
        RecordedValue?[] list => (Tensor[])[.. list.Select(v => _values[v!].Constant!)],
        SizeFormula size => size.Constant,
        SizeFormula[] sizes => (long[])[.. sizes.Select(s => s.Constant)],
        double number => number,
        double[] numbers => numbers,
        bool flag => flag,
        bool[] flags => flags,
        string text => text,
        _ => TorchArg.Default,
    };
}
