using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace AniSora.Torch.Interop;

/// <summary>The shim's exported functions, see <c>native/</c>.</summary>
/// <remarks>
/// <see cref="SuppressGCTransitionAttribute"/> is only on functions that read a few fields. Anything that may run an
/// operator, a callback or a destructor must let the garbage collector proceed: it can take seconds or come back into C#.
/// </remarks>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "anisora_torch";

    [LibraryImport(Library)]
    internal static partial byte* ani_error();

    [LibraryImport(Library)]
    internal static partial nint ani_take_exception();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status ani_operator(string name, string overload, out nint op, out int returns);

    [LibraryImport(Library)]
    internal static partial byte* ani_operator_schema(nint op);

    [LibraryImport(Library)]
    internal static partial Status ani_call(nint op, NativeArg* args, int count, NativeArg* results, int* resultCount);

    [LibraryImport(Library)]
    internal static partial void ani_free(void* memory);

    [LibraryImport(Library)]
    internal static partial void ani_release(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial nint ani_retain(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long ani_references(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial Status ani_info(nint tensor, TensorInfo* info);

    [LibraryImport(Library)]
    internal static partial Status ani_from_memory(void* data, long* sizes, long* strides, int dimensions, int dtype,
        delegate* unmanaged<void*, void> release, void* context, nint* result);

    [LibraryImport(Library)]
    internal static partial Status ani_autograd_flags(nint tensor, out int requiresGrad, out int isLeaf);

    [LibraryImport(Library)]
    internal static partial Status ani_set_requires_grad(nint tensor, int on);

    [LibraryImport(Library)]
    internal static partial Status ani_retain_grad(nint tensor);

    [LibraryImport(Library)]
    internal static partial Status ani_grad(nint tensor, out nint grad);

    [LibraryImport(Library)]
    internal static partial Status ani_set_grad(nint tensor, nint grad);

    [LibraryImport(Library)]
    internal static partial Status ani_grad_fn_name(nint tensor);

    [LibraryImport(Library)]
    internal static partial Status ani_set_data(nint tensor, nint data);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int ani_grad_mode();

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial void ani_set_grad_mode(int on);

    [LibraryImport(Library)]
    internal static partial nint ani_inference_mode_enter(int on);

    [LibraryImport(Library)]
    internal static partial void ani_inference_mode_leave(nint guard);

    [LibraryImport(Library)]
    internal static partial int ani_is_inference_mode();

    [LibraryImport(Library)]
    internal static partial Status ani_backward(nint* tensors, nint* grads, int count, int retainGraph, int createGraph, nint* inputs,
        int inputCount);

    [LibraryImport(Library)]
    internal static partial Status ani_autograd_grad(nint* outputs, nint* grads, int count, nint* inputs, int inputCount, int retainGraph,
        int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library)]
    internal static partial Status ani_apply_function(FunctionCallbacks* callbacks, void* function, nint* inputs, int inputCount,
        nint** outputs, int* outputCount);

    [LibraryImport(Library)]
    internal static partial Status ani_generator_new(int deviceType, int deviceIndex, ulong seed, out nint generator);

    [LibraryImport(Library)]
    internal static partial Status ani_generator_default(int deviceType, int deviceIndex, out nint generator);

    [LibraryImport(Library)]
    internal static partial void ani_generator_free(nint generator);

    [LibraryImport(Library)]
    internal static partial Status ani_generator_seed(nint generator, ulong seed);

    [LibraryImport(Library)]
    internal static partial Status ani_generator_initial_seed(nint generator, out ulong seed);

    [LibraryImport(Library)]
    internal static partial Status ani_generator_random_seed(nint generator, out ulong seed);

    [LibraryImport(Library)]
    internal static partial Status ani_generator_state(nint generator, out nint state);

    [LibraryImport(Library)]
    internal static partial Status ani_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)]
    internal static partial Status ani_manual_seed(ulong seed);

    [LibraryImport(Library)]
    internal static partial byte* ani_version();

    [LibraryImport(Library)]
    internal static partial Status ani_build();

    [LibraryImport(Library)]
    internal static partial int ani_default_dtype();

    [LibraryImport(Library)]
    internal static partial Status ani_set_default_dtype(int dtype);

    [LibraryImport(Library)]
    internal static partial int ani_threads();

    [LibraryImport(Library)]
    internal static partial int ani_blas_threads();

    [LibraryImport(Library)]
    internal static partial int ani_blas_parallelism();

    [LibraryImport(Library)]
    internal static partial byte* ani_blas_config();

    [LibraryImport(Library)]
    internal static partial Status ani_set_threads(int threads);

    [LibraryImport(Library)]
    internal static partial void ani_memory(long* now, long* most);

    [LibraryImport(Library)]
    internal static partial void ani_memory_reset_peak();

    [LibraryImport(Library)]
    internal static partial void ani_matrix_product(int transposeA, int transposeB, int m, int n, int k, float* a, int lda, float* b, int ldb,
        float beta, float* c, int ldc);

    [LibraryImport(Library)]
    internal static partial byte* ani_matrix_library();

    [LibraryImport(Library)]
    internal static partial Status ani_parallel(long count, long grain, delegate* unmanaged<void*, long, long, void> body, void* context);

    [LibraryImport(Library)]
    internal static partial int ani_cuda_devices();

    [LibraryImport(Library)]
    internal static partial Status ani_cuda_set_device(int index);

    [LibraryImport(Library)]
    internal static partial Status ani_cuda_synchronize(int index);

    [LibraryImport(Library)]
    internal static partial int ani_tf32(int convolutions);

    [LibraryImport(Library)]
    internal static partial void ani_set_tf32(int convolutions, int on);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status ani_store_connect(string host, int port, int serve, long timeoutMs, out nint store);

    [LibraryImport(Library)]
    internal static partial Status ani_store_free(nint store);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status ani_store_set(nint store, string key, byte* value, int length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status ani_store_add(nint store, string key, long amount, out long result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status ani_store_get(nint store, string key, long timeoutMs);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status ani_store_has(nint store, string key, out int result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status ani_group_new(nint store, int nccl, int rank, int size, long timeoutMs, string? address, out nint group);

    [LibraryImport(Library)]
    internal static partial Status ani_group_free(nint group);

    [LibraryImport(Library)]
    internal static partial Status ani_group_all_reduce(nint group, nint tensor, int op);

    [LibraryImport(Library)]
    internal static partial Status ani_group_broadcast(nint group, nint* tensors, int count, int root);

    [LibraryImport(Library)]
    internal static partial Status ani_group_all_gather(nint group, nint tensor, nint* results, int count);

    [LibraryImport(Library)]
    internal static partial Status ani_group_barrier(nint group);

    [LibraryImport(Library)]
    internal static partial Status ani_reducer_new(nint group, nint* parameters, int count, long bucketBytes, int findUnused, out nint reducer);

    [LibraryImport(Library)]
    internal static partial Status ani_reducer_free(nint reducer);

    [LibraryImport(Library)]
    internal static partial Status ani_reducer_forward(nint reducer);

    [LibraryImport(Library)]
    internal static partial Status ani_reducer_backward(nint reducer, nint loss);

    [LibraryImport(Library)]
    internal static partial Status ani_profile_start();

    [LibraryImport(Library)]
    internal static partial Status ani_profile_stop(out NativeEvent* events, out long count, out int incomplete);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long ani_profile_thread();
}
