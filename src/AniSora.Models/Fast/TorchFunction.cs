using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

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
/// <para>Both methods run in a dispose scope of their own, so intermediate tensors need no care. <see cref="Forward"/> runs without
/// recording; <see cref="Backward"/> records only when the caller asked for second derivatives. An exception in <see cref="Backward"/>
/// cannot cross libtorch's frames: it comes out of <see cref="KernelErrors.Rethrow"/>. Profiles show both (see
/// <see cref="OperatorProfiler"/>).</para>
/// <para>TorchSharp's own custom functions (<c>torch.autograd.SingleTensorFunction</c>) keep an empty copy of every result, all gradients
/// that they gave until the collector finds them, and what was saved until the whole graph goes. This stands on the same native nodes
/// (<c>THSAutograd_*</c>) without those.</para>
/// </remarks>
public abstract class TorchFunction
{
    private readonly List<Tensor> _toSave = [];
    private nint[] _saved = [];
    private int[] _present = [];
    private bool[] _needsGrad = [];
    private (long[] Shape, ScalarType Type, Device Device)[] _outputs = [];
    private KernelErrors? _errors;
    private bool _dropped;

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
        bool recorded = is_grad_enabled();
        _needsGrad = [.. inputs.Select(input => recorded && input is { requires_grad: true })];
        using var scope = NewDisposeScope();
        using var record = OperatorProfiler.Record(this, "");
        if (!_needsGrad.Contains(true))
        {
            // Nothing is recorded, as in here anyway; a scope for it would cost a native call.
            using var _ = recorded ? no_grad() : null;
            Tensor[] unrecorded = Forward(inputs);
            _toSave.Clear();
            return MoveOut(unrecorded);
        }
        Tensor[] results;
        using (no_grad())
            results = Forward(inputs);
        _present = [.. Enumerable.Range(0, inputs.Length).Where(i => inputs[i] is not null)];
        _outputs = [.. results.Select(t => (t.shape, t.dtype, t.device))];
        _errors = KernelErrors.Mine;
        using var node = AutogradNode.Create(this);
        results = node.Record([.. _present.Select(i => inputs[i]!.Handle)], [.. results.Select(t => t.Handle)]);
        _saved = [.. _toSave.Select(t => node.Save(t))];
        _toSave.Clear();
        GC.KeepAlive(inputs);
        return MoveOut(results);
    }

    private static Tensor[] MoveOut(Tensor[] tensors)
    {
        foreach (var tensor in tensors)
            tensor.MoveToOuterDisposeScope();
        return tensors;
    }

    /// <summary>The backward pass, as the node calls it.</summary>
    /// <param name="node">This function's.</param>
    /// <param name="grads">Gradients by the results, owned from here on; 0 for zeros.</param>
    /// <param name="into">Gets references to the gradients by the inputs that are present; 0 for none.</param>
    internal void RunBackward(AutogradNode node, ReadOnlySpan<nint> grads, Span<nint> into)
    {
        using var scope = NewDisposeScope();
        try
        {
            using var record = OperatorProfiler.Record(this, "Backward");
            var gradOutputs = new Tensor[grads.Length];
            for (int i = 0; i < grads.Length; i++)
                gradOutputs[i] = grads[i] != 0 ? Tensor.UnsafeCreateTensor(grads[i]) : zeros(_outputs[i].Shape, _outputs[i].Type, _outputs[i].Device);
            if (_dropped)
                throw new InvalidOperationException($"{GetType().Name}: a second pass through a graph that the first one did not retain");
            Tensor[] saved = [.. _saved.Select(node.Unpack)];
            if (!StableApi.KeepsGraph)
                DropSaved();
            var gradients = Backward(gradOutputs, saved);
            if (gradients.Length != _needsGrad.Length)
                throw new InvalidOperationException($"{GetType().Name}.Backward returned {gradients.Length} gradients for {_needsGrad.Length} inputs");
            for (int i = 0; i < into.Length; i++)
                into[i] = _needsGrad[_present[i]] && gradients[_present[i]] is { } gradient ? StableApi.Retain(gradient.Handle) : 0;
        }
        catch (Exception e)
        {
            _errors!.Keep(e);
            into.Clear();
        }
    }

    /// <summary>How many inputs are present.</summary>
    internal int Inputs => _present.Length;

    /// <summary>Lets go of what was saved.</summary>
    internal void DropSaved()
    {
        foreach (nint variable in _saved)
            AutogradNode.DisposeSaved(variable);
        _dropped |= _saved.Length > 0;
        _saved = [];
    }
}
