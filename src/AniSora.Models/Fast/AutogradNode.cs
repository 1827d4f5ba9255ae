using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

/// <summary>
/// A node of libtorch's backward graph that calls a <see cref="TorchFunction"/>, by the functions that TorchSharp exports for its own
/// custom functions.
/// </summary>
/// <remarks>
/// A native node calls two plain function pointers, which say nothing about which node it is: each lives node needs two of its own, and
/// making them is most of a node's cost. So nodes are used again when their graph has gone.
/// </remarks>
internal sealed unsafe class AutogradNode : IDisposable
{
    private static readonly ConcurrentBag<AutogradNode> _idle = [];
    [ThreadStatic] private static nint[]? _returned;
    [ThreadStatic] private static nint[]? _wrapped;

    private readonly ApplyCallback _apply;
    private readonly DeletedCallback _deleted;
    private readonly nint _applyPointer, _deletedPointer;
    private TorchFunction? _function;
    private Handle _handle;

    private AutogradNode()
    {
        (_apply, _deleted) = (Run, OnDeleted);
        (_applyPointer, _deletedPointer) = (Marshal.GetFunctionPointerForDelegate(_apply), Marshal.GetFunctionPointerForDelegate(_deleted));
    }

    private delegate TensorArray ApplyCallback(nint* grads, int count);

    private delegate void DeletedCallback();

    /// <summary>A node for a function. Dispose it when it is in the graph, which then owns it.</summary>
    public static AutogradNode Create(TorchFunction function)
    {
        if (!_idle.TryTake(out var node))
            node = new();
        // What native code holds of it is not seen by the collector.
        node._root = GCHandle.Alloc(node);
        node._function = function;
        node._handle = THSAutograd_CSharpNode_ctor(node._applyPointer, node._deletedPointer);
        Check();
        return node;
    }

    private GCHandle _root;

    /// <summary>Puts the node between inputs and outputs.</summary>
    /// <returns>The outputs, recorded.</returns>
    public Tensor[] Record(nint[] inputs, nint[] outputs)
    {
        _wrapped ??= GC.AllocateArray<nint>(16, pinned: true);
        fixed (nint* i = inputs, o = outputs)
        {
            THSAutograd_CSharpNode_setNextEdges(_handle, new(i, inputs.Length), 1);
            Check();
            THSAutograd_CSharpNode_clearInputMetadata(_handle);
            THSAutograd_Function_wrapOutputs(new(i, inputs.Length), default, default, new(o, outputs.Length), _handle, &Wrapped);
            Check();
        }
        return [.. _wrapped.Take(outputs.Length).Select(Tensor.UnsafeCreateTensor)];
    }

    /// <summary>Keeps an input or output (or something in between) for the backward pass.</summary>
    public nint Save(Tensor tensor)
    {
        nint saved = THSAutograd_SavedVariable_ctor(tensor.Handle, _handle, 0);
        Check();
        return saved;
    }

    /// <summary>What was saved.</summary>
    public Tensor Unpack(nint saved)
    {
        nint tensor = THSAutograd_SavedVariable_unpack(saved, _handle);
        Check();
        return Tensor.UnsafeCreateTensor(tensor);
    }

    /// <summary>Ends the life of something saved.</summary>
    public static void DisposeSaved(nint saved) => THSAutograd_SavedVariable_dispose(saved);

    /// <summary>Gives the node over to the graph.</summary>
    public void Dispose()
    {
        THSAutograd_CSharpNode_disposeSharedPtr(_handle);
        Check();
    }

    /// <summary>Native code wants pointers to tensors, and takes a reference to each after the call.</summary>
    private TensorArray Run(nint* grads, int count)
    {
        int inputs = _function!.Inputs;
        if (_returned is null || _returned.Length < 2 * inputs)
            _returned = GC.AllocateArray<nint>(Math.Max(64, 2 * inputs), pinned: true);
        // A pass inside of this one (a recomputed block) uses the buffer too, and is over before it is filled.
        var results = inputs <= 64 ? stackalloc nint[inputs] : new nint[inputs];
        _function.RunBackward(this, new(grads, count), results);
        var pointers = (nint*)Marshal.UnsafeAddrOfPinnedArrayElement(_returned, 0);
        for (int i = 0; i < inputs; i++)
        {
            pointers[i] = results[i] == 0 ? 0 : (nint)(pointers + inputs + i);
            pointers[inputs + i] = results[i] == 0 ? 0 : StableApi.Lend(results[i]);
        }
        return new(pointers, inputs);
    }

    private void OnDeleted()
    {
        _function!.DropSaved();
        _function = null;
        THSAutograd_CSharpNode_disposeWeakPtr(_handle);
        _handle = default;
        _root.Free();
        _idle.Add(this);
    }

    [UnmanagedCallersOnly]
    private static nint* Wrapped(nint count)
    {
        if (_wrapped!.Length < count)
            _wrapped = GC.AllocateArray<nint>((int)count, pinned: true);
        return (nint*)Marshal.UnsafeAddrOfPinnedArrayElement(_wrapped, 0);
    }

    private static void Check()
    {
        nint error = THSTorch_get_and_reset_last_err();
        if (error != 0)
            throw new ExternalException(Marshal.PtrToStringUTF8(error));
    }

    private readonly struct TensorArray(nint* tensors, long count)
    {
        public readonly nint* Tensors = tensors;
        public readonly long Count = count;
    }

    private readonly record struct Handle(nint Shared, nint Weak);

    private const string Library = "LibTorchSharp";

    [DllImport(Library)]
    private static extern nint THSTorch_get_and_reset_last_err();

    [DllImport(Library)]
    private static extern Handle THSAutograd_CSharpNode_ctor(nint apply, nint deleted);

    [DllImport(Library)]
    private static extern void THSAutograd_CSharpNode_disposeSharedPtr(Handle node);

    [DllImport(Library)]
    private static extern void THSAutograd_CSharpNode_disposeWeakPtr(Handle node);

    [DllImport(Library)]
    private static extern void THSAutograd_CSharpNode_setNextEdges(Handle node, TensorArray inputs, byte executable);

    [DllImport(Library)]
    private static extern void THSAutograd_CSharpNode_clearInputMetadata(Handle node);

    [DllImport(Library)]
    private static extern void THSAutograd_Function_wrapOutputs(TensorArray inputs, TensorArray nonDifferentiable, TensorArray dirty, TensorArray outputs, Handle node,
        delegate* unmanaged<nint, nint*> allocate);

    [DllImport(Library)]
    private static extern nint THSAutograd_SavedVariable_ctor(nint tensor, Handle node, byte inPlaceOnView);

    [DllImport(Library)]
    private static extern void THSAutograd_SavedVariable_dispose(nint saved);

    [DllImport(Library)]
    private static extern nint THSAutograd_SavedVariable_unpack(nint saved, Handle node);
}
