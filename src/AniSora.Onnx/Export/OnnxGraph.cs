using System.Globalization;
using AniSora.Torch.Recording;
using Google.Protobuf;
using Onnx;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

/// <summary>An initialiser: made when it is written, so that no more than one changed weight is in memory at a time.</summary>
internal sealed record OnnxInitializer(string Name, ScalarType Type, long[] Shape, Func<Tensor> Make)
{
    /// <summary>Bytes of the content.</summary>
    public long Bytes => Shape.Aggregate(1L, (product, size) => product * size) * OnnxTypes.SizeOf(Type);
}

/// <summary>The ONNX graph while it is made: nodes in order, and the initialisers that they use.</summary>
internal sealed partial class OnnxGraph(OnnxWeightFormat format)
{
    /// <summary>Smaller weights are not worth a conversion.</summary>
    private const long FewElements = 64;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal), _nodeNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxValue[]> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxValue> _literals = new(StringComparer.Ordinal);
    private readonly Dictionary<(OnnxValue, string), OnnxValue> _derived = [];
    private readonly Dictionary<OnnxValue, string> _used = new(ReferenceEqualityComparer.Instance);

    /// <summary>Nodes in an order in which they can run.</summary>
    public List<NodeProto> Nodes { get; private set; } = [];

    /// <summary>Initialisers by name, in the order of their first use.</summary>
    public OrderedDictionary<string, OnnxInitializer> Initializers { get; } = new(StringComparer.Ordinal);

    /// <summary>How weights are stored.</summary>
    public OnnxWeightFormat Format => format;

    /// <summary>Where in the module tree the next nodes belong.</summary>
    public string Scope { get; set; } = "";

    /// <summary>Keeps a name for a value, or makes another of it if somebody has it.</summary>
    public string Unique(string wanted)
    {
        string name = wanted;
        for (int i = 2; !_names.Add(name); i++)
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        return name;
    }

    /// <summary>Gives back a name that was kept.</summary>
    public void Release(string name) => _names.Remove(name);

    /// <summary>Adds a node, unless one like it is there.</summary>
    /// <returns>Its outputs.</returns>
    public OnnxValue[] Add(string op, IReadOnlyList<OnnxValue?> inputs, IReadOnlyList<(ScalarType Type, IReadOnlyList<SizeFormula> Shape)> outputs, ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string[] given = [.. inputs.Select(i => i is null ? "" : NameOf(i))];
        var written = new List<AttributeProto>();
        foreach (var (key, value) in attributes)
            written.Add(Attribute(key, value));
        string signature = $"{op}({string.Join(", ", given)}) {string.Join(", ", written)}";
        // Two outputs of one value need a node each.
        if (op != "Identity" && _known.TryGetValue(signature, out var known))
            return known;
        string name = Scope.Length == 0 ? op : $"{Scope}/{op}", wanted = name;
        for (int i = 2; !_nodeNames.Add(name); i++)
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        var node = new NodeProto { OpType = op, Name = name };
        node.Input.AddRange(given);
        node.Attribute.AddRange(written);
        var results = new OnnxValue[outputs.Count];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = new OnnxValue(Unique(i == 0 ? name : $"{name}:{i}"), outputs[i].Type, outputs[i].Shape);
            node.Output.Add(results[i].Name);
        }
        Nodes.Add(node);
        return _known[signature] = results;
    }

    /// <summary>A constant that is known by its content: the same content is stored once.</summary>
    /// <param name="text">The content, which is also its name.</param>
    /// <param name="make">Makes the tensor.</param>
    public OnnxValue Literal(string text, Func<Tensor> make)
    {
        if (!_literals.TryGetValue(text, out var literal))
        {
            var tensor = make();
            _literals[text] = literal = new OnnxValue(text, tensor.dtype, [.. tensor.shape.Select(s => (SizeFormula)s)], tensor);
        }
        return literal;
    }

    /// <summary>A constant made of another one, once for the whole graph.</summary>
    public OnnxValue Derive(OnnxValue x, string suffix, Func<Tensor, Tensor> make)
    {
        if (!_derived.TryGetValue((x, suffix), out var derived))
        {
            var content = make(x.Constant!);
            _derived[(x, suffix)] = derived = new OnnxValue(x.Name + suffix, content.dtype, [.. content.shape.Select(s => (SizeFormula)s)], content, x.IsWeight);
        }
        return derived;
    }

    /// <summary>An initialiser of a constant's shape that is made when it is written, once for the whole graph.</summary>
    public OnnxValue DeriveLater(OnnxValue x, string suffix, ScalarType type, Func<Tensor, Tensor> make)
    {
        if (!_derived.TryGetValue((x, suffix), out var derived))
            _derived[(x, suffix)] = derived = Initializer(x.Name + suffix, type, x.Constant!.shape, () => make(x.Constant!));
        return derived;
    }

    /// <summary>Adds an initialiser under the name wanted or one like it.</summary>
    public OnnxValue Initializer(string wanted, ScalarType type, long[] shape, Func<Tensor> make)
    {
        string name = Unique(wanted);
        Initializers.Add(name, new OnnxInitializer(name, type, shape, make));
        return new OnnxValue(name, type, [.. shape.Select(s => (SizeFormula)s)]);
    }

    /// <summary>Gives a value that a node computes another name.</summary>
    /// <param name="value">The value.</param>
    /// <param name="wanted">The name wanted.</param>
    /// <param name="first">The first node that may use it.</param>
    public void Rename(OnnxValue value, string wanted, int first)
    {
        // The old name stays taken: nodes are known by the names of their inputs.
        string name = Unique(wanted);
        for (int i = first; i < Nodes.Count; i++)
        {
            Replace(Nodes[i].Input);
            Replace(Nodes[i].Output);
        }
        value.Name = name;

        void Replace(IList<string> names)
        {
            for (int i = 0; i < names.Count; i++)
                if (names[i] == value.Name)
                    names[i] = name;
        }
    }

    /// <summary>Removes what no output needs.</summary>
    /// <param name="outputs">Names of the outputs.</param>
    public void Prune(IEnumerable<string> outputs)
    {
        var needed = outputs.ToHashSet(StringComparer.Ordinal);
        var kept = new List<NodeProto>();
        for (int i = Nodes.Count - 1; i >= 0; i--)
        {
            if (!Nodes[i].Output.Any(needed.Contains))
                continue;
            kept.Add(Nodes[i]);
            needed.UnionWith(Nodes[i].Input);
        }
        kept.Reverse();
        Nodes = kept;
        foreach (string name in Initializers.Keys.Where(n => !needed.Contains(n)).ToList())
            Initializers.Remove(name);
    }

    /// <summary>The name by which a node reads a value; a constant becomes an initialiser when it is first read.</summary>
    public string NameOf(OnnxValue value)
    {
        if (value.Constant is not { } content)
            return value.Name;
        if (_used.TryGetValue(value, out string? known))
            return known;
        bool half = format == OnnxWeightFormat.Float16 && content.dtype == ScalarType.Float32 && content.numel() > FewElements && FitsHalf(content);
        var stored = Initializer(value.Name, half ? ScalarType.Float16 : content.dtype, content.shape, half ? () => content.to(ScalarType.Float16) : () => content);
        value.Name = stored.Name;
        if (!half)
            return _used[value] = stored.Name;
        string scope = Scope;
        Scope = stored.Name;
        string name = Add("Cast", [stored], [(ScalarType.Float32, value.Shape)], [("to", (long)OnnxTypes.Of(ScalarType.Float32))])[0].Name;
        Scope = scope;
        return _used[value] = name;
    }

    /// <summary>Whether no finite number gets infinite.</summary>
    private static bool FitsHalf(Tensor content)
    {
        using var scope = NewDisposeScope();
        const double Most = 65504;
        var size = content.abs();
        return size.max().item<float>() <= Most || !((size > Most) & ~size.isinf()).any().item<bool>();
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case long or int:
                (attribute.Type, attribute.I) = (AttributeProto.Types.AttributeType.Int, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double or float:
                (attribute.Type, attribute.F) = (AttributeProto.Types.AttributeType.Float, Convert.ToSingle(value, CultureInfo.InvariantCulture));
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case IEnumerable<long> list:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(list);
                break;
            case IEnumerable<int> list:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(list.Select(i => (long)i));
                break;
            case TensorProto tensor:
                (attribute.Type, attribute.T) = (AttributeProto.Types.AttributeType.Tensor, tensor);
                break;
            default:
                throw new ArgumentException($"attribute {name}: {value.GetType().Name} is neither a number, a list of whole numbers nor a text");
        }
        return attribute;
    }
}
