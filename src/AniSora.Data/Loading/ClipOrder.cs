using System.Security.Cryptography;
using System.Text;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>Which clip comes when: a pure function of the rows, the options and the epoch.</summary>
internal sealed class ClipOrder
{
    private readonly List<ClipRow> _rows;
    private readonly LoaderOptions _options;
    private readonly int[][] _labels;
    private int[] _order = [];
    private long _epoch = -1;

    public ClipOrder(List<ClipRow> rows, LoaderOptions options)
    {
        (_rows, _options) = (rows, options);
        _labels = [.. Enumerable.Range(0, rows.Count).GroupBy(i => rows[i].Label).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.ToArray())];
        Hash = ComputeHash(rows, options);
    }

    /// <summary>Samples in an epoch.</summary>
    public int Length => _rows.Count;

    /// <summary>Changes whenever a saved position would mean another clip.</summary>
    public string Hash { get; }

    /// <summary>The clip at a place. Not thread-safe: the epoch's order is kept.</summary>
    public ClipRow At(long epoch, int position)
    {
        if (epoch != _epoch)
            (_order, _epoch) = (Draw(epoch), epoch);
        return _rows[_order[position]];
    }

    private int[] Draw(long epoch)
    {
        var order = Enumerable.Range(0, Length).ToArray();
        if (!_options.Shuffle)
            return order;
        var random = new SplitMix(SplitMix.Combine(_options.Seed, 0x6F72646572 /* "order" */, (ulong)epoch));
        if (_options.Balance)
        {
            // Labels take turns, each going through its own shuffled clips again and again.
            var shuffled = _labels.Select(l => l.ToArray()).ToArray();
            foreach (int[] label in shuffled)
                random.Shuffle<int>(label);
            for (int i = 0; i < order.Length; i++)
            {
                int[] label = shuffled[i % shuffled.Length];
                order[i] = label[i / shuffled.Length % label.Length];
            }
        }

        random.Shuffle<int>(order);
        return order;
    }

    private static string ComputeHash(List<ClipRow> rows, LoaderOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Add($"{options.Seed} {options.Shuffle} {options.Augment} {options.Balance && options.Shuffle}");
        foreach (var row in rows)
            Add($"{row.ClipId} {row.Checksum}");
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
