using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>
/// Epochs that are draws by weight from an index too large to go through: each epoch another draw. The first clips are looked up at once,
/// so that training starts; the others are read while it does.
/// </summary>
internal sealed class DrawnOrder : IClipOrder
{
    private const int AtOnce = 16;

    private readonly ClipIndex _index;
    private readonly LoaderOptions _options;
    private List<ClipRow> _first = [];
    private Task<List<ClipRow>> _all = Task.FromResult<List<ClipRow>>([]);
    private long _epoch = -1;

    /// <summary>Opens the index for itself.</summary>
    /// <exception cref="InputException">The filter is wrong, matches too few clips, or clips of several sizes.</exception>
    public DrawnOrder(string indexFile, LoaderOptions options)
    {
        (_index, _options) = (ClipIndex.Open(indexFile), options);
        try
        {
            var (count, sizes) = _index.Survey(options.Where);
            if (count < options.EpochClips)
                throw new InputException($"{indexFile}: epoch_clips is {options.EpochClips}, but only {count} clips match \"{options.Where}\"; ask for fewer, or for 0 to go through all");
            if (sizes.Count != 1)
                throw new InputException($"{indexFile}: clips of \"{options.Where}\" differ in size ({string.Join(", ", sizes.Select(s => $"{s.Frames}×{s.Height}×{s.Width}"))}); narrow the filter to one");
            Size = sizes[0];
            string identity = string.Create(CultureInfo.InvariantCulture, $"{_index.Digest} {options.Where} {options.EpochClips} {options.Seed} {options.Augment} {(options.Augment ? options.WarpShare : 0)}");
            Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16];
        }
        catch
        {
            _index.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Length => _options.EpochClips;

    /// <inheritdoc/>
    public string Hash { get; }

    /// <inheritdoc/>
    public (int T, int H, int W) Size { get; }

    /// <inheritdoc/>
    public ClipRow At(long epoch, int position)
    {
        if (epoch != _epoch)
            Begin(epoch);
        return position < AtOnce ? _first[position] : _all.GetAwaiter().GetResult()[position];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _all.Wait();
        }
        catch (AggregateException)
        {
            // Nobody asked for the rows any more.
        }
        _index.Dispose();
    }

    private void Begin(long epoch)
    {
        var drawn = _index.Draw(_options.Where, Length, SplitMix.Combine(_options.Seed, 0x64726177 /* "draw" */, (ulong)epoch));
        _first = _index.Rows([.. drawn.Take(AtOnce)]);
        _all = Task.Run(() => _index.Rows(drawn));
        _epoch = epoch;
    }
}
