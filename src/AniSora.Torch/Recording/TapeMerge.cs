using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>Makes one graph of passes at several sizes: where their numbers differ, a formula in the axes takes their place.</summary>
internal sealed class TapeMerge(string name, IReadOnlyList<GraphAxis> axes, IReadOnlyList<Tape> tapes)
{
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);

    /// <summary>The graph.</summary>
    /// <exception cref="InputException">The passes took different paths, or a number depends on the sizes in a way that has no formula.</exception>
    public RecordedGraph Graph()
    {
        var first = tapes[0];
        foreach (var tape in tapes.Skip(1))
            RequireSamePath(first, tape);
        var values = new RecordedValue[first.Slots.Count];
        for (int i = 0; i < values.Length; i++)
        {
            int slot = i;
            var written = first.Slots[slot];
            var shape = Enumerable.Range(0, written.Shape.Length).Select(axis => Fit(t => t.Slots[slot].Shape[axis]));
            values[i] = new RecordedValue(Unique(written.Name, written.Kind), written.Type, [.. shape], written.Content, written.Kind == Tape.Kind.Parameter);
        }
        var nodes = new List<RecordedNode>();
        for (int i = 0; i < first.Calls.Count; i++)
        {
            int call = i;
            var written = first.Calls[call];
            var arguments = Enumerable.Range(0, written.Arguments.Length)
                .Select(a => new RecordedArgument(Merged(tape => tape.Calls[call].Arguments[a], values, written)));
            nodes.Add(new RecordedNode(written.Op, [.. arguments], [.. written.Results.Select(r => r < 0 ? null : values[r])], written.Scope));
        }
        return new RecordedGraph(name, axes, Of(Tape.Kind.Input), [.. Of(Tape.Kind.Parameter), .. Of(Tape.Kind.Constant)], nodes,
            [.. first.Outputs.Select(o => (o.Name, values[o.Slot]))]);

        RecordedValue[] Of(Tape.Kind kind) => [.. first.Slots.Zip(values).Where(p => p.First.Kind == kind).Select(p => p.Second)];
    }

    /// <summary>Requires that two passes made the same calls on the same tensors.</summary>
    /// <exception cref="InputException">They did not.</exception>
    public static void RequireSamePath(Tape a, Tape b)
    {
        InputException Differs(string scope, string what) => new($"{(scope.Length == 0 ? "the model" : scope)}: {what} ({a.Sizes} against {b.Sizes}): the model's path depends on the size of its input, and recording fixes one path; make it the same for all sizes, or record a graph for each");
        for (int i = 0; i < Math.Max(a.Calls.Count, b.Calls.Count); i++)
        {
            if (i >= a.Calls.Count || i >= b.Calls.Count)
                throw Differs((i < a.Calls.Count ? a : b).Calls[i].Scope, $"{a.Calls.Count} operators against {b.Calls.Count}");
            var (x, y) = (a.Calls[i], b.Calls[i]);
            if (x.Op.FullName != y.Op.FullName)
                throw Differs(x.Scope, $"calls aten::{x.Op.FullName} at one size and aten::{y.Op.FullName} at another");
            if (!x.Results.AsSpan().SequenceEqual(y.Results) || x.Arguments.Length != y.Arguments.Length || !x.Arguments.Zip(y.Arguments).All(p => SameKind(p.First, p.Second)))
                throw Differs(x.Scope, $"calls aten::{x.Op.FullName} with other arguments");
        }
        if (!a.Outputs.SequenceEqual(b.Outputs))
            throw Differs("", "returns other outputs");
        foreach (var (x, y) in a.Slots.Zip(b.Slots))
        {
            if (x.Kind != y.Kind || x.Type != y.Type || x.Shape.Length != y.Shape.Length)
                throw Differs("", $"computes another {x.Name}");
            if (x.Kind == Tape.Kind.Constant && (!x.Shape.AsSpan().SequenceEqual(y.Shape) || !x.Content!.bytes.SequenceEqual(y.Content!.bytes)))
                throw Differs(x.Name, "a constant that was computed in C# depends on the size");
        }
    }

    /// <summary>Requires that a pass has the shapes that a graph's formulas say.</summary>
    /// <exception cref="InputException">It has not.</exception>
    public static void RequireSizes(RecordedGraph graph, Tape tape, Dictionary<string, long> sizes)
    {
        for (int i = 0; i < tape.Calls.Count; i++)
        {
            var node = graph.Nodes[i];
            for (int r = 0; r < node.Results.Count; r++)
            {
                if (node.Results[r] is not { } value)
                    continue;
                var shape = tape.Slots[tape.Calls[i].Results[r]].Shape;
                if (!value.Shape.Select(s => s.At(sizes)).SequenceEqual(shape))
                    throw new InputException($"{node.Place}: result [{string.Join(", ", shape)}] at {tape.Sizes} where [{string.Join(", ", value.Shape)}] was expected: its size is no sum of products of the axes {string.Join(", ", sizes.Keys)}");
            }
        }
    }

    private static bool SameKind(object? a, object? b) => (a, b) switch
    {
        (Tape.SlotReference x, Tape.SlotReference y) => x == y,
        (Tape.SlotReference?[] x, Tape.SlotReference?[] y) => x.SequenceEqual(y),
        (Array x, Array y) => x.GetType() == y.GetType() && x.Length == y.Length,
        _ => a?.GetType() == b?.GetType(),
    };

    private object? Merged(Func<Tape, object?> argument, RecordedValue[] values, Tape.Call call)
    {
        object? first = argument(tapes[0]);
        switch (first)
        {
            case Tape.SlotReference reference:
                return values[reference.Number];
            case Tape.SlotReference?[] list:
                return Array.ConvertAll(list, r => r is null ? null : values[r.Number]);
            case long:
                return Fit(tape => (long)argument(tape)!);
            case long[] list:
                return Enumerable.Range(0, list.Length).Select(i => Fit(tape => ((long[])argument(tape)!)[i])).ToArray();
        }
        foreach (var tape in tapes)
            if (!new RecordedArgument(first).ToString().Equals(new RecordedArgument(argument(tape)).ToString(), StringComparison.Ordinal))
                throw new InputException($"{(call.Scope.Length == 0 ? "the model" : call.Scope)}: aten::{call.Op.FullName} takes {new RecordedArgument(first)} at {tapes[0].Sizes} and {new RecordedArgument(argument(tape))} at {tape.Sizes}: only whole numbers may depend on the size; compute with tensor operators instead");
        return first;
    }

    private SizeFormula Fit(Func<Tape, long> number)
    {
        long[] numbers = [.. tapes.Select(number)];
        return Array.TrueForAll(numbers, n => n == numbers[0]) ? numbers[0] : SizeFormula.Fit(axes, numbers);
    }

    /// <summary>Inputs and weights keep their names; others get a number from the second on.</summary>
    private string Unique(string wanted, Tape.Kind kind)
    {
        int count = _used[wanted] = _used.GetValueOrDefault(wanted) + 1;
        return count == 1 || kind is Tape.Kind.Input ? wanted : Unique($"{wanted}_{count}", kind);
    }
}
