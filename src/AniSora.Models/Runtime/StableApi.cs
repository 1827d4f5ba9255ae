using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AniSora.Models.Runtime;

/// <summary>
/// What libtorch exports to programs that were not compiled with its headers, on TorchSharp's tensors: <see cref="Tensor.Handle"/> is the
/// <c>at::Tensor*</c> that these functions call <c>AtenTensorHandle</c>.
/// </summary>
/// <remarks>
/// The stable C interface: headers <c>torch/csrc/inductor/aoti_torch/c/shim.h</c>, <c>…/c/shim_cpu.h</c>,
/// <c>…/generated/c_shim_cpu.h</c> and <c>torch/csrc/stable/c/shim.h</c> of libtorch 2.10. Its functions return 0, or print what went wrong
/// and return something else. Three C++ functions are called beside it (<see cref="MatMul"/>, <see cref="ConvolutionBackward"/>, <see cref="KeepsGraph"/>), which have
/// no C form and throw C++ exceptions: their arguments are checked before. Where a libtorch lacks them, others are used.
/// </remarks>
internal static unsafe partial class StableApi
{
    private const string Library = "torch_cpu";

    /// <summary>No activation after a product.</summary>
    private static readonly byte* _none = (byte*)Marshal.StringToCoTaskMemUTF8("none");

    private static readonly Lazy<nint> _library = new(TorchLibrary.LoadTorchCpu);
    private static readonly delegate* unmanaged<nint, nint, nint, float, float, void> _matMul =
        (delegate* unmanaged<nint, nint, nint, float, float, void>)Symbol("_ZN2at6native13mkldnn_matmulERKNS_6TensorES3_S3_ff");

    private static readonly nint _convolutionBackward = DispatchStub(
        "_ZN2at6native12DispatchStubIPFSt5tupleIJNS_6TensorES3_S3_EERKS3_S6_S6_N3c108ArrayRefIlEES9_S9_lSt5arrayIbLm3EEENS0_54mkldnn_convolution_backward_stub_DECLARE_DISPATCH_typeEE7DEFAULTE");

#pragma warning disable CA2255 // The library has no other place where it begins.
    [ModuleInitializer]
    internal static void Resolve() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name switch
    {
        Library => _library.Value,
        "LibTorchSharp" => TorchLibrary.LoadTorchSharp(),
        _ => 0,
    });
