using AniSora.Models.Fast;
namespace AniSora.Models.Layers;

/// <summary>
/// What one chunk of a clip leaves behind for the next: the last input frames of every causal convolution. Where a whole clip is
/// coded at once, a state made with <c>keep: false</c> stores nothing.
/// </summary>
/// <remarks>Owns the kept frames and disposes of them; used by one thread.</remarks>
internal sealed class ChunkState(bool keep) : IDisposable
{
    private readonly Dictionary<CausalConv3d, Tensor> _tails = new(ReferenceEqualityComparer.Instance);

    /// <summary>A state in the middle of a clip, which goes on from kept frames and owns them from now on.</summary>
    /// <param name="tails">Of every causal convolution the last frames of its input, [B, C, k − 1, H, W].</param>
    public static ChunkState After(IEnumerable<KeyValuePair<CausalConv3d, Tensor>> tails)
    {
        var state = new ChunkState(keep: true);
        foreach (var (conv, tail) in tails)
            state._tails[conv] = tail;
        state.Advance();
        return state;
    }

    /// <summary>What is kept so far, in the order of the convolutions' first use.</summary>
    public IReadOnlyDictionary<CausalConv3d, Tensor> Tails => _tails;

    /// <summary>Whether the chunk at hand begins the clip: its first frame then stands alone in time.</summary>
    public bool IsFirst { get; private set; } = true;

    /// <summary>The frames that precede this chunk at <paramref name="conv"/>, or null at the clip's beginning.</summary>
    public Tensor? Before(CausalConv3d conv) => IsFirst ? null : _tails[conv];

    /// <summary>Keeps the last <paramref name="frames"/> frames of a convolution's input [B, C, T, H, W] for the next chunk; of a clip
    /// that has only just begun, what stands for them.</summary>
    public void Keep(CausalConv3d conv, Tensor input, long frames)
    {
        if (!keep)
            return;
        using var scope = NewDisposeScope();
        // A clone, because a view would keep the whole input alive until the next chunk.
        var tail = FastOps.Tail(input, frames, repeatFirst: IsFirst).clone().DetachFromDisposeScope();
        if (_tails.Remove(conv, out var old))
            old.Dispose();
        _tails[conv] = tail;
    }

    /// <summary>Goes on to the next chunk.</summary>
    public void Advance() => IsFirst = false;

    public void Dispose()
    {
        foreach (var tail in _tails.Values)
            tail.Dispose();
        _tails.Clear();
    }
}
