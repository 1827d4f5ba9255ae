using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

/// <summary>The type in which products are computed: of linear layers, feed-forward layers and those convolutions that oneDNN makes.</summary>
/// <remarks>
/// <para>Everything goes in and comes out as float32: weights, their gradients, norms, softmax, sums, the optimiser. With bfloat16 the two
/// factors of a product are rounded to 8 bits, its sums are made in float32, and the result is rounded once, as PyTorch's autocast does.
/// A backward pass uses what its forward pass used, wherever it runs.</para>
/// <para>Weights are rounded once for a forward pass and the backward pass after it. A copy that outlives them could be out of date, as
/// optimisers write where libtorch does not see it. Attention and Winograd's convolutions stay as they are, since libtorch's in bfloat16 were slower (AMD EPYC, family 25).</para>
/// </remarks>
public sealed class Precision
{
    [ThreadStatic] private static Precision? _current;
    private readonly string _name;

    private Precision(string name) => _name = name;

    /// <summary>As everything else.</summary>
    public static Precision Float32 { get; } = new("float32");

    /// <summary>Two to four times as fast, where the processor has it.</summary>
    public static Precision BFloat16 { get; } = new("bfloat16");

    /// <summary>This thread's.</summary>
    public static Precision Current => _current ?? Float32;

    /// <summary>Reads <c>float32</c> or <c>bfloat16</c>.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InputException">It is another one.</exception>
    public static Precision Parse(string name) => name == Float32._name ? Float32 : name == BFloat16._name ? BFloat16
        : throw new InputException($"there is no precision '{name}': it is {Float32} or {BFloat16}");

    /// <summary>Until the result is disposed, this thread's forward passes use a precision.</summary>
    /// <param name="precision">Which.</param>
    /// <exception cref="InputException">Neither the processor nor a GPU has bfloat16.</exception>
    public static IDisposable Use(Precision precision)
    {
        if (precision == BFloat16 && !TorchReport.HasBFloat16 && TorchReport.CudaDeviceCount == 0)
            throw new InputException("this processor has no bfloat16 products (AVX512-BF16 or AMX), so they would be slower: use float32");
        return new Scope(precision);
    }

    /// <inheritdoc/>
    public override string ToString() => _name;

    /// <summary>A factor of a product: float32 numbers, rounded.</summary>
    internal Tensor Round(Tensor x) => this == BFloat16 ? x.to(bfloat16) : x;

    /// <summary>A product as float32.</summary>
    internal Tensor Widen(Tensor x) => this == BFloat16 ? x.to(float32) : x;

    private sealed class Scope : IDisposable
    {
        private readonly Precision? _outer = _current;

        public Scope(Precision precision) => _current = precision;

        public void Dispose() => _current = _outer;
    }
}
