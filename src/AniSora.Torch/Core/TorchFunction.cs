using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AniSora.Torch.Interop;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>
/// An operation whose derivative is written in C#. One object is one application: keep numbers the backward pass needs in
/// fields, and tensors with <see cref="Save"/>.
/// </summary>
/// <example>
/// <code>
/// sealed class Square : TorchFunction
/// {
///     protected override Tensor[] Forward(Tensor?[] inputs) { Save(inputs[0]); return [inputs[0]!.square()]; }
///     protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved) => [gradOutputs[0] * saved[0] * 2.0];
/// }
/// var y = new Square().Apply(x)[0];
/// </code>
/// </example>
/// <remarks>
/// Both methods run in a dispose scope of their own, so intermediate tensors need no care. <see cref="Forward"/> runs without
/// recording; <see cref="Backward"/> records only when the caller asked for second derivatives. An exception in either comes
/// out of the call that caused it, such as <c>loss.backward()</c>, as it is. Profiles show both (see <see cref="OperatorProfiler"/>).
/// </remarks>
public abstract unsafe class TorchFunction
{
    [ThreadStatic] private static nint[]? _outputs;
    [ThreadStatic] private static nint[]? _saved;
    private static readonly FunctionCallbacks Callbacks = new()
    {
        Forward = &ForwardCallback,
        Backward = &BackwardCallback,
        Release = &ReleaseCallback,
    };

    private readonly List<Tensor> _toSave = [];
    private Tensor?[] _inputs = [];
    private int[] _present = [];
    private bool[] _needsGrad = [];

    /// <summary>Computes the results.</summary>
    /// <param name="inputs">What <see cref="Apply"/> was given, in the same order; borrowed.</param>
    /// <returns>New tensors. To return an input itself, return a clone or a view.</returns>
    protected abstract Tensor[] Forward(Tensor?[] inputs);

    /// <summary>Computes the gradients by the inputs.</summary>
    /// <param name="gradOutputs">The gradient by each result, same shape; zeros where the loss does not depend on it.</param>
    /// <param name="saved">What was saved in <see cref="Forward"/>, in order.</param>
    /// <returns>One entry per input of <see cref="Apply"/>; null where <see cref="NeedsGrad"/> is false or the gradient is zero.</returns>
    protected abstract Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved);

    /// <summary>Keeps tensors for the backward pass: inputs or results. An in-place change between is noticed.</summary>
    /// <param name="tensors">The tensors; null is skipped.</param>
    protected void Save(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
            if (tensor is not null)
                _toSave.Add(tensor);
    }

    /// <summary>Whether anybody wants the gradient by an input.</summary>
    /// <param name="input">The input's index in <see cref="Apply"/>.</param>
    protected bool NeedsGrad(int input) => _needsGrad[input];

    /// <summary>Applies the function.</summary>
    /// <param name="inputs">The tensors to compute from; null = an absent one.</param>
    /// <returns>The results, recorded for differentiation if any input is.</returns>
    /// <exception cref="InvalidOperationException">The object was applied before.</exception>
    public Tensor[] Apply(params Tensor?[] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (_needsGrad.Length != 0)
            throw new InvalidOperationException($"{GetType().Name} was applied before: make a new one for each application");
        _inputs = inputs;
        var recorded = is_grad_enabled();
        _needsGrad = [.. inputs.Select(input => recorded && input is { requires_grad: true })];
        _present = [.. Enumerable.Range(0, inputs.Length).Where(i => inputs[i] is not null)];
        var handles = new nint[_present.Length];
        for (var i = 0; i < handles.Length; i++)
            handles[i] = inputs[_present[i]]!.Handle;

        var callbacks = Callbacks;
        var self = GCHandle.Alloc(this);
        nint* outputs;
        int count;
        Status status;
        fixed (nint* pointer = handles)
            status = NativeMethods.ani_apply_function(&callbacks, (void*)GCHandle.ToIntPtr(self), pointer, handles.Length, &outputs,
                &count);
        GC.KeepAlive(inputs);
        _inputs = [];
        if (status != Status.Ok)
            throw TorchException.Last(status, GetType().Name, string.Join(", ", inputs.Select(input => input?.Describe() ?? "none")));
        var results = new Tensor[count];
        for (var i = 0; i < count; i++)
            results[i] = new Tensor(outputs[i]);
        NativeMethods.ani_free(outputs);
        return results;
    }

    [UnmanagedCallersOnly]
    private static int ForwardCallback(void* function, nint* inputs, int inputCount, nint** outputs, int* outputCount, nint** saved,
        int* savedCount, nint* exception)
    {
        try
        {
            var self = (TorchFunction)GCHandle.FromIntPtr((nint)function).Target!;
            using var record = OperatorProfiler.Record(self, "");
            using var scope = NewDisposeScope();
            // The objects that the caller holds serve as inputs: same tensors, no new references to release.
            var results = self.Forward(self._inputs);
            *outputs = Lend(ref _outputs, results);
            *outputCount = results.Length;
            *saved = Lend(ref _saved, self._toSave);
            *savedCount = self._toSave.Count;
            self._toSave.Clear();
            return 1;
        }
        catch (Exception e)
        {
            *exception = GCHandle.ToIntPtr(GCHandle.Alloc(e));
            return 0;
        }
    }

    [UnmanagedCallersOnly]
    private static int BackwardCallback(void* function, nint* grads, int gradCount, nint* saved, int savedCount, nint* inputGrads,
        int inputCount, nint* exception)
    {
        try
        {
            var self = (TorchFunction)GCHandle.FromIntPtr((nint)function).Target!;
            using var record = OperatorProfiler.Record(self, "Backward");
            using var scope = NewDisposeScope();
            var gradients = self.Backward(Borrow(grads, gradCount), Borrow(saved, savedCount));
            if (gradients.Length != self._needsGrad.Length)
                throw new InvalidOperationException(
                    $"{self.GetType().Name}.Backward returned {gradients.Length} gradients for {self._needsGrad.Length} inputs");
            for (var i = 0; i < inputCount; i++)
                if (self._needsGrad[self._present[i]] && gradients[self._present[i]] is { } gradient)
                    inputGrads[i] = NativeMethods.ani_retain(gradient.Handle);
            return 1;
        }
        catch (Exception e)
        {
            *exception = GCHandle.ToIntPtr(GCHandle.Alloc(e));
            return 0;
        }
    }

    [UnmanagedCallersOnly]
    private static void ReleaseCallback(void* function) => GCHandle.FromIntPtr((nint)function).Free();

    private static Tensor[] Borrow(nint* handles, int count)
    {
        var tensors = new Tensor[count];
        for (var i = 0; i < count; i++)
            tensors[i] = new Tensor(NativeMethods.ani_retain(handles[i]));
        return tensors;
    }

    /// <summary>References for native code, in pinned memory of this thread that stays valid until the next callback.</summary>
    private static nint* Lend(ref nint[]? buffer, IReadOnlyList<Tensor> tensors)
    {
        if (buffer is null || buffer.Length < tensors.Count)
            buffer = GC.AllocateArray<nint>(Math.Max(16, tensors.Count), pinned: true);
        for (var i = 0; i < tensors.Count; i++)
            buffer[i] = NativeMethods.ani_retain(tensors[i].Handle);
        return (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer));
    }
}
