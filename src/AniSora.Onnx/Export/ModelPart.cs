using System.Reflection;
using System.Runtime.CompilerServices;

namespace AniSora.Onnx.Export;

/// <summary>An input of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Lengths of its axes: numbers, axes (<see cref="Dim.Axis"/>), or sums and products of them.</param>
public sealed record OnnxInput(string Name, ScalarType Type, params IReadOnlyList<Dim> Shape)
{
    /// <summary>Makes an example of a shape, with which file and module are compared; null for random numbers (0 and 1 for whole numbers).</summary>
    public Func<long[], Tensor>? Example { get; init; }

    /// <summary>An example at given sizes of the axes.</summary>
    internal Tensor At(IReadOnlyDictionary<string, long> sizes, Generator generator)
    {
        long[] shape = [.. Shape.Select(d => d.At(sizes))];
        return Example?.Invoke(shape) ?? (Type is ScalarType.Float32 or ScalarType.Float64 ? randn(shape, generator: generator).to(Type) : randint(0, 2, shape, generator: generator).to(Type));
    }
}

/// <summary>A part of a model that becomes one graph: what it computes, once as graph and once by the module itself.</summary>
/// <param name="Name">The graph's name.</param>
/// <param name="Module">Gives the graph its weights and names.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Build">From the inputs to named outputs, as nodes.</param>
/// <param name="Forward">From tensors in the order of <paramref name="Inputs"/> to the same outputs in the same order, in the caller's dispose scope.</param>
public sealed record ModelPart(string Name, nn.Module Module, IReadOnlyList<OnnxInput> Inputs,
    Func<GraphBuilder, Value[], IEnumerable<(string Name, Value Value)>> Build, Func<Tensor[], IEnumerable<Tensor>> Forward)
{
    /// <summary>The axes, in the order in which they are met.</summary>
    public IReadOnlyList<string> Axes => [.. Inputs.SelectMany(i => i.Shape).SelectMany(d => d.Axes).Distinct()];

    /// <summary>A whole module, whose <c>forward</c> takes tensors and gives a tensor or several.</summary>
    /// <param name="module">The module.</param>
    /// <param name="name">The graph's name.</param>
    /// <param name="inputs">What <c>forward</c> takes, in its order.</param>
    /// <param name="outputs">Names of what it gives; null for <c>output</c>, or <c>output0</c>, <c>output1</c>, ….</param>
    /// <exception cref="InputException">It has no such <c>forward</c>.</exception>
    public static ModelPart Of(nn.Module module, string name, IReadOnlyList<OnnxInput> inputs, IReadOnlyList<string>? outputs = null)
    {
        var call = module.GetType().GetMethods().FirstOrDefault(m => m.Name == "call" && m.GetParameters() is var given && given.Length == inputs.Count && given.All(p => p.ParameterType == typeof(Tensor)))
            ?? throw new InputException($"{module.GetType().Name} has no forward of {inputs.Count} tensors: give as many inputs as it has, or make a {nameof(ModelPart)} that says how it is called");
        return new ModelPart(name, module, inputs,
            (graph, given) => graph.CallMany(module, given) is var results && outputs is not null && outputs.Count != results.Length
                ? throw new InputException($"{name}: gives {results.Length} tensors, and {outputs.Count} names for them: {string.Join(", ", outputs)}")
                : results.Select((value, i) => (outputs?[i] ?? (results.Length == 1 ? "output" : $"output{i}"), value)),
            given => call.Invoke(module, BindingFlags.DoNotWrapExceptions, null, given, null) switch
            {
                Tensor one => [one],
                ITuple several => Enumerable.Range(0, several.Length).Select(i => (Tensor)several[i]!),
                IEnumerable<Tensor> list => list,
                var other => throw new InputException($"{name}: forward gives {other?.GetType().Name}: a graph has tensors"),
            });
    }

    /// <summary>The part as a graph.</summary>
    internal GraphBuilder ToGraph(OnnxExportOptions options)
    {
        var graph = new GraphBuilder(Name, Module, options);
        Value[] inputs = [.. Inputs.Select(i => graph.Input(i.Name, i.Type, i.Shape))];
        foreach (var (name, value) in Build(graph, inputs))
            graph.Output(name, value);
        return graph;
    }

    /// <summary>Three sizes of the axes that share nothing; the first axis counts samples.</summary>
    internal IReadOnlyList<IReadOnlyDictionary<string, long>> DefaultSizes() =>
        [.. Enumerable.Range(0, Axes.Count == 0 ? 1 : 3).Select(round => Axes.Select((axis, i) => (axis, Size: i == 0 ? new[] { 1L, 3, 2 }[round] : new[] { 16L, 9, 21 }[round] + i)).ToDictionary(a => a.axis, a => a.Size))];
}
