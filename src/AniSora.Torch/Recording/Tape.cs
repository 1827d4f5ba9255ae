using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>
/// One forward pass as it was seen: every operator call with its arguments, and every tensor by number. All tensors are kept alive until
/// the end, because they are told apart by the address of their native object.
/// </summary>
internal sealed class Tape : IDisposable
{
    [ThreadStatic] private static Tape? _current;

    /// <summary>The number of each tensor, by its native object.</summary>
    private readonly Dictionary<nint, int> _numbers = [];

    /// <summary>Tensors whose memory an in-place call changed through another tensor, with that call.</summary>
    private readonly Dictionary<nint, string> _overwritten = [];

    /// <summary>For each number the addresses between which the tensor's elements lie.</summary>
    private readonly List<(nint Start, nint End)> _memory = [];
    private readonly IReadOnlyDictionary<nint, (string Name, Tensor Tensor)> _parameters;
    private readonly IReadOnlyDictionary<nn.Module, string> _modules;
    private readonly List<Tensor> _kept = [];
    private bool _handedOver;

    /// <param name="sizes">For messages: the sizes of this pass.</param>
    /// <param name="parameters">Weights and buffers by native address.</param>
    /// <param name="modules">Names of the modules.</param>
    public Tape(string sizes, IReadOnlyDictionary<nint, (string Name, Tensor Tensor)> parameters, IReadOnlyDictionary<nn.Module, string> modules) =>
        (Sizes, _parameters, _modules) = (sizes, parameters, modules);

    /// <summary>Such as <c>batch 2, steps 3</c>.</summary>
    public string Sizes { get; }

    /// <summary>All tensors by number.</summary>
    public List<Slot> Slots { get; } = [];

    /// <summary>All calls in order.</summary>
    public List<Call> Calls { get; } = [];

    /// <summary>Names and numbers of the outputs.</summary>
    public List<(string Name, int Slot)> Outputs { get; } = [];

    /// <summary>What a tensor is.</summary>
    public enum Kind { Input, Parameter, Constant, Computed }

    /// <summary>A tensor.</summary>
    /// <param name="Content">Of a parameter itself, of a constant a copy.</param>
    /// <param name="Varies">Whether its content depends on the content of an input.</param>
    public sealed record Slot(Kind Kind, string Name, ScalarType Type, long[] Shape, Tensor? Content, bool Varies);

    /// <summary>A call. Tensors among the arguments are given by <see cref="SlotReference"/>.</summary>
    public sealed record Call(TorchOp Op, object?[] Arguments, int[] Results, string Scope);

    /// <summary>A tensor's number.</summary>
    public sealed record SlotReference(int Number);

    /// <summary>Whether a pass is being written down on this thread.</summary>
    public static bool IsRecording => _current is not null;

    /// <summary>Runs a forward pass and writes it down.</summary>
    public void Record(IReadOnlyList<GraphInput> inputs, IReadOnlyList<Tensor> examples, Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward)
    {
        foreach (var (input, example) in inputs.Zip(examples))
            Add(example, Kind.Input, input.Name, varies: true);
        IReadOnlyList<(string Name, Tensor Value)> outputs;
        _current = this;
        try
        {
            using (TorchOp.Observe(Observe))
                outputs = forward(examples);
        }
        finally
        {
            _current = null;
        }
        foreach (var (name, value) in outputs)
            Outputs.Add((name, NumberOf(value)));
    }

    /// <summary>Somebody has a tensor's content in hand in C#, to read or to write.</summary>
    /// <exception cref="InputException">It depends on the inputs' content.</exception>
    public static void NoteRead(Tensor tensor) => _current?.NoteAccess(tensor);

    /// <summary>Lets go of the tensors of the pass; numbers, shapes and contents of constants stay.</summary>
    public void Release()
    {
        foreach (var tensor in _kept)
            tensor.Dispose();
        _kept.Clear();
    }

