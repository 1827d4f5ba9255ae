using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>
/// Writes down what a model computes as a <see cref="RecordedGraph"/>, by running it on examples and watching its operators (as tracing
/// does in PyTorch). Sizes that follow from dynamic axes are found by running at several sizes.
/// </summary>
/// <remarks>
/// <para>With n dynamic axes there are 2ⁿ passes, with each axis at its lower size or one above, which determine how every size in the
/// graph depends on the axes, and one at other sizes that must agree. So record with small axes.</para>
/// <para>One path is recorded: a model that chooses its path by its input's sizes gives an error, and one that chooses by its content
/// gives one too, since it has to take a number out of a tensor for that. Kernels written in C# (<see cref="FastOps"/>) take their form
/// in libtorch's operators while they are recorded.</para>
/// </remarks>
public static class GraphRecorder
{
    private const int MostAxes = 6;

    /// <summary>Whether a recording goes on on this thread: then what a model keeps from call to call must not be used.</summary>
    public static bool IsRecording => TorchOp.IsObserved;

    /// <summary>Records a forward pass.</summary>
    /// <param name="name">The graph's name.</param>
    /// <param name="modules">The modules whose weights and names the graph shall have, each with what stands before its names (may be empty).</param>
    /// <param name="axes">Dynamic axes; each must be given away by the shape of some input.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="forward">The model: from tensors in the order of <paramref name="inputs"/> to named outputs.</param>
    /// <returns>The graph; it refers to the modules' weights.</returns>
    /// <exception cref="InputException">The model cannot be recorded; the message names the place in the module tree and the reason.</exception>
    public static RecordedGraph Record(string name, IReadOnlyList<(string Prefix, nn.Module Module)> modules, IReadOnlyList<GraphAxis> axes,
        IReadOnlyList<GraphInput> inputs, Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward)
    {
        if (axes.Count > MostAxes)
            throw new ArgumentException($"{axes.Count} dynamic axes would take {1L << axes.Count} passes; at most {MostAxes} are recorded", nameof(axes));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var names = Names(modules);
        var parameters = Parameters(modules);
        var tapes = new List<Tape>();
        try
        {
            for (int corner = 0; corner < 1 << axes.Count; corner++)
            {
                using var pass = NewDisposeScope();
                tapes.Add(Pass(inputs, Sizes(axes, i => axes[i].Low + (corner >> i & 1)), parameters, names, forward).Tape);
                tapes[^1].Dispose();
            }
            var graph = new TapeMerge(name, axes, tapes).Graph();
            Check(graph, inputs, Sizes(axes, i => axes[i].Low + 2), parameters, names, forward, tapes[0]);
            return graph;
        }
        finally
        {
            foreach (var tape in tapes.Skip(1))
                foreach (var slot in tape.Slots)
                    slot.Content?.Dispose();
        }
    }

    /// <summary>A pass at sizes that were not fitted must have the shapes that the formulas say, and the graph its results.</summary>
    private static void Check(RecordedGraph graph, IReadOnlyList<GraphInput> inputs, Dictionary<string, long> sizes, Dictionary<nint, (string, Tensor)> parameters,
        Dictionary<nn.Module, string> names, Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward, Tape first)
    {
        using var scope = NewDisposeScope();
        var (tape, examples, expected) = Pass(inputs, sizes, parameters, names, forward);
        using (tape)
        {
            TapeMerge.RequireSamePath(first, tape);
            TapeMerge.RequireSizes(graph, tape, sizes);
        }
        foreach (var slot in tape.Slots)
            slot.Content?.Dispose();
        var got = graph.Run(examples);
        for (int i = 0; i < got.Length; i++)
        {
            double difference = expected[i].numel() == 0 ? 0 : (got[i].to(float64) - expected[i].to(float64)).abs().max().item<double>();
            double largest = expected[i].numel() == 0 ? 0 : expected[i].to(float64).abs().max().item<double>();
            if (!(difference <= 1e-5 * Math.Max(largest, 1e-30)))
                throw new InputException($"{graph.Name}: the recorded graph gives another {graph.Outputs[i].Name} than the model ({difference:g3} of {largest:g3} at {tape.Sizes}): the model depends on more than its inputs, such as on what an earlier call left behind");
        }
    }

    private static (Tape Tape, Tensor[] Examples, Tensor[] Results) Pass(IReadOnlyList<GraphInput> inputs, Dictionary<string, long> sizes,
        Dictionary<nint, (string, Tensor)> parameters, Dictionary<nn.Module, string> names, Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward)
    {
        Tensor[] examples = [.. inputs.Select(i => i.At(sizes))];
        var tape = new Tape(string.Join(", ", sizes.Select(s => $"{s.Key} {s.Value}")), parameters, names);
        IReadOnlyList<(string Name, Tensor Value)> results = [];
        try
        {
            tape.Record(inputs, examples, given => results = forward(given));
        }
        catch
        {
            tape.Dispose();
            throw;
        }
        return (tape, examples, [.. results.Select(r => r.Value)]);
    }

    private static Dictionary<string, long> Sizes(IReadOnlyList<GraphAxis> axes, Func<int, long> size) =>
        Enumerable.Range(0, axes.Count).ToDictionary(i => axes[i].Name, size, StringComparer.Ordinal);

    private static Dictionary<nn.Module, string> Names(IReadOnlyList<(string Prefix, nn.Module Module)> modules)
    {
        var names = new Dictionary<nn.Module, string>(ReferenceEqualityComparer.Instance);
        foreach (var (prefix, root) in modules)
        {
            names[root] = prefix;
            foreach (var (name, module) in root.named_modules())
                names.TryAdd(module, Join(prefix, name));
        }
        return names;
    }

    private static Dictionary<nint, (string, Tensor)> Parameters(IReadOnlyList<(string Prefix, nn.Module Module)> modules)
    {
        var parameters = new Dictionary<nint, (string, Tensor)>();
        foreach (var (prefix, root) in modules)
        {
            foreach (var (name, parameter) in root.named_parameters())
                parameters.TryAdd(parameter.Handle, (Join(prefix, name), parameter));
            foreach (var (name, buffer) in root.named_buffers())
                parameters.TryAdd(buffer.Handle, (Join(prefix, name), buffer));
        }
        return parameters;
    }

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : name.Length == 0 ? prefix : $"{prefix}.{name}";
}
