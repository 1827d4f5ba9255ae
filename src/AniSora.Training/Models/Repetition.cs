namespace AniSora.Training.Models;

/// <summary>Nearest-neighbour enlargement of video by whole factors, and padding with the first frame.</summary>
/// <remarks>
/// Gathers along one axis after the other. On the CPU, libtorch's nearest interpolation takes three to eight times as long forward and
/// backward, and its replication padding ten times.
/// </remarks>
internal static class Repetition
{
    /// <summary>Repeats the elements of [B, C, T', h, w] until it has <paramref name="t"/> × <paramref name="h"/> × <paramref name="w"/>.</summary>
    /// <param name="x">The small map.</param>
    /// <param name="t">Frames wanted.</param>
    /// <param name="h">Height wanted, a multiple of the map's.</param>
    /// <param name="w">Width wanted, a multiple of the map's.</param>
    /// <param name="first">Whether the clip begins here: its first step then stands for one frame only.</param>
    public static Tensor Spread(Tensor x, long t, long h, long w, bool first)
    {
        // The innermost axis first, while the map is small.
        x = Gather(x, 4, Repeated(x.shape[4], w, first: false));
        x = Gather(x, 3, Repeated(x.shape[3], h, first: false));
        return Gather(x, 2, Repeated(x.shape[2], t, first));
    }

    /// <summary>Puts <paramref name="count"/> copies of the first frame before [B, C, T, H, W].</summary>
    public static Tensor PadFront(Tensor x, long count) =>
        Gather(x, 2, [.. Enumerable.Repeat(0L, (int)count), .. Enumerable.Range(0, (int)x.shape[2]).Select(t => (long)t)]);

    /// <summary>For each of <paramref name="to"/> frames, which of <paramref name="from"/> it repeats.</summary>
    public static int[] Steps(long from, long to, bool first) => Array.ConvertAll(Repeated(from, to, first), i => (int)i);

    private static long[] Repeated(long from, long to, bool first)
    {
        var indices = new long[to];
        if (first && from > 1)
        {
            var factor = (to - 1) / (from - 1);
            for (var i = 1L; i < to; i++)
                indices[i] = 1 + ((i - 1) / factor);
        }
        else
        {
            var factor = to / from;
            for (var i = 0L; i < to; i++)
                indices[i] = i / factor;
        }
        return indices;
    }

    private static Tensor Gather(Tensor x, long axis, long[] indices) =>
        indices.LongLength == x.shape[axis] ? x : x.index_select(axis, tensor(indices, device: x.device));
}
