using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using AniSora.Torch.Interop;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>Is told of every operator call on a thread, after it succeeded.</summary>
/// <param name="op">The operator.</param>
/// <param name="arguments">Its arguments, in the schema's order; missing trailing ones took their defaults.</param>
/// <param name="results">Its tensor results; for an in-place call the tensor that changed.</param>
public delegate void OperatorObserver(TorchOp op, ReadOnlySpan<TorchArg> arguments, ReadOnlySpan<Tensor> results);

/// <summary>
/// Any operator of libtorch, called by name through its dispatcher. Every tensor operation of this library goes through
/// here, and so may an operation that it has no method for.
/// </summary>
/// <example><code>using var y = TorchOp.Find("leaky_relu").Call(x, 0.1);</code></example>
/// <remarks>
/// The name is looked up once, at the first call. Arguments follow the schema (see <see cref="Schema"/>) and convert
/// implicitly to <see cref="TorchArg"/>; they live on the stack, so a call allocates nothing but its result.
/// </remarks>
public sealed unsafe class TorchOp
{
    /// <summary>More than any schema of ATen has results.</summary>
    private const int MaximumResults = 16;

    /// <summary>64-bit words of lists (shapes, strides, handles) that fit on the stack.</summary>
    private const int StackWords = 64;

    private static readonly ConcurrentDictionary<(string, string), TorchOp> Cache = new();
    private static int _observing;
    [ThreadStatic] private static OperatorObserver? _observer;

    private readonly string _overload;
    private nint _native;

    /// <summary>Whether somebody is told of the operators called on this thread.</summary>
    internal static bool IsObserved => _observing != 0 && _observer is not null;

    internal TorchOp(string name, string overload = "")
    {
        Name = name;
        _overload = overload;
        FullName = overload.Length == 0 ? name : $"{name}.{overload}";
    }

    /// <summary>
    /// Is told the name of every operator before it is called, on whatever thread; null for nobody. For a note of what native code was
    /// doing if it takes the process down: must be quick, and not throw.
    /// </summary>
    public static Action<string>? Calling { get; set; }

    /// <summary>The name without namespace, for instance <c>add</c>.</summary>
    public string Name { get; }

    /// <summary>The name with its overload, for instance <c>add.Tensor</c>.</summary>
    public string FullName { get; }

    /// <summary>Names, types and defaults of arguments and results, as libtorch declares them.</summary>
    public string Schema => Marshal.PtrToStringUTF8((nint)NativeMethods.ani_operator_schema(Native))!;