#pragma warning restore CA2255

    /// <summary>Where a tensor's first number lies. The caller keeps the tensor alive.</summary>
    public static nint DataPointer(Tensor tensor)
    {
        nint pointer;
        Check(aoti_torch_get_data_ptr(tensor.Handle, &pointer), "data_ptr");
        return pointer;
    }

    /// <summary>x·Wᵀ + bias by oneDNN, unrecorded.</summary>
    /// <param name="x"><c>[…, I]</c>, contiguous.</param>
    /// <param name="weight"><c>[O, I]</c>, contiguous or a transposed matrix.</param>
    /// <param name="bias"><c>[O]</c>, or null.</param>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias)
    {
        nint result, b = bias?.Handle ?? 0;
        Check(aoti_torch_cpu__linear_pointwise(x.Handle, weight.Handle, b == 0 ? null : &b, _none, null, 0, null, &result), "linear");
        return Tensor.UnsafeCreateTensor(result);
    }

    /// <summary>Whether <see cref="MatMul"/> is there.</summary>
    public static bool HasMatMul => _matMul != null;

    /// <summary>result = a·b by oneDNN, of two matrices or two batches of them; each may be transposed.</summary>
    /// <param name="a"><c>[M, K]</c> or <c>[B, M, K]</c>.</param>
    /// <param name="b"><c>[K, N]</c> or <c>[B, K, N]</c>.</param>
    /// <param name="result"><c>[M, N]</c> or <c>[B, M, N]</c>, contiguous, of the same type.</param>
    /// <param name="beta">What the result's old value is multiplied with before the product is added.</param>
    public static void MatMul(Tensor a, Tensor b, Tensor result, float beta = 0)
    {
        int last = (int)a.ndim - 1;
        if (b.ndim != a.ndim || result.ndim != a.ndim || a.size(last) != b.size(last - 1) || result.size(last - 1) != a.size(last - 1) || result.size(last) != b.size(last)
            || last == 2 && (a.size(0) != b.size(0) || a.size(0) != result.size(0)))
            throw new ArgumentException($"no product of [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}] in [{string.Join(", ", result.shape)}]");
        _matMul(a.Handle, b.Handle, result.Handle, beta, 1);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(result);
    }

    /// <summary>A convolution by oneDNN, unrecorded; all contiguous.</summary>
    public static Tensor Convolution(Tensor x, Tensor weight, Tensor? bias, long[] padding, long[] stride, long[] dilation, long groups)
    {
        nint result, b = bias?.Handle ?? 0;
        fixed (long* p = padding, s = stride, d = dilation)
            Check(aoti_torch_cpu_mkldnn__convolution_pointwise(x.Handle, weight.Handle, b == 0 ? null : &b, p, padding.Length, s, stride.Length,
                d, dilation.Length, groups, _none, null, 0, null, &result), "convolution");
        return Tensor.UnsafeCreateTensor(result);
    }

    /// <summary>The gradients of a convolution by input, weight and bias, by oneDNN where this libtorch exports that; null where not wanted.</summary>
    /// <param name="x">What was convolved, contiguous as all of them.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="grad">The gradient by the result.</param>
    /// <param name="padding">One per dimension, as the others.</param>
    /// <param name="stride">Steps of the window.</param>
    /// <param name="dilation">Distances of its elements.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="wanted">Which of the three.</param>
    public static Tensor?[] ConvolutionBackward(Tensor x, Tensor weight, Tensor grad, long[] padding, long[] stride, long[] dilation, long groups, bool[] wanted)
    {
        var results = stackalloc nint[3];
        fixed (long* p = padding, s = stride, d = dilation)
        {
            if (_convolutionBackward != 0)
            {
                // A std::tuple<Tensor, Tensor, Tensor> has its last element first.
                var tuple = stackalloc nint[3];
                ((delegate* unmanaged<nint*, nint, nint, nint, ArrayRef, ArrayRef, ArrayRef, long, ThreeBools, nint*>)_convolutionBackward)(
                    tuple, x.Handle, grad.Handle, weight.Handle, new(p, padding.Length), new(s, stride.Length), new(d, dilation.Length), groups, new(Flag(wanted[0]), Flag(wanted[1]), Flag(wanted[2])));
                // A tensor is one pointer, and a handle is a tensor on the heap.
                for (int i = 0; i < 3; i++)
                {
                    results[i] = (nint)NativeMemory.Alloc((nuint)sizeof(nint));
                    *(nint*)results[i] = tuple[2 - i];
                }
            }
            else
            {
                long outputs = weight.size(0);
                long* sizes = &outputs;
                var zeros = stackalloc long[8];
                var mask = stackalloc int[3];
                for (int i = 0; i < 3; i++)
                    mask[i] = wanted[i] ? 1 : 0;
                Check(aoti_torch_cpu_convolution_backward(grad.Handle, x.Handle, weight.Handle, &sizes, 1, s, stride.Length, p, padding.Length, d, dilation.Length,
                    0, zeros, padding.Length, groups, mask, 3, results, results + 1, results + 2), "convolution_backward");
            }
        }
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(grad);
        return [.. Enumerable.Range(0, 3).Select(i => Take(results[i], wanted[i]))];
    }

    /// <summary>Another reference to a tensor.</summary>
    public static nint Retain(nint tensor)
    {
        nint copy;
        Check(aoti_torch_new_tensor_handle(tensor, &copy), "new_tensor_handle");
        return copy;
    }

    /// <summary>Ends a handle, but leaves its tensor to the next who takes a reference: whoever does then is the only owner.</summary>
    /// <returns>What a C++ tensor consists of: the pointer to its implementation.</returns>
    /// <remarks>
    /// A weight's gradient becomes its <c>grad</c> as it is if nobody else has it, and is copied otherwise. The count of references is
    /// the lower half of the word behind the table of virtual functions (c10/util/intrusive_ptr.h), which is checked once.
    /// </remarks>
    public static nint Lend(nint tensor)
    {
        nint implementation = *(nint*)tensor;
        _ = _referencesChecked.Value;
        NativeMemory.Free((void*)tensor);
        Interlocked.Decrement(ref ((int*)implementation)[2]);
        return implementation;
    }

    private static readonly Lazy<bool> _referencesChecked = new(() =>
    {
        using var tensor = torch.empty(1);
        int* count = (int*)*(nint*)tensor.Handle + 2;
        int before = *count;
        nint copy = Retain(tensor.Handle);
        int with = *count;
        Release(copy);
        return (before, with, *count) == (1, 2, 1) ? true
            : throw new InvalidOperationException("this libtorch does not count references where 2.10 does: use the version of the package");
    });

    /// <summary>Ends a reference.</summary>
    public static void Release(nint tensor) => Check(aoti_torch_delete_tensor_object(tensor), "delete_tensor_object");

    /// <summary>A part of each loop that libtorch's threads share.</summary>
    public static void ParallelFor(long count, long grain, delegate* unmanaged<long, long, void*, void> body, void* context) =>
        Check(torch_parallel_for(0, count, grain, body, context), "parallel_for");

    /// <summary>Whether the pass that this thread is in leaves its graph for another one.</summary>
    public static bool KeepsGraph => _keepsGraph == null || _keepsGraph() != 0;

    private static readonly delegate* unmanaged<byte> _keepsGraph = (delegate* unmanaged<byte>)Symbol("_ZN5torch8autograd33get_current_graph_task_keep_graphEv");

    private static Tensor? Take(nint handle, bool wanted)
    {
        if (handle == 0)
            return null;
        if (wanted)
            return Tensor.UnsafeCreateTensor(handle);
        Release(handle);
        return null;
    }

    private static byte Flag(bool value) => value ? (byte)1 : (byte)0;

    /// <summary>Where a symbol of libtorch lies; 0 if it has none of that name.</summary>
    internal static nint Symbol(string name) => NativeLibrary.TryGetExport(_library.Value, name, out nint address) ? address : 0;

    private static nint DispatchStub(string name) => Symbol(name) is var address && address != 0 ? *(nint*)address : 0;

    private static void Check(int status, string operation)
    {
        if (status != 0)
            throw new InvalidOperationException($"libtorch's {operation} failed; its message is on standard error");
    }

    private readonly struct ArrayRef(long* values, long count)
    {
        public readonly long* Values = values;
        public readonly long Count = count;
    }

    private readonly record struct ThreeBools(byte First, byte Second, byte Third);

    [DllImport(Library)]
    private static extern int aoti_torch_get_data_ptr(nint tensor, nint* pointer);

    [DllImport(Library)]
    private static extern int aoti_torch_new_tensor_handle(nint tensor, nint* copy);

    [DllImport(Library)]
    private static extern int aoti_torch_delete_tensor_object(nint tensor);

    [DllImport(Library)]
    private static extern int torch_parallel_for(long begin, long end, long grain, delegate* unmanaged<long, long, void*, void> body, void* context);

    [DllImport(Library)]
    private static extern int aoti_torch_cpu__linear_pointwise(nint x, nint weight, nint* bias, byte* activation, double** scalars, long scalarCount, byte** algorithm, nint* result);

    [DllImport(Library)]
    private static extern int aoti_torch_cpu_mkldnn__convolution_pointwise(nint x, nint weight, nint* bias, long* padding, long paddings, long* stride, long strides,
        long* dilation, long dilations, long groups, byte* activation, double** scalars, long scalarCount, byte** algorithm, nint* result);

    [DllImport(Library)]
    private static extern int aoti_torch_cpu_convolution_backward(nint grad, nint x, nint weight, long** biasSizes, long biasSizeCount, long* stride, long strides,
        long* padding, long paddings, long* dilation, long dilations, int transposed, long* outputPadding, long outputPaddings, long groups, int* mask, long masks,
        nint* dx, nint* dWeight, nint* dBias);
}
