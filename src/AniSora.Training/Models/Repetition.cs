namespace AniSora.Training.Models;

/// <summary>Which given frame each frame of an enlarged video repeats (see <see cref="FastOps.Repeat"/>).</summary>
internal static class Repetition
{
    /// <summary>Repeats the elements of [B, C, T', h, w] until it has <paramref name="t"/> × <paramref name="h"/> × <paramref name="w"/>.</summary>
    /// <param name="x">The small map.</param>
    /// <param name="t">Frames wanted.</param>
    /// <param name="h">Height wanted, a multiple of the map's.</param>
    /// <param name="w">Width wanted, a multiple of the map's.</param>
    /// <param name="first">Whether the clip begins here: its first step then stands for one frame only.</param>
    public static Tensor Spread(Tensor x, long t, long h, long w, bool first) =>
        x.shape[2] == t && x.shape[3] == h && x.shape[4] == w
            ? x
            : FastOps.Repeat(x, Steps(x.shape[2], t, first), (int)(h / x.shape[3]), (int)(w / x.shape[4]));

    /// <summary>For each of <paramref name="to"/> frames, which of <paramref name="from"/> it repeats.</summary>
    public static int[] Steps(long from, long to, bool first)
    {
        var indices = new int[to];
        if (first && from > 1)
        {
            var factor = (to - 1) / (from - 1);
            for (var i = 1; i < to; i++)
                indices[i] = (int)(1 + ((i - 1) / factor));
        }
        else
        {
            var factor = to / from;
            for (var i = 0; i < to; i++)
                indices[i] = (int)(i / factor);
        }
        return indices;
    }
}
