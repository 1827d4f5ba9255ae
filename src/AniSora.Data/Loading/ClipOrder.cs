using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>Epochs that go through all clips, or through labels in shares.</summary>
internal sealed class ClipOrder : IClipOrder
{
    private readonly List<ClipRow> _rows;
    private readonly LoaderOptions _options;
    private readonly int[][] _labels;
    private readonly int[] _places;
    private int[] _order = [];
    private long _epoch = -1;

    /// <exception cref="InputException">The filter is wrong or matches nothing, or its clips differ in size.</exception>
    public ClipOrder(ClipIndex index, LoaderOptions options)
    {
        var rows = index.Require(options.Where);
        var first = rows[0];
        Size = (first.Frames, first.Height, first.Width);
        if (rows.Find(r => (r.Frames, r.Height, r.Width) != Size) is { } other)
            throw new InputException($"{index.FilePath}: clips {first.ClipId} and {other.ClipId} differ in size; narrow the filter \"{options.Where}\" to one size");
        (_rows, _options) = (rows, options);
        _labels = [.. Enumerable.Range(0, rows.Count).GroupBy(i => rows[i].Label).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.ToArray())];
        _places = Share(_labels, rows.Count, options.Balance);
        Hash = ComputeHash(rows, options);
    }

    /// <inheritdoc/>
    public int Length => _rows.Count;

    /// <inheritdoc/>
    public string Hash { get; }

    /// <inheritdoc/>
    public (int T, int H, int W) Size { get; }

    /// <inheritdoc/>
    public ClipRow At(long epoch, int position)
    {
        if (epoch != _epoch)
            (_order, _epoch) = (Draw(epoch), epoch);
        return _rows[_order[position]];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Rows in memory, nothing to give back.
    }

    private int[] Draw(long epoch)
    {
        var order = Enumerable.Range(0, Length).ToArray();
        if (!_options.Shuffle)
            return order;
        var random = new SplitMix(SplitMix.Combine(_options.Seed, 0x6F72646572 /* "order" */, (ulong)epoch));
        if (_options.Balance > 0)
        {
            // Each label gets its places in the epoch and goes through its own shuffled clips again and again.
            int at = 0;
            for (int l = 0; l < _labels.Length; l++)
            {
                int[] label = [.. _labels[l]];
                random.Shuffle<int>(label);
                for (int i = 0; i < _places[l]; i++)
                    order[at++] = label[i % label.Length];
            }
        }

        random.Shuffle<int>(order);
        return order;
    }

    /// <summary>Places of each label in an epoch, in proportion to count^(1 - balance), by largest remainders.</summary>
    private static int[] Share(int[][] labels, int places, double balance)
    {
        var weights = labels.Select(l => Math.Pow(l.Length, 1 - balance)).ToArray();
        double total = weights.Sum();
        var exact = weights.Select(weight => weight / total * places).ToArray();
        var share = exact.Select(e => (int)e).ToArray();
        foreach (int l in Enumerable.Range(0, labels.Length).OrderByDescending(l => exact[l] - share[l]).Take(places - share.Sum()))
            share[l]++;
        return share;
    }

    private static string ComputeHash(List<ClipRow> rows, LoaderOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Add(string.Create(CultureInfo.InvariantCulture, $"{options.Seed} {options.Shuffle} {options.Augment} {(options.Shuffle ? options.Balance : 0)} {(options.Augment ? options.WarpShare : 0)}"));
        foreach (var row in rows)
            Add($"{row.ClipId} {row.Checksum}");
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
