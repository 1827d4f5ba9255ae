using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>Makes one graph of passes at several sizes: where their numbers differ, a formula in the axes takes their place.</summary>
internal sealed class TapeMerge(string name, IReadOnlyList<GraphAxis> axes, IReadOnlyList<Tape> tapes)
{
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);

    /// <summary>The calls that an output depends on.</summary>
    private readonly List<int> _live = [];

    /// <summary>Whether an output depends on a tensor, or is it.</summary>
    private readonly bool[] _needed = new bool[tapes[0].Slots.Count];

    /// <summary>The graph. It takes over the contents of the constants that it uses, from the first pass.</summary>
    /// <exception cref="InputException">The passes took different paths, or a number depends on the sizes in a way that has no formula.</exception>
    public RecordedGraph Graph()
    {
        var first = tapes[0];
        FindNeeded(first);
        foreach (var tape in tapes.Skip(1))
            RequireSamePath(tape);
        var values = new RecordedValue[first.Slots.Count];
        for (int i = 0; i < values.Length; i++)
        {
            int slot = i;
            var written = first.Slots[slot];
            var shape = Enumerable.Range(0, written.Shape.Length).Select(axis => Fit(t => t.Slots[slot].Shape[axis]));
            values[i] = new RecordedValue(Unique(written.Name, written.Kind), written.Type, [.. shape], written.Content, written.Kind == Tape.Kind.Parameter);
        }
        var nodes = new List<RecordedNode>();
        foreach (int call in _live)
        {
            var written = first.Calls[call];
            var arguments = Enumerable.Range(0, written.Arguments.Length)
                .Select(a => new RecordedArgument(Merged(tape => tape.Calls[call].Arguments[a], values, written)));
            nodes.Add(new RecordedNode(written.Op, [.. arguments], [.. written.Results.Select(r => r < 0 ? null : values[r])], written.Scope));
        }
        first.HandOver();
        for (int i = 0; i < values.Length; i++)
            if (!_needed[i])
                values[i].Constant?.Dispose();
        return new RecordedGraph(name, axes, Of(Tape.Kind.Input), [.. Of(Tape.Kind.Parameter), .. Of(Tape.Kind.Constant)], nodes,
            [.. first.Outputs.Select(o => (o.Name, values[o.Slot]))]);

        RecordedValue[] Of(Tape.Kind kind) => [.. Enumerable.Range(0, values.Length).Where(i => first.Slots[i].Kind == kind && (_needed[i] || kind == Tape.Kind.Input)).Select(i => values[i])];
    }

    private void FindNeeded(Tape tape)
    {
        foreach (var (_, slot) in tape.Outputs)
            _needed[slot] = true;
        for (int i = tape.Calls.Count - 1; i >= 0; i--)
        {
            if (!tape.Calls[i].Results.Any(r => r >= 0 && _needed[r]))
                continue;
            _live.Add(i);
            foreach (var reference in tape.Calls[i].Arguments.SelectMany(a => a switch { Tape.SlotReference one => [one], Tape.SlotReference?[] list => list, _ => [] }))
                if (reference is not null)
                    _needed[reference.Number] = true;
        }
        _live.Reverse();
    }

    /// <summary>Requires that a pass made the same calls on the same tensors as the first one.</summary>
    /// <exception cref="InputException">It did not.</exception>
    public void RequireSamePath(Tape b)
    {
        var a = tapes[0];
        InputException Differs(string scope, string what) => new($"{(scope.Length == 0 ? "the model" : scope)}: {what} ({a.Sizes} against {b.Sizes}): the model's path depends on the size of its input or on an earlier call, and recording fixes one path; make it the same for all, or record a graph for each");
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
        for (int i = 0; i < a.Slots.Count; i++)
        {
            var (x, y) = (a.Slots[i], b.Slots[i]);
            // What comes to nothing in the end may be anything; it is not part of the graph.
            if (x.Kind == Tape.Kind.Constant && y.Kind == Tape.Kind.Constant && _needed[i] && !SameContent(x, y))
                throw new InputException($"{x.Name}: a tensor that was made in C# is another at {a.Sizes} than at {b.Sizes}, and the recorded graph would keep one of them; make it with tensor operators from sizes and inputs, or keep none from an earlier call");
            if (x.Kind != y.Kind || x.Type != y.Type || x.Shape.Length != y.Shape.Length)
                throw Differs("", $"computes another {x.Name}");
        }
    }

    /// <summary>Requires that a pass has the sizes that the graph's formulas say.</summary>
    /// <exception cref="InputException">It has not.</exception>
    public void RequireSizes(RecordedGraph graph, Tape tape, IReadOnlyDictionary<string, long> sizes)
    {
        foreach (var (node, call) in graph.Nodes.Zip(_live.Select(i => tape.Calls[i])))
        {
            InputException NoFormula(string what, string formula) =>
                new($"{node.Place}: {what} at {tape.Sizes} where {formula} was expected: the size is no sum of products of the axes {string.Join(", ", sizes.Keys)}, such as where it is divided and rounded; fix that axis's size, or have the input in whole blocks and make their number the axis");
            for (int i = 0; i < call.Arguments.Length; i++)
            {
                var (expected, actual) = (node.Arguments[i].Value, call.Arguments[i]);
                bool same = expected switch
                {
                    SizeFormula number => number.At(sizes) == (long)actual!,
                    SizeFormula[] list => list.Select(n => n.At(sizes)).SequenceEqual((long[])actual!),
                    RecordedValue or RecordedValue?[] => true,
                    _ => SameText(expected, actual),
                };
                if (!same && expected is not (SizeFormula or SizeFormula[]))
                    throw NoWholeNumber(call, expected, actual, tape);
                if (!same)
                    throw NoFormula($"takes {new RecordedArgument(actual)}", new RecordedArgument(expected).ToString());
            }
            foreach (var (value, number) in node.Results.Zip(call.Results))
                if (value is not null && !value.Shape.Select(s => s.At(sizes)).SequenceEqual(tape.Slots[number].Shape))
                    throw NoFormula($"returns {new RecordedArgument(tape.Slots[number].Shape)}", new RecordedArgument(value.Shape.ToArray()).ToString());
        }
    }

    private static bool SameContent(Tape.Slot a, Tape.Slot b)
    {
        if (a.Type != b.Type || !a.Shape.AsSpan().SequenceEqual(b.Shape))
            return false;
        using var one = a.Content!.cpu();
        using var other = b.Content!.cpu();
        return one.bytes.SequenceEqual(other.bytes);
    }

    private static bool SameText(object? a, object? b) => new RecordedArgument(a).ToString().Equals(new RecordedArgument(b).ToString(), StringComparison.Ordinal);

    private InputException NoWholeNumber(Tape.Call call, object? first, object? other, Tape tape) =>
        new($"{(call.Scope.Length == 0 ? "the model" : call.Scope)}: aten::{call.Op.FullName} takes {new RecordedArgument(first)} at {tapes[0].Sizes} and {new RecordedArgument(other)} at {tape.Sizes}: only whole numbers may depend on the size; give it as a whole number, or compute it with tensor operators");

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
            if (!SameText(first, argument(tape)))
                throw NoWholeNumber(call, first, argument(tape), tape);
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