    private nint Native
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _native != 0 ? _native : Resolve();
    }

    /// <summary>Finds an operator. Objects are shared, and cheap to keep in a static field.</summary>
    /// <param name="name">Its name, with or without <c>aten::</c>; another namespace is named in full.</param>
    /// <param name="overload">Its overload, for instance <c>Tensor</c>; empty for the one without.</param>
    /// <exception cref="TorchException">There is no such operator.</exception>
    public static TorchOp Find(string name, string overload = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var key = (name.StartsWith("aten::", StringComparison.Ordinal) ? name[6..] : name, overload);
        var op = Cache.GetOrAdd(key, static k => new TorchOp(k.Item1, k.Item2));
        _ = op.Native;
        return op;
    }

    /// <summary>Reports every operator call on this thread to <paramref name="observer"/> until the result is disposed.</summary>
    /// <param name="observer">Called after each success, inside the call; calls it makes itself are not reported.</param>
    /// <returns>Ends the observation, and brings back an earlier one.</returns>
    public static IDisposable Observe(OperatorObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return new Observation(observer);
    }

    /// <summary>Calls an operator that returns one tensor.</summary>
    /// <param name="args">Arguments in the schema's order; trailing ones with a default may be left out.</param>
    /// <exception cref="TorchException">libtorch refused, or the result is no tensor.</exception>
    public Tensor Call(params ReadOnlySpan<TorchArg> args)
    {
        NativeArg result = default;
        var count = Invoke(args, &result, 1);
        if (count != 1 || result.Tag != ArgTag.Tensor)
            throw WrongResult(&result, count, "one tensor");
        var tensor = new Tensor((nint)result.Pointer, result.Count);
        if (_observing != 0)
            Report(args, tensor);
        return tensor;
    }

    /// <summary>Calls an operator that changes its first argument and returns it.</summary>
    /// <param name="args">Arguments in the schema's order; the first is the tensor that changes.</param>
    /// <returns>The first argument itself.</returns>
    /// <exception cref="TorchException">libtorch refused.</exception>
    public Tensor CallInPlace(params ReadOnlySpan<TorchArg> args)
    {
        Invoke(args, null, 0);
        var self = (Tensor)args[0].Reference!;
        if (_observing != 0)
            Report(args, self);
        return self;
    }

    /// <summary>Calls an operator for its effect, whatever it returns.</summary>
    /// <param name="args">Arguments in the schema's order; trailing ones with a default may be left out.</param>
    /// <exception cref="TorchException">libtorch refused.</exception>
    public void Run(params ReadOnlySpan<TorchArg> args)
    {
        Invoke(args, null, 0);
        if (_observing != 0)
            Report(args);
    }

    /// <summary>Calls an operator that returns several tensors, or a list of them.</summary>
    /// <param name="args">Arguments in the schema's order; trailing ones with a default may be left out.</param>
    /// <returns>The tensors in order; an undefined one is null.</returns>
    /// <exception cref="TorchException">libtorch refused, or a result is no tensor.</exception>
    [SkipLocalsInit]
    public Tensor[] CallMany(params ReadOnlySpan<TorchArg> args)
    {
        var results = stackalloc NativeArg[MaximumResults];
        var count = Invoke(args, results, MaximumResults);
        Tensor[] tensors;
        if (count == 1 && results[0].Tag == ArgTag.Tensors)
        {
            tensors = new Tensor[results[0].Count];
            for (var i = 0; i < tensors.Length; i++)
                tensors[i] = new Tensor(((nint*)results[0].Pointer)[i]);
            NativeMethods.ani_free(results[0].Pointer);
        }
        else
        {
            for (var i = 0; i < count; i++)
                if (results[i].Tag != ArgTag.Tensor)
                    throw WrongResult(results, count, "tensors");
            tensors = new Tensor[count];
            for (var i = 0; i < count; i++)
                if (results[i].Pointer is not null)
                    tensors[i] = new Tensor((nint)results[i].Pointer, results[i].Count);
        }
        if (_observing != 0)
            Report(args, tensors);
        return tensors;
    }

    /// <summary>Calls an operator that returns a number or a truth value.</summary>
    /// <param name="args">Arguments in the schema's order; trailing ones with a default may be left out.</param>
    /// <exception cref="TorchException">libtorch refused, or the result is no number.</exception>
    public Scalar CallScalar(params ReadOnlySpan<TorchArg> args)
    {
        NativeArg result = default;
        var count = Invoke(args, &result, 1);
        if (count != 1 || result.Tag is not (ArgTag.Int or ArgTag.Double or ArgTag.Bool))
            throw WrongResult(&result, count, "a number");
        if (_observing != 0)
            Report(args);
        return new Scalar(result.Tag, result.Integer);
    }

    /// <inheritdoc/>
    public override string ToString() => FullName;

    /// <summary>Makes the call. Without a place for results they are dropped.</summary>
    /// <returns>How many results there are.</returns>
    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<TorchArg> args, NativeArg* results, int capacity)
    {
        var words = ArgMarshaller.WordsOf(args);
        if (words > StackWords)
            return InvokeFromHeap(args, results, capacity, words);
        var lists = stackalloc long[words];
        return Invoke(args, results, capacity, lists);
    }

    private int InvokeFromHeap(ReadOnlySpan<TorchArg> args, NativeArg* results, int capacity, int words)
    {
        var lists = (long*)NativeMemory.Alloc((nuint)words, sizeof(long));
        try
        {
            return Invoke(args, results, capacity, lists);
        }
        finally
        {
            NativeMemory.Free(lists);
        }
    }

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<TorchArg> args, NativeArg* results, int capacity, long* lists)
    {
        Calling?.Invoke(FullName);
        var native = stackalloc NativeArg[args.Length];
        ArgMarshaller.Fill(args, native, lists);
        var status = NativeMethods.ani_call(Native, native, args.Length, results, &capacity);
        KeepAlive(args);
        return status == Status.Ok ? capacity : throw TorchException.Last(status, FullName, Describe(args));
    }

    /// <summary>The arguments are on the caller's stack; reading them after the call keeps every tensor reachable during it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepAlive(ReadOnlySpan<TorchArg> args) => _ = args;

    private void Report(ReadOnlySpan<TorchArg> args, params ReadOnlySpan<Tensor> results)
    {
        if (_observer is not { } observer)
            return;
        _observer = null;
        try
        {
            observer(this, args, results);
        }
        finally
        {
            _observer = observer;
        }
    }

    private nint Resolve()
    {
        var name = Name.Contains("::", StringComparison.Ordinal) ? Name : $"aten::{Name}";
        TorchException.Check(NativeMethods.ani_operator(name, _overload, out var native, out _), FullName);
        return _native = native;
    }

    private static string Describe(ReadOnlySpan<TorchArg> args)
    {
        var text = new StringBuilder();
        foreach (var arg in args)
            text.Append(text.Length == 0 ? "" : ", ").Append(arg.Describe());
        return text.ToString();
    }

    private static void ReleaseResults(NativeArg* results, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (results[i].Tag == ArgTag.Tensor && results[i].Pointer is not null)
                NativeMethods.ani_release((nint)results[i].Pointer);
            if (results[i].Tag == ArgTag.Tensors)
            {
                for (var k = 0; k < results[i].Count; k++)
                    NativeMethods.ani_release(((nint*)results[i].Pointer)[k]);
                NativeMethods.ani_free(results[i].Pointer);
            }
        }
    }

    private TorchException WrongResult(NativeArg* results, int count, string wanted)
    {
        ReleaseResults(results, count);
        return new TorchException(FullName, "", $"does not return {wanted}: {Schema}");
    }

    private sealed class Observation : IDisposable
    {
        private readonly OperatorObserver? _outer;
        private bool _ended;

        internal Observation(OperatorObserver observer)
        {
            _outer = _observer;
            _observer = observer;
            Interlocked.Increment(ref _observing);
        }

        public void Dispose()
        {
            if (_ended)
                return;
            _ended = true;
            _observer = _outer;
            Interlocked.Decrement(ref _observing);
        }
    }
}