    /// <summary>Hands over the contents of constants and weights: disposing the tape does not touch them any more.</summary>
    public void HandOver() => _handedOver = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        if (!_handedOver)
            foreach (var slot in Slots)
                slot.Content?.Dispose();
        _handedOver = true;
    }

    private void NoteAccess(Tensor tensor)
    {
        if (!_numbers.TryGetValue(tensor.Handle, out int number))
            return;
        if (Slots[number].Varies)
            throw Problem("the content of a tensor is read in C#", "the recorded graph would keep the value of this one run; compute with tensor operators instead, or read before recording");
        // What is in it may be changed now. So when an operator next takes it, it is a new constant.
        var (start, end) = _memory[number];
        foreach (var (handle, other) in _numbers.ToList())
            if (!Slots[other].Varies && Slots[other].Kind is Kind.Computed or Kind.Constant && (handle == tensor.Handle || Overlap(other, start, end)))
                _numbers.Remove(handle);
    }

    private void Observe(TorchOp op, ReadOnlySpan<TorchArg> arguments, ReadOnlySpan<Tensor> results)
    {
        string scope = Scope();
        if (OperatorKinds.IsRandom(op))
            throw Problem($"aten::{op.FullName} draws random numbers", "give them to the graph as an input");
        if (OperatorKinds.Trains(op, arguments))
            throw Problem($"aten::{op.FullName} works as in training", "call eval() on the model first");
        var given = new object?[arguments.Length];
        for (int i = 0; i < given.Length; i++)
            given[i] = Written(arguments[i]);
        bool varies = !OperatorKinds.TakesShapeAlone(op) && given.Any(Varies);
        if (results.IsEmpty)
        {
            if (OperatorKinds.ChangesArgument(op) || varies && !OperatorKinds.ReadsNoContent(op))
                throw Problem($"aten::{op.FullName} takes a number out of a tensor or works by its effect", "what the model does with it would be fixed to this one run; compute with tensor operators instead");
            return;
        }
        if (varies && OperatorKinds.IsSizedByContent(op, arguments))
            throw Problem($"the size of what aten::{op.FullName} returns depends on the content of a tensor", "only sizes that follow from the inputs' sizes can be recorded; keep all elements and use where or a product with a mask instead");
        if (OperatorKinds.WritesIntoGiven(op))
            throw Problem($"aten::{op.FullName} writes into a given tensor", "use the form that returns a new one");
        if (OperatorKinds.ChangesArgument(op))
            op = InPlace(op, arguments, ((SlotReference)given[0]!).Number);
        else if (op.FullName == "to.device")
        {
            // Where a tensor lies is for who runs the graph to say: what remains is the type.
            op = Operators.to_dtype;
            given = [given[0], .. given[2..]];
        }
        var numbers = new int[results.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = results[i] is null ? -1 : Add(results[i], Kind.Computed, scope.Length == 0 ? op.Name : $"{scope}.{op.Name}", varies: varies);
        Calls.Add(new Call(op, given, numbers, scope));
    }

    private bool Varies(object? argument) => argument switch
    {
        SlotReference reference => Slots[reference.Number].Varies,
        SlotReference?[] list => list.Any(Varies),
        _ => false,
    };

    private object? Written(in TorchArg argument)
    {
        if (argument.IsDefault)
            return RecordedArgument.Default;
        return argument.Value switch
        {
            Tensor tensor => new SlotReference(NumberOf(tensor)),
            Tensor?[] list => Array.ConvertAll(list, t => t is null ? null : new SlotReference(NumberOf(t))),
            // Where a tensor is made is for who runs the graph to say.
            Device => RecordedArgument.Default,
            Generator => throw Problem("an operator draws random numbers", "give them to the graph as an input"),
            long[] list => list.Clone(),
            var value => value,
        };
    }

    private int NumberOf(Tensor tensor)
    {
        if (_overwritten.TryGetValue(tensor.Handle, out string? by))
            throw Problem($"a tensor is used whose memory {by} changed in place", "call the form without underscore there and use its result, or build the tensor with cat, where or pad");
        if (_numbers.TryGetValue(tensor.Handle, out int number))
            return number;
        if (_parameters.TryGetValue(tensor.Handle, out var parameter))
            return Add(tensor, Kind.Parameter, parameter.Name, parameter.Tensor.alias().DetachFromDisposeScope());
        string scope = Scope();
        return Add(tensor, Kind.Constant, scope.Length == 0 ? "constant" : $"{scope}.constant", tensor.clone().contiguous().DetachFromDisposeScope());
    }

    private int Add(Tensor tensor, Kind kind, string name, Tensor? content = null, bool varies = false)
    {
        _kept.Add(tensor.alias().DetachFromDisposeScope());
        _memory.Add(Memory(tensor));
        Slots.Add(new Slot(kind, name, tensor.dtype, tensor.shape, content, varies));
        return _numbers[tensor.Handle] = Slots.Count - 1;
    }

    /// <summary>
    /// In a graph nothing changes: an in-place call is recorded as one that returns a new tensor, which is the same as long as nobody reads
    /// the changed memory through another tensor afterwards.
    /// </summary>
    private TorchOp InPlace(TorchOp op, ReadOnlySpan<TorchArg> arguments, int number)
    {
        var target = (Tensor)arguments[0].Value!;
        string name = op.Name.TrimEnd('_');
        var (start, end) = _memory[number];
        for (int i = 0; i < Slots.Count; i++)
            if (Slots[i].Kind != Kind.Computed && (i == number || Overlap(i, start, end)))
                throw Problem($"aten::{op.FullName} changes {Slots[i].Name} in place, which is {(Slots[i].Kind == Kind.Input ? "an input" : Slots[i].Kind == Kind.Parameter ? "a weight" : "a constant")}", $"call {name} instead");
        var functional = OperatorKinds.WithoutEffect(op)
            ?? throw Problem($"aten::{op.FullName} works in place, and libtorch has no form that does not", "use other operators");
        // An in-place call keeps the type of its target; the other form follows the types of all arguments.
        using (var same = functional.Call(arguments))
            if (same.dtype != target.dtype || !same.shape.AsSpan().SequenceEqual(target.shape))
                throw Problem($"aten::{op.FullName} keeps {target.Describe()} in place where {name} would give {same.Describe()}", "convert its arguments first");
        string place = Scope() is { Length: > 0 } scope ? $"aten::{op.FullName} in {scope}" : $"aten::{op.FullName}";
        foreach (var (handle, other) in _numbers)
            if (handle != target.Handle && Overlap(other, start, end))
                _overwritten[handle] = place;
        return functional;
    }

    private bool Overlap(int number, nint start, nint end) => _memory[number].Start < end && start < _memory[number].End;

    private static unsafe (nint Start, nint End) Memory(Tensor tensor)
    {
        if (tensor.numel() == 0)
            return (0, 0);
        long last = tensor.shape.Zip(tensor.stride()).Sum(axis => (axis.First - 1) * axis.Second);
        var info = tensor.Info();
        return ((nint)info.Data, (nint)info.Data + (nint)((last + 1) * info.ElementSize));
    }

    private string Scope() => ModuleTrace.Innermost(_modules.ContainsKey) is { } module ? _modules[module] : "";

    private InputException Problem(string what, string fix)
    {
        string scope = Scope();
        return new($"{(scope.Length == 0 ? "the model" : scope)}: {what}: {fix}");
    }
}
