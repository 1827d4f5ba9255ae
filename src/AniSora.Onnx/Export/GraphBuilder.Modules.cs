namespace AniSora.Onnx.Export;

/// <summary>A module that says by itself what it is as a graph.</summary>
/// <example><code>
/// sealed class Gate : Module&lt;Tensor, Tensor&gt;, IOnnxModule
/// {
///     private readonly Linear fc;
///     public override Tensor forward(Tensor x) =&gt; x * fc.call(x).sigmoid();
///     public Value[] Build(GraphBuilder graph, params Value[] x) =&gt; [x[0] * graph.Call(fc, x[0]).Sigmoid()];
/// }
/// </code></example>
public interface IOnnxModule
{
    /// <summary>Adds the module's nodes.</summary>
    /// <param name="graph">The graph, which stands at this module.</param>
    /// <param name="inputs">What <c>forward</c> is given, in its order.</param>
    /// <returns>What <c>forward</c> gives, in its order.</returns>
    Value[] Build(GraphBuilder graph, params Value[] inputs);
}

public sealed partial class GraphBuilder
{
    private readonly Dictionary<nn.Module, string> _paths = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nint, string> _weightNames = [];
    private readonly Dictionary<(nint Tensor, string Suffix), Value> _weights = [];
    private readonly Dictionary<(Value, string), Value> _derived = [];
    private readonly Dictionary<Value, (ScalarType Stored, Func<Tensor> Make)> _made = new(ReferenceEqualityComparer.Instance);

    /// <summary>Adds a module that gives one tensor.</summary>
    /// <exception cref="InputException">The module or a setting of it has no form in ONNX; the message names its path, its type and the fix.</exception>
    public Value Call(nn.Module module, params Value[] inputs) => CallMany(module, inputs) is [var one] ? one : throw Error($"{module.GetType().Name} gives several tensors: use CallMany");

    /// <summary>Adds a module with any number of results; otherwise as <see cref="Call"/>.</summary>
    public Value[] CallMany(nn.Module module, params Value[] inputs)
    {
        using var scope = Enter(module);
        if (module is IOnnxModule own)
            return own.Build(this, inputs);
        return OnnxModules.Find(module.GetType()) is { } build ? build(this, module, inputs)
            : throw Error($"{TypeName(module.GetType())} has no form in ONNX: let it implement {nameof(IOnnxModule)} (one method), or register a builder of it with {nameof(OnnxModules)}.{nameof(OnnxModules.Register)}");
    }

    /// <summary>Nodes belong to a module until the result is disposed: they are named after it.</summary>
    public IDisposable Enter(nn.Module module)
    {
        string before = _scope;
        _scope = _paths.TryGetValue(module, out string? path) ? path
            : throw Error($"a {TypeName(module.GetType())} is called that is not part of the model: keep it in a field and call RegisterComponents() in the constructor");
        return new Leaving(this, before);
    }

    /// <summary>An error at the module where the graph stands.</summary>
    public InputException Error(string problem) => new($"{(_scope.Length == 0 ? Name : _scope)}: {problem}");

    /// <summary>A weight, buffer or constant of the model. It is stored as it is and read as float32 where it is a smaller floating-point type.</summary>
    public Value Weight(Tensor weight) => Derive(weight, "", weight.shape, Whole(weight.dtype), w => w);

    /// <summary>A weight in another order, which is made when the file is written.</summary>
    public Value Transposed(Tensor weight) => Weight(weight, ".transposed", w => w.t());

    /// <summary>Something made of a weight's content when the file is written.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="suffix">What is added to its name.</param>
    /// <param name="make">Makes it, in the weight's element type.</param>
    public Value Weight(Tensor weight, string suffix, Func<Tensor, Tensor> make) => Derive(weight, suffix, make(weight).shape, Whole(weight.dtype), make);

    /// <summary>A weight reshaped.</summary>
    public Value Weight(Tensor weight, params long[] shape) => shape.SequenceEqual(weight.shape) ? Weight(weight) : Derive(weight, $".as[{string.Join(",", shape)}]", shape, Whole(weight.dtype), w => w.reshape(shape));

    /// <summary>Something made of a weight, once for the whole graph.</summary>
    internal Value Derive(Value weight, string suffix, long[] shape, ScalarType type, Func<Tensor, Tensor> make)
    {
        if (_derived.TryGetValue((weight, suffix), out var known))
            return known;
        string name = Unique(weight.Name + suffix, _names);
        Initializers.Add(name, new OnnxInitializer(name, type, shape, () => make(Content(weight))));
        return _derived[(weight, suffix)] = new Value(this, name, type, shape.Select(s => (Dim)s));
    }

    /// <summary>A weight's content as it is stored without conversion.</summary>
    private Tensor Content(Value weight) => _made.TryGetValue(weight, out var made) ? made.Make() : weight.Content!;

    private Value Derive(Tensor weight, string suffix, long[] shape, ScalarType type, Func<Tensor, Tensor> make)
    {
        if (_weights.TryGetValue((weight.Handle, suffix), out var known))
            return known;
        string path = _weightNames.TryGetValue(weight.Handle, out string? named) ? named : $"{(_scope.Length == 0 ? "" : _scope + ".")}constant";
        var value = new Value(this, Unique(path + suffix, _names), type, shape.Select(s => (Dim)s), weight);
        _made[value] = (weight.dtype, () => make(weight));
        return _weights[(weight.Handle, suffix)] = value;
    }

    /// <summary>The name by which a node reads a value; a constant becomes an initialiser when it is first read.</summary>
    private string NameOf(Value value)
    {
        if (value.Graph != this)
            throw Error($"{value} belongs to another graph ({value.Graph.Name})");
        if (value.Content is not { } content)
            return value.Name;
        if (_read.TryGetValue(value, out string? known))
            return known;
        var made = _made.TryGetValue(value, out var m) ? m : (Stored: content.dtype, Make: () => content);
        bool half = Options.Weights == OnnxWeightFormat.Float16 && made.Stored == ScalarType.Float32 && content.numel() > FewElements && FitsHalf(content);
        var stored = half ? ScalarType.Float16 : made.Stored;
        Initializers.Add(value.Name, new OnnxInitializer(value.Name, stored, [.. value.Shape.Select(d => d.Constant)], half ? () => made.Make().to(ScalarType.Float16) : made.Make));
        if (stored == value.Type)
            return _read[value] = value.Name;
        string scope = _scope;
        _scope = value.Name;
        string name = new Value(this, value.Name, stored, value.Shape).Cast(value.Type).Name;
        _scope = scope;
        return _read[value] = name;
    }

    /// <summary>What is computed with where weights are stored in 16 bits.</summary>
    private static ScalarType Whole(ScalarType stored) => stored is ScalarType.Float16 or ScalarType.BFloat16 ? ScalarType.Float32 : stored;

    /// <summary>Whether no finite number gets infinite.</summary>
    private static bool FitsHalf(Tensor content)
    {
        using var scope = NewDisposeScope();
        const double most = 65504;
        var size = content.abs();
        return !((size > most) & ~size.isinf()).any().item<bool>();
    }

    private static string TypeName(Type type) => type.Namespace == "TorchSharp.Modules" ? $"TorchSharp's {type.Name}" : type.Name;

    private sealed class Leaving(GraphBuilder graph, string to) : IDisposable
    {
        public void Dispose() => graph._scope = to;
    }
}
