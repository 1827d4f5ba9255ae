using System.Globalization;
using Google.Protobuf;
using Onnx;

namespace AniSora.Onnx.Export;

/// <summary>
/// An ONNX graph while it is built from a module tree: nodes in the order in which they run, and the weights that they use, each under the
/// name that it has in the tree. A node that is there already is not added twice.
/// </summary>
public sealed partial class GraphBuilder
{
    /// <summary>Smaller weights are not worth a conversion.</summary>
    private const long FewElements = 64;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal), _nodeNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value[]> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _literals = new(StringComparer.Ordinal);
    private readonly Dictionary<Value, string> _read = new(ReferenceEqualityComparer.Instance);
    private string _scope = "";

    /// <summary>An empty graph.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="root">The module that it is built from, for names.</param>
    /// <param name="options">How it is written; null for defaults.</param>
    public GraphBuilder(string name, nn.Module root, OnnxExportOptions? options = null)
    {
        (Name, Options) = (name, options ?? new());
        _paths[root] = "";
        foreach (var (path, module) in root.named_modules())
            _paths.TryAdd(module, path);
        foreach (var (path, tensor) in root.named_parameters().Select(p => (p.name, (Tensor)p.parameter)).Concat(root.named_buffers().Select(b => (b.name, b.buffer))))
            _weightNames.TryAdd(tensor.Handle, path);
    }

    /// <summary>The graph's name.</summary>
    public string Name { get; }

    /// <summary>How it is written.</summary>
    public OnnxExportOptions Options { get; }

    internal List<NodeProto> Nodes { get; } = [];

    internal List<Value> Inputs { get; } = [];

    internal List<Value> Outputs { get; } = [];

    internal OrderedDictionary<string, OnnxInitializer> Initializers { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds an input. An axis of the graph is an axis of some input, maybe with a factor and an offset (<c>4*steps - 3</c>).</summary>
    /// <exception cref="InputException">There is an input of that name.</exception>
    public Value Input(string name, ScalarType type, params IReadOnlyList<Dim> shape)
    {
        if (!_names.Add(name))
            throw new InputException($"{Name}: two inputs are called {name}: give each a name of its own");
        var input = new Value(this, name, type, shape);
        Inputs.Add(input);
        ReadAxesOff(input);
        return input;
    }

    /// <summary>Makes a value an output.</summary>
    public void Output(string name, Value value)
    {
        if (!_names.Add(name))
            throw new InputException($"{Name}: an output would be called {name}, as something else is: give it another name");
        var node = new NodeProto { OpType = "Identity", Name = $"outputs/{name}", Input = { NameOf(value) }, Output = { name } };
        Nodes.Add(node);
        Outputs.Add(new Value(this, name, value.Type, value.Shape));
    }

    /// <summary>Adds a node with one result.</summary>
    /// <param name="op">Operator of ONNX's opset 17.</param>
    /// <param name="inputs">Its inputs; null where an optional one is left out. Weights become initialisers here.</param>
    /// <param name="shape">The result's shape; null for the first input's. An axis that is not known yet is read off the result.</param>
    /// <param name="type">The result's type; null for the first input's.</param>
    /// <param name="attributes">Attributes: numbers, texts, lists of whole numbers.</param>
    public Value Emit(string op, IReadOnlyList<Value?> inputs, IEnumerable<Dim>? shape = null, ScalarType? type = null, params (string Name, object Value)[] attributes) =>
        EmitMany(op, inputs, [(type ?? inputs[0]!.Type, shape is null ? inputs[0]!.Shape : [.. shape])], attributes)[0];

    /// <summary>Adds a node with several results; otherwise as <see cref="Emit"/>.</summary>
    public Value[] EmitMany(string op, IReadOnlyList<Value?> inputs, IReadOnlyList<(ScalarType Type, IReadOnlyList<Dim> Shape)> outputs, params (string Name, object Value)[] attributes)
    {
        string[] given = [.. inputs.Select(i => i is null ? "" : NameOf(i))];
        AttributeProto[] written = [.. attributes.Select(a => Attribute(a.Name, a.Value))];
        string signature = $"{op}({string.Join(", ", given)}) {string.Join<AttributeProto>(", ", written)}";
        if (_known.TryGetValue(signature, out var known))
            return known;
        string name = Unique(_scope.Length == 0 ? op : $"{_scope}/{op}", _nodeNames);
        var results = outputs.Select((o, i) => new Value(this, Unique(i == 0 ? name : $"{name}:{i}", _names), o.Type, o.Shape)).ToArray();
        Nodes.Add(new NodeProto { OpType = op, Name = name, Input = { given }, Attribute = { written }, Output = { results.Select(r => r.Name) } });
        Array.ForEach(results, ReadAxesOff);
        return _known[signature] = results;
    }

    /// <summary>A number.</summary>
    public Value Number(double number, ScalarType type = ScalarType.Float32) =>
        Literal($"{number.ToString("R", CultureInfo.InvariantCulture)}{(type == ScalarType.Float32 ? "" : $" {type}")}", () => tensor(number).to(type));

    /// <summary>Whole numbers, Int64 [n].</summary>
    public Value Integers(IEnumerable<long> numbers) =>
        Literal($"[{string.Join(", ", numbers)}]", () => tensor(numbers.ToArray(), dtype: ScalarType.Int64));

    /// <summary>Numbers that are no weight, stored once.</summary>
    /// <param name="text">What they are: equal texts must stand for equal numbers. Also the constant's name.</param>
    /// <param name="make">Makes them.</param>
    public Value Literal(string text, Func<Tensor> make)
    {
        if (_literals.TryGetValue(text, out var literal))
            return literal;
        var content = make();
        return _literals[text] = new Value(this, Unique(text, _names), content.dtype, content.shape.Select(s => (Dim)s), content);
    }

    /// <summary>A tensor of ones.</summary>
    public Value Ones(params long[] shape) => Literal($"ones [{string.Join(", ", shape)}]", () => ones(shape));

    /// <summary>A tensor of zeros.</summary>
    public Value Zeros(params long[] shape) => Literal($"zeros [{string.Join(", ", shape)}]", () => zeros(shape));

    /// <summary>Inputs, nodes and outputs, a line each.</summary>
    public override string ToString() => string.Join('\n', [.. Inputs.Select(i => $"input {i}"), .. Nodes.Select(n => $"{string.Join(", ", n.Output)} = {n.OpType}({string.Join(", ", n.Input)})"), .. Outputs.Select(o => $"output {o}")]);

    /// <summary>ONNX's name of an element type.</summary>
    internal static TensorProto.Types.DataType OnnxType(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorProto.Types.DataType.Float,
        ScalarType.Float64 => TensorProto.Types.DataType.Double,
        ScalarType.Float16 => TensorProto.Types.DataType.Float16,
        ScalarType.BFloat16 => TensorProto.Types.DataType.Bfloat16,
        ScalarType.Byte => TensorProto.Types.DataType.Uint8,
        ScalarType.Int8 => TensorProto.Types.DataType.Int8,
        ScalarType.Int16 => TensorProto.Types.DataType.Int16,
        ScalarType.Int32 => TensorProto.Types.DataType.Int32,
        ScalarType.Int64 => TensorProto.Types.DataType.Int64,
        ScalarType.Bool => TensorProto.Types.DataType.Bool,
        _ => throw new InputException($"ONNX Runtime has no operators for {type}: convert it before"),
    };

    private static string Unique(string wanted, HashSet<string> taken)
    {
        string name = wanted;
        for (int i = 2; !taken.Add(name); i++)
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        return name;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        (attribute.Type, Action set) = value switch
        {
            long or int => (AttributeProto.Types.AttributeType.Int, () => attribute.I = Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            double number => (AttributeProto.Types.AttributeType.Float, () => attribute.F = (float)number),
            string text => (AttributeProto.Types.AttributeType.String, () => attribute.S = ByteString.CopyFromUtf8(text)),
            IEnumerable<long> list => (AttributeProto.Types.AttributeType.Ints, () => attribute.Ints.AddRange(list)),
            IEnumerable<int> list => (AttributeProto.Types.AttributeType.Ints, () => attribute.Ints.AddRange(list.Select(i => (long)i))),
            _ => (AttributeProto.Types.AttributeType.Undefined, (Action)(() => throw new ArgumentException($"attribute {name}: {value.GetType().Name} is neither a number, a list of whole numbers nor a text"))),
        };
        set();
        return attribute;
    }
}
