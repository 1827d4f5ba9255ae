using System.Runtime.CompilerServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>Whether operations on this tensor are recorded for differentiation.</summary>
        /// <exception cref="TorchException">Set on a result of a computation, or on integers.</exception>
        public bool requires_grad
        {
            get
            {
                TorchException.Check(NativeMethods.ani_autograd_flags(Handle, out var requires, out _), nameof(requires_grad));
                GC.KeepAlive(this);
                return requires != 0;
            }
            set
            {
                TorchException.Check(NativeMethods.ani_set_requires_grad(Handle, value ? 1 : 0), nameof(requires_grad), Describe());
                GC.KeepAlive(this);
            }
        }

        /// <summary>Whether the tensor is no recorded result: gradients are kept for such tensors only.</summary>
        public bool is_leaf
        {
            get
            {
                TorchException.Check(NativeMethods.ani_autograd_flags(Handle, out _, out var leaf), nameof(is_leaf));
                GC.KeepAlive(this);
                return leaf != 0;
            }
        }

        /// <summary>The gradient that backward passes have added up, or null. Each reading makes a new object for the same
        /// tensor.</summary>
        public Tensor? grad
        {
            get
            {
                TorchException.Check(NativeMethods.ani_grad(Handle, out var gradient), nameof(grad));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                TorchException.Check(NativeMethods.ani_set_grad(Handle, value?.Handle ?? 0), nameof(grad), Describe());
                GC.KeepAlive(value);
                GC.KeepAlive(this);
            }
        }

        /// <summary>The name of the recorded operation that made this tensor, or null.</summary>
        public string? grad_fn
        {
            get
            {
                TorchException.Check(NativeMethods.ani_grad_fn_name(Handle), nameof(grad_fn));
                GC.KeepAlive(this);
                return LastText() is { Length: > 0 } name ? name : null;
            }
        }

        /// <summary>Sets <see cref="requires_grad"/>.</summary>
        /// <param name="requires_grad">Whether to record operations.</param>
        /// <returns>This tensor.</returns>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <inheritdoc cref="requires_grad_(bool)"/>
        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Keeps the gradient of this intermediate result too.</summary>
        public void retain_grad()
        {
            TorchException.Check(NativeMethods.ani_retain_grad(Handle), nameof(retain_grad), Describe());
            GC.KeepAlive(this);
        }

        /// <summary>The same memory outside of the recorded graph.</summary>
        public Tensor detach() => Operators.detach.Call(this);

        /// <summary>Takes this tensor itself out of the recorded graph.</summary>
        /// <returns>This tensor.</returns>
        public Tensor detach_() => Operators.detach_.CallInPlace(this);

        /// <summary>
        /// Puts another tensor's contents under this one, which stays the same native tensor: an optimiser that holds it keeps it.
        /// </summary>
        /// <param name="data">The new contents; shape, type and device may differ.</param>
        public void set_data(Tensor data)
        {
            ArgumentNullException.ThrowIfNull(data);
            TorchException.Check(NativeMethods.ani_set_data(Handle, data.Handle), nameof(set_data), $"{Describe()}, {data.Describe()}");
            GC.KeepAlive(data);
            GC.KeepAlive(this);
        }

        /// <summary>Adds the gradient of this number to <see cref="grad"/> of every leaf that it was computed from.</summary>
        /// <exception cref="TorchException">This is not one number, or was not recorded.</exception>
        public void backward() => autograd.backward([this]);

        /// <summary>Adds gradients to <see cref="grad"/> of the leaves that this tensor was computed from.</summary>
        /// <param name="grad_tensors">The gradient of the final result by this tensor, same shape; null = 1, for a single number.</param>
        /// <param name="retain_graph">Keep the graph for another backward pass.</param>
        /// <param name="create_graph">Record the pass itself, for second derivatives.</param>
        /// <param name="inputs">Only these leaves; null = all.</param>
        public void backward(IList<Tensor>? grad_tensors, bool retain_graph = false, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph || create_graph, create_graph, inputs);
    }

    /// <summary>Differentiation of recorded operations.</summary>
    public static unsafe class autograd
    {
        /// <summary>Adds gradients to <see cref="Tensor.grad"/> of the leaves that <paramref name="tensors"/> were computed from.</summary>
        /// <param name="tensors">The results to start from.</param>
        /// <param name="grad_tensors">One gradient for each, same shape; null = 1, for single numbers.</param>
        /// <param name="retain_graph">Keep the graph for another pass; null = if <paramref name="create_graph"/>.</param>
        /// <param name="create_graph">Record the pass itself, for second derivatives.</param>
        /// <param name="inputs">Only these leaves; null = all.</param>
        /// <exception cref="TorchException">libtorch refused, for instance because the graph was used before.</exception>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null)
        {
            ArgumentNullException.ThrowIfNull(tensors);
            fixed (nint* starts = Handles(tensors), seeds = Handles(grad_tensors, tensors.Count), leaves = Handles(inputs))
            {
                TorchException.Check(NativeMethods.ani_backward(starts, grad_tensors is null ? null : seeds, tensors.Count,
                    retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0, leaves, inputs?.Count ?? 0), nameof(backward),
                    Describe(tensors));
            }
            KeepAlive(tensors, grad_tensors, inputs);
        }

        /// <inheritdoc cref="backward(IList{Tensor}, IList{Tensor}, bool?, bool, IList{Tensor})"/>
        /// <param name="tensor">The result to start from.</param>
        /// <param name="grad_tensor">Its gradient, same shape.</param>
        /// <param name="retain_graph">Keep the graph for another pass; null = if <paramref name="create_graph"/>.</param>
        /// <param name="create_graph">Record the pass itself, for second derivatives.</param>
        /// <param name="inputs">Only these leaves; null = all.</param>
        public static void backward(Tensor tensor, Tensor? grad_tensor = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensor is null ? null : [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>The gradients of <paramref name="outputs"/> by <paramref name="inputs"/>, without touching
        /// <see cref="Tensor.grad"/>.</summary>
        /// <param name="outputs">The results.</param>
        /// <param name="inputs">What to differentiate by: leaves or intermediate results.</param>
        /// <param name="grad_outputs">One gradient for each result, same shape; null = 1, for single numbers.</param>
        /// <param name="retain_graph">Keep the graph for another pass.</param>
        /// <param name="create_graph">Record the pass itself, for second derivatives.</param>
        /// <param name="allow_unused">An input that the results don't depend on gives null instead of an error.</param>
        /// <returns>One gradient for each input, same shape.</returns>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            ArgumentNullException.ThrowIfNull(outputs);
            ArgumentNullException.ThrowIfNull(inputs);
            var results = new nint[inputs.Count];
            fixed (nint* starts = Handles(outputs), seeds = Handles(grad_outputs, outputs.Count), leaves = Handles(inputs),
                gradients = results)
            {
                TorchException.Check(NativeMethods.ani_autograd_grad(starts, grad_outputs is null ? null : seeds, outputs.Count, leaves,
                    inputs.Count, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, gradients),
                        nameof(grad),
                    $"{Describe(outputs)} by {Describe(inputs)}");
            }
            KeepAlive(outputs, inputs, grad_outputs);
            return [.. results.Select(handle => handle == 0 ? null! : new Tensor(handle))];
        }

        private static nint[] Handles(IList<Tensor>? tensors, int? count = null)
        {
            if (tensors is null)
                return [];
            if (count is { } wanted && tensors.Count != wanted)
                throw new ArgumentException($"there must be one gradient for each of the {wanted} results, not {tensors.Count}");
            return [.. tensors.Select(tensor => tensor.Handle)];
        }

        private static string Describe(IList<Tensor> tensors) => string.Join(", ", tensors.Select(tensor => tensor.Describe()));

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void KeepAlive(params object?[] tensors) => _ = tensors;
    }

    /// <summary>Until the result is disposed, this thread's operations are not recorded for differentiation.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Until the result is disposed, this thread's operations are recorded, even inside <see cref="no_grad"/>.</summary>
    /// <param name="enabled">False does the opposite.</param>
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    /// <summary>Until the result is disposed, this thread's operations are recorded or not.</summary>
    /// <param name="mode">Whether to record.</param>
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    /// <summary>Whether this thread's operations are recorded.</summary>
    public static bool is_grad_enabled() => NativeMethods.ani_grad_mode() != 0;

    /// <summary>
    /// Like <see cref="no_grad"/>, and cheaper still: results cannot be used in a recorded computation later. Dispose on the same thread.
    /// </summary>
    /// <param name="mode">False leaves the mode.</param>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    /// <summary>Whether this thread is in <see cref="inference_mode"/>.</summary>
    public static bool is_inference_mode_enabled() => NativeMethods.ani_is_inference_mode() != 0;

    internal static partial class Operators
    {
        internal static readonly TorchOp detach = new("detach");
        internal static readonly TorchOp detach_ = new("detach_");
    }

    private sealed class GradMode : IDisposable
    {
        private readonly int _outer = NativeMethods.ani_grad_mode();
        private bool _ended;

        internal GradMode(bool enabled) => NativeMethods.ani_set_grad_mode(enabled ? 1 : 0);

        public void Dispose()
        {
            if (!_ended)
                NativeMethods.ani_set_grad_mode(_outer);
            _ended = true;
        }
    }

    private sealed class InferenceMode(bool enabled) : IDisposable
    {
        private nint _guard = NativeMethods.ani_inference_mode_enter(enabled ? 1 : 0);

        public void Dispose()
        {
            if (_guard != 0)
                NativeMethods.ani_inference_mode_leave(_guard);
            _guard = 0;
        }
    }
}
