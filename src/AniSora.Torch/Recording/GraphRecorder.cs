using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>
/// Writes down what a model computes as a <see cref="RecordedGraph"/>, by running it on examples and watching its operators (as tracing
/// does in PyTorch). Sizes that follow from dynamic axes are found by running at several sizes.
/// </summary>
/// <remarks>
/// <para>With n dynamic axes there are 2ⁿ passes, with each axis at its lower size or one above, which determine how every size in the
/// graph depends on the axes, one at other sizes that must agree, and for each axis one where it is long. So record with small axes.</para>
/// <para>One path is recorded: a model that chooses its path by its input's sizes gives an error, and one that chooses by its content
/// gives one too, since it has to take a number out of a tensor for that. Kernels written in C# (<see cref="FastOps"/>) take their form
/// in libtorch's operators while they are recorded.</para>
/// </remarks>
public static class GraphRecorder
{
    private const int MostAxes = 6;

    /// <summary>Whether a recording goes on on this thread: then what a model keeps from call to call must not be used.</summary>
    public static bool IsRecording => Tape.IsRecording;

    /// <summary>Records a forward pass.</summary>
    /// <param name="name">The graph's name.</param>
    /// <param name="modules">The modules whose weights and names the graph shall have, each with what stands before its names (may be empty).</param>
    /// <param name="axes">Dynamic axes; each must be given away by the shape of some input.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="forward">The model: from tensors in the order of <paramref name="inputs"/> to named outputs.</param>
    /// <returns>The graph; it refers to the modules' weights.</returns>
    /// <exception cref="InputException">The model cannot be recorded; the message names the place in the module tree, the reason and what to do.</exception>
    /// <exception cref="ArgumentException">Axes, inputs or outputs do not fit each other.</exception>
    /// <exception cref="InvalidOperationException">A recording goes on on this thread.</exception>
    public static RecordedGraph Record(string name, IReadOnlyList<(string Prefix, nn.Module Module)> modules, IReadOnlyList<GraphAxis> axes,
        IReadOnlyList<GraphInput> inputs, Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward)
    {
        if (IsRecording)
            throw new InvalidOperationException($"{name} cannot be recorded inside of a recording");
        Validate(axes, inputs);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var names = Names(modules);
        var parameters = Parameters(modules);
        var tapes = new List<Tape>();
        RecordedGraph? graph = null, done = null;
        try
        {
            for (int corner = 0; corner < 1 << axes.Count; corner++)
            {
                using var pass = NewDisposeScope();
                tapes.Add(Pass(Sizes(axes, i => axes[i].Low + (corner >> i & 1)), corner + 1).Tape);
                tapes[^1].Release();
            }
            var merge = new TapeMerge(name, axes, tapes);
            graph = merge.Graph();
            Check(graph, merge);
            for (int far = 0; far < axes.Count; far++)
                Try(graph, merge, Sizes(axes, i => i == far ? axes[i].Far : axes[i].Low), tapes.Count + 2 + far).Tape.Dispose();
            return done = graph;
        }
        finally
        {
            foreach (var tape in tapes)
                tape.Dispose();
            if (done is null)
                graph?.Dispose();
        }

        (Tape Tape, Tensor[] Examples, Tensor[] Results) Pass(Dictionary<string, long> sizes, int seed)
        {
            // Each pass has other content, so that a model that keeps some of it is found out.
            Tensor[] examples = [.. inputs.Select((input, i) => input.At(sizes, (ulong)(seed * inputs.Count + i)))];
            var tape = new Tape(axes.Count == 0 ? "the only size" : string.Join(", ", sizes.Select(s => $"{s.Key} {s.Value}")), parameters, names);
            IReadOnlyList<(string Name, Tensor Value)> results = [];
            try
            {
                tape.Record(inputs, examples, _ => results = forward([.. examples.Select(e => e.alias())]));
                RequireNames(results.Select(r => r.Name), "output");
            }
            catch
            {
                tape.Dispose();
                throw;
            }
            return (tape, examples, [.. results.Select(r => r.Value)]);
        }

        // A pass at sizes that were not fitted must have the sizes that the formulas say.
        (Tape Tape, Tensor[] Examples, Tensor[] Results) Try(RecordedGraph graph, TapeMerge merge, Dictionary<string, long> sizes, int seed)
        {
            var pass = Pass(sizes, seed);
            try
            {
                merge.RequireSamePath(pass.Tape);
                merge.RequireSizes(graph, pass.Tape, sizes);
            }
            catch
            {
                pass.Tape.Dispose();
                throw;
            }
            return pass;
        }

        // The graph must have the model's results.
        void Check(RecordedGraph graph, TapeMerge merge)
        {
            using var scope = NewDisposeScope();
            var (tape, examples, expected) = Try(graph, merge, Sizes(axes, i => axes[i].Low + 2), tapes.Count + 1);
            tape.Dispose();
            var got = graph.Run(examples);
            for (int i = 0; i < got.Length; i++)
                if (Difference(got[i], expected[i]) is > 1e-5 and var difference)
                    throw new InputException($"{name}: the recorded graph gives another {graph.Outputs[i].Name} than the model, by {difference:g3} of the largest number at {tape.Sizes}: the model depends on more than its inputs, such as on what an earlier call left behind; give that as an input, or keep nothing while GraphRecorder.IsRecording");
        }
    }

    /// <summary>The largest difference as a part of the largest number; what is infinite or no number must be so in both.</summary>
    private static double Difference(Tensor got, Tensor expected)
    {
        if (expected.numel() == 0)
            return 0;
        var (a, b) = (got.to(float64), expected.to(float64));
        var same = a.eq(b).logical_or(a.isnan().logical_and(b.isnan()));
        double largest = nan_to_num(b.abs(), 0, 0, 0).max().item<double>();
        double difference = nan_to_num((a - b).abs(), double.MaxValue, double.MaxValue).masked_fill(same, 0).max().item<double>();
        return difference == 0 ? 0 : difference / Math.Max(largest, 1e-30);
    }

    private static void Validate(IReadOnlyList<GraphAxis> axes, IReadOnlyList<GraphInput> inputs)
    {
        if (axes.Count > MostAxes)
            throw new ArgumentException($"{axes.Count} dynamic axes would take {1L << axes.Count} passes; at most {MostAxes} are recorded", nameof(axes));
        RequireNames(axes.Select(a => a.Name), "axis");
        RequireNames(inputs.Select(i => i.Name), "input");
        foreach (var axis in axes)
        {
            if (axis.Low < 1 || axis.Name.Contains('·', StringComparison.Ordinal))
                throw new ArgumentException($"axis {axis} cannot be recorded: its lower size must be 1 or more, and its name without '·'", nameof(axes));
            if (!inputs.Any(i => i.Shape.Any(s => RecordedGraph.AxisOf(s)?.Axis == axis.Name)))
                throw new ArgumentException($"axis {axis.Name} is given away by no input: some input needs an axis of that size, or a multiple of it plus a number", nameof(axes));
        }
        if (inputs.SelectMany(i => i.Shape.SelectMany(s => s.Axes)).FirstOrDefault(a => axes.All(x => x.Name != a)) is { } unknown)
            throw new ArgumentException($"the inputs have an axis {unknown} that is not among the dynamic axes", nameof(inputs));
    }

    private static void RequireNames(IEnumerable<string> names, string what)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
            if (name.Length == 0 || !known.Add(name))
                throw new ArgumentException($"each {what} needs a name of its own, got '{name}'{(name.Length == 0 ? "" : " twice")}");
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
