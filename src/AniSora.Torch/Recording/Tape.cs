using static AniSora.Torch.torch;

namespace AniSora.Torch.Recording;

/// <summary>
/// One forward pass as it was seen: every operator call with its arguments, and every tensor by number. All tensors are kept alive until
/// the end, because they are told apart by the address of their native object.
/// </summary>
internal sealed class Tape : IDisposable
{
    /// <summary>Reading a number's kind or a size needs no content.</summary>
    private static readonly HashSet<string> Harmless = ["is_floating_point", "is_complex", "is_same_size"];

    private static readonly string[] RandomNames =
        ["rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "normal", "bernoulli", "multinomial", "uniform", "poisson"];

    [ThreadStatic] private static Tape? _current;

    private readonly Dictionary<nint, int> _numbers = [];
    private readonly IReadOnlyDictionary<nint, (string Name, Tensor Tensor)> _parameters;
    private readonly IReadOnlyDictionary<nn.Module, string> _modules;
    private readonly List<Tensor> _kept = [];

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
    public sealed record Slot(Kind Kind, string Name, ScalarType Type, long[] Shape, Tensor? Content);

    /// <summary>A call. Tensors among the arguments are given by <see cref="SlotReference"/>.</summary>
    public sealed record Call(TorchOp Op, object?[] Arguments, int[] Results, string Scope);

    /// <summary>A tensor's number.</summary>
    public sealed record SlotReference(int Number);

    /// <summary>Runs a forward pass and writes it down.</summary>
    public void Record(IReadOnlyList<GraphInput> inputs, IReadOnlyList<Tensor> examples, Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward)
    {
        foreach (var (input, example) in inputs.Zip(examples))
            Add(example, Kind.Input, input.Name);
        IReadOnlyList<(string Name, Tensor Value)> outputs;
        var outer = _current;
        _current = this;
        try
        {
            using (TorchOp.Observe(Observe))
                outputs = forward(examples);
        }
        finally
        {
            _current = outer;
        }
        foreach (var (name, value) in outputs)
            Outputs.Add((name, NumberOf(value)));
    }

    /// <summary>Somebody reads a tensor's content in C#.</summary>
    /// <exception cref="InputException">It is not the same at every run.</exception>
    public static void NoteRead(Tensor tensor)
    {
        if (_current is { } tape && tape._numbers.TryGetValue(tensor.Handle, out int number) && tape.Slots[number].Kind is Kind.Input or Kind.Computed)
            throw new InputException(tape.Problem("the content of a tensor is read in C#", "the recorded graph would keep the value of this one run; compute with tensor operators instead, or read before recording"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _kept)
            tensor.Dispose();
        _kept.Clear();
    }

    private void Observe(TorchOp op, ReadOnlySpan<TorchArg> arguments, ReadOnlySpan<Tensor> results)
    {
        // Memory that C# fills afterwards: a constant, taken when it is first used.
        if (op.Name is "empty" or "empty_like" or "empty_strided")
            return;
        string scope = Scope();
        if (RandomNames.Contains(op.Name.TrimEnd('_')))
            throw new InputException(Problem($"aten::{op.FullName} draws random numbers", "give them to the graph as an input"));
        var given = new object?[arguments.Length];
        for (int i = 0; i < given.Length; i++)
            given[i] = Written(arguments[i]);
        if (results.IsEmpty)
        {
            if (!Harmless.Contains(op.Name) && given.Any(IsDynamic))
                throw new InputException(Problem($"aten::{op.FullName} takes a number out of a tensor or works by its effect",
                    "what the model does with it would be fixed to this one run; compute with tensor operators instead"));
            return;
        }
        if (op.FullName.EndsWith(".out", StringComparison.Ordinal) || op.FullName.EndsWith("_out", StringComparison.Ordinal))
            throw new InputException(Problem($"aten::{op.FullName} writes into a given tensor", "use the form that returns a new one"));
        if (op.Name.EndsWith('_') && !op.Name.EndsWith("__", StringComparison.Ordinal))
        {
            RequireUnshared(op, arguments[0], ((SlotReference)given[0]!).Number);
            op = WithoutEffect(op);
        }
        var numbers = new int[results.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = results[i] is null ? -1 : Add(results[i], Kind.Computed, scope.Length == 0 ? op.Name : $"{scope}.{op.Name}");
        Calls.Add(new Call(op, given, numbers, scope));
    }

    private bool IsDynamic(object? argument) => argument switch
    {
        SlotReference reference => Slots[reference.Number].Kind is Kind.Input or Kind.Computed,
        SlotReference?[] list => list.Any(IsDynamic),
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
            Generator => throw new InputException(Problem("an operator draws random numbers", "give them to the graph as an input")),
            long[] list => list.Clone(),
            var value => value,
        };
    }

    private int NumberOf(Tensor tensor)
    {
        if (_numbers.TryGetValue(tensor.Handle, out int number))
            return number;
        if (_parameters.TryGetValue(tensor.Handle, out var parameter))
            return Add(tensor, Kind.Parameter, parameter.Name, parameter.Tensor.alias().DetachFromDisposeScope());
        string scope = Scope();
        return Add(tensor, Kind.Constant, scope.Length == 0 ? "constant" : $"{scope}.constant", tensor.clone().contiguous().DetachFromDisposeScope());
    }

    private int Add(Tensor tensor, Kind kind, string name, Tensor? content = null)
    {
        _kept.Add(tensor.alias().DetachFromDisposeScope());
        Slots.Add(new Slot(kind, name, tensor.dtype, tensor.shape, content));
        return _numbers[tensor.Handle] = Slots.Count - 1;
    }

    /// <summary>
    /// In a graph nothing changes: an in-place call is recorded as one that returns a new tensor, which is the same only if nobody else
    /// sees the memory that it changed.
    /// </summary>
    private void RequireUnshared(TorchOp op, in TorchArg target, int number)
    {
        var tensor = (Tensor)target.Value!;
        if (Slots[number].Kind != Kind.Computed)
            throw new InputException(Problem($"aten::{op.FullName} changes an input, a weight or a constant in place", $"call {op.Name.TrimEnd('_')} instead"));
        var (start, end) = Memory(tensor);
        foreach (var other in _kept)
        {
            if (other.Handle == tensor.Handle)
                continue;
            var (from, to) = Memory(other);
            if (from < end && start < to)
                throw new InputException(Problem($"aten::{op.FullName} changes memory in place that another tensor is a view of", $"call {op.Name.TrimEnd('_')} instead"));
        }
    }

    private TorchOp WithoutEffect(TorchOp op)
    {
        string overload = op.FullName.Contains('.') ? op.FullName[(op.FullName.IndexOf('.') + 1)..] : "";
        try
        {
            return TorchOp.Find(op.Name.TrimEnd('_'), overload);
        }
        catch (TorchException)
        {
            throw new InputException(Problem($"aten::{op.FullName} works in place, and libtorch has no form that does not", "use other operators"));
        }
    }

    /// <summary>The addresses between which a tensor's elements lie.</summary>
    private static (nint Start, nint End) Memory(Tensor tensor)
    {
        if (tensor.numel() == 0 || tensor.device_type != DeviceType.CPU)
            return (0, 0);
        long last = tensor.shape.Zip(tensor.stride()).Sum(axis => (axis.First - 1) * axis.Second);
        return (tensor.data_ptr(), tensor.data_ptr() + (nint)((last + 1) * tensor.element_size()));
    }

    private string Scope() => ModuleTrace.Innermost(_modules.ContainsKey) is { } module ? _modules[module] : "";

    private string Problem(string what, string fix)
    {
        string scope = Scope();
        return $"{(scope.Length == 0 ? "the model" : scope)}: {what}: {fix}";
    }
}
