using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>
/// An endless stream of batches. Every sample is a function of (seed, epoch, position) alone, so the stream does not depend on timing,
/// prefetching or where it was interrupted. Batches run across the end of an epoch. To be used from one thread; a thread of its own works
/// ahead.
/// </summary>
public sealed class ClipLoader : IDisposable
{
    private readonly LoaderOptions _options;
    private readonly FrameStore _store;
    private readonly IClipOrder _order;
    private Producer? _producer;
    // Samples given to the caller so far; what was only prefetched does not count.
    private readonly string _folder;
    private long _given;
    private bool _disposed;

    /// <summary>Starts at the beginning.</summary>
    /// <param name="index">The index; only used in the constructor.</param>
    /// <param name="options">What to read and how.</param>
    /// <exception cref="InputException">The filter is wrong or matches nothing, or its clips differ in size.</exception>
    public ClipLoader(ClipIndex index, LoaderOptions options)
    {
        if (options.BatchSize < 1)
            throw new InputException($"batch_size is {options.BatchSize}, should be 1 or more");
        if (options.BatchSize < options.Processes)
            throw new InputException($"batch_size is {options.BatchSize} clips for {options.Processes} processes; it counts all of them, and each needs at least one");
        if (options.PrefetchBatches < 0)
            throw new InputException($"prefetch_batches is {options.PrefetchBatches}, should be 0 or more");
        if (options.Balance is not (>= 0 and <= 1))
            throw new InputException($"balance is {options.Balance}, should be in 0 … 1");
        if (options.WarpShare is not (>= 0 and <= 1))
            throw new InputException($"warp_share is {options.WarpShare}, should be in 0 … 1");
        _options = options;
        if (options.EpochClips < 0)
            throw new InputException($"epoch_clips is {options.EpochClips}, should be 0 (all) or more");
        _order = options.EpochClips > 0 ? new DrawnOrder(index.FilePath, options) : new ClipOrder(index, options);
        _folder = index.Folder;
        _store = new FrameStore(_folder, options.Verify);
    }

    /// <summary>Clips in an epoch.</summary>
    public int Count => _order.Length;

    /// <summary>How long the last <see cref="Next"/> waited for its batch, in milliseconds: time that training lost.</summary>
    public double WaitMilliseconds { get; private set; }

    /// <summary>The sum of <see cref="WaitMilliseconds"/> since the loader was made.</summary>
    public double TotalWaitMilliseconds { get; private set; }

    /// <summary>The position after the last batch given.</summary>
    public LoaderState State => new(_given / Count, (int)(_given % Count), _options.Seed, _order.Hash);

    /// <summary>The next batch.</summary>
    /// <exception cref="InputException">A shard is missing or damaged.</exception>
    public ClipBatch Next()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long start = Stopwatch.GetTimestamp();
        ClipBatch batch;
        if (_options.PrefetchBatches == 0)
        {
            batch = Make(_given);
        }
        else
        {
            _producer ??= new Producer(_options.PrefetchBatches, _given, _options.BatchSize, Make);
            batch = _producer.Take();
        }

        WaitMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        TotalWaitMilliseconds += WaitMilliseconds;
        _given += batch.Of;
        return batch;
    }

    /// <summary>Goes to a saved position; the following batches are those that would have followed it.</summary>
    /// <exception cref="InputException">The state belongs to another seed, filter or dataset.</exception>
    public void Restore(LoaderState state)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (state.Seed != _options.Seed)
            throw new InputException($"{_folder}: the position is one of seed {state.Seed}, this is seed {_options.Seed}; resume with the seed of the first run");
        if (state.OrderHash != _order.Hash)
            throw new InputException($"{_folder}: not the data set that the run began with: its clips or what chooses them differ; name the folder where that set is now (--data)");
        if (state.Epoch < 0 || state.Position < 0 || state.Position >= Count)
            throw new InputException($"loader state: epoch {state.Epoch}, position {state.Position} are out of range (0 … {Count - 1}); the state is damaged");
        _producer?.Dispose();
        _producer = null;
        _given = checked(state.Epoch * Count + state.Position);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _producer?.Dispose();
        _order.Dispose();
        _store.Dispose();
    }

    private ClipBatch Make(long firstSample)
    {
        var (t, h, w) = _order.Size;
        int step = _options.BatchSize, first = step * _options.Rank / _options.Processes;
        int b = step * (_options.Rank + 1) / _options.Processes - first, pixels = t * h * w;
        byte[] rgb = GC.AllocateUninitializedArray<byte>(checked(b * pixels * 3)), alpha = GC.AllocateUninitializedArray<byte>(b * pixels);
        byte[] frames = new byte[4 * pixels], scratch = _options.Augment ? new byte[4 * pixels] : [];
        var clips = new ClipRow[b];
        var captions = new string[b];
        for (int i = 0; i < b; i++)
        {
            var (epoch, position) = Math.DivRem(firstSample + first + i, Count);
            var clip = clips[i] = _order.At(epoch, (int)position);
            _store.ReadInto(clip, frames);
            var background = BackgroundSpec.Parse(clip.Background);
            captions[i] = clip.Caption;
            bool mirrored = false;
            if (_options.Augment)
            {
                var random = new SplitMix(SplitMix.Combine(_options.Seed, (ulong)epoch, (ulong)position));
                mirrored = ClipComposer.Augment(clip, frames, scratch, _options.WarpShare, ref random);
                background = Backgrounds.Random(random.NextUInt64());
                captions[i] = ClipCaptions.Draw(clip, ref random, mirrored);
            }

            if (_options.CaptionSuffix)
                captions[i] = ClipCaptions.WithSuffix(clip, captions[i], mirrored);
            ClipComposer.Composite(clip, frames, background, rgb.AsSpan(i * pixels * 3, pixels * 3), alpha.AsSpan(i * pixels, pixels));
            if (clip.MaskShard.Length > 0)
            {
                _store.ReadMask(clip, alpha.AsSpan(i * pixels, pixels));
                if (mirrored)
                    ClipComposer.Mirror<byte>(alpha.AsSpan(i * pixels, pixels), w);
            }
        }

        return new ClipBatch(rgb, alpha, clips, captions, b, t, h, w, first, step);
    }

    /// <summary>The thread that works ahead.</summary>
    private sealed class Producer : IDisposable
    {
        private readonly BlockingCollection<(ClipBatch? Batch, ExceptionDispatchInfo? Error)> _ready;
        private readonly CancellationTokenSource _stop = new();
        private readonly Thread _thread;

        public Producer(int ahead, long firstSample, int batchSize, Func<long, ClipBatch> make)
        {
            _ready = new(ahead);
            _thread = new Thread(() => Run(firstSample, batchSize, make)) { IsBackground = true, Name = "clip loader" };
            _thread.Start();
        }

        public ClipBatch Take()
        {
            var (batch, error) = _ready.Take();
            if (error != null)
            {
                // Nothing follows an error: put it back, so that asking again says the same instead of waiting for ever.
                _ready.TryAdd((null, error));
                error.Throw();
            }

            return batch!;
        }

        public void Dispose()
        {
            _stop.Cancel();
            _thread.Join();
            _stop.Dispose();
            _ready.Dispose();
        }

        private void Run(long sample, int batchSize, Func<long, ClipBatch> make)
        {
            try
            {
                for (; ; sample += batchSize)
                    _ready.Add((make(sample), null), _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // Disposed or restored elsewhere.
            }
            catch (Exception e)
            {
                TryDeliver(e);
            }
        }

        private void TryDeliver(Exception e)
        {
            try
            {
                _ready.Add((null, ExceptionDispatchInfo.Capture(e)), _stop.Token);
            }
            catch (OperationCanceledException)
            {
                // Nobody is waiting any more.
            }
        }
    }
}
