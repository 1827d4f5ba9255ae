using ILGPU;
using ILGPU.Runtime;

namespace AniSora.Kernels.Gpu;

/// <summary>
/// A device's memory for the call that runs: blocks of which pieces are given out in order, and all taken back at once. Blocks are kept for the
/// next call, since allocating waits for the device, until they are more than that call needed twice over.
/// </summary>
/// <param name="accelerator">The device.</param>
/// <param name="limit">Bytes at most.</param>
internal sealed class GpuMemory(Accelerator accelerator, long limit) : IDisposable
{
    private const long Alignment = 256, SmallestBlock = 1 << 20;

    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>> _blocks = [];
    private long _used;
    private int _block;
    private long _at;

    /// <summary>Bytes that it holds on the device.</summary>
    public long Held => _blocks.Sum(block => block.LengthInBytes);

    /// <summary>Bytes at most.</summary>
    public long Limit => limit;

    /// <summary>A piece of undefined content, valid until <see cref="Reset"/>.</summary>
    /// <exception cref="GpuException">The limit does not allow it.</exception>
    public ArrayView<T> Take<T>(long count)
        where T : unmanaged
    {
        long bytes = Math.Max(1, count * Interop.SizeOf<T>());
        bytes = (bytes + Alignment - 1) / Alignment * Alignment;
        _used += bytes;
        if (_used > limit)
            throw new GpuException($"this needs more than {limit >> 20} MiB on {accelerator.Name}; give smaller pictures, or use --kernels simd");
        while (_block < _blocks.Count && _at + bytes > _blocks[_block].Length)
            (_block, _at) = (_block + 1, 0);
        if (_block == _blocks.Count)
            _blocks.Add(accelerator.Allocate1D<byte>(Math.Max(bytes, Math.Min(SmallestBlock, limit - Held))));
        ArrayView<byte> block = _blocks[_block].View.AsContiguous();
        var piece = block.SubView(_at, bytes).Cast<T>().SubView(0, count);
        _at += bytes;
        return piece;
    }

    /// <summary>Takes all pieces back; the device must have done its work.</summary>
    public void Reset()
    {
        if (Held > Math.Max(2 * _used, SmallestBlock))
            Dispose();
        (_used, _block, _at) = (0, 0, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Dispose();
        _blocks.Clear();
    }
}
