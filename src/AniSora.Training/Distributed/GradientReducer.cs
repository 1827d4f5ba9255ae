using AniSora.Models.Fast;

namespace AniSora.Training.Distributed;

/// <summary>
/// Adds up the gradients of all processes while the backward pass still goes on: they are gathered in buckets, and a bucket travels as
/// soon as the blocks that it belongs to are through (<see cref="BlockEntry"/>).
/// </summary>
/// <remarks>
/// <para>Per step: <see cref="BeforeForward"/>, the forward pass, <c>backward()</c>, <see cref="AfterBackward"/>. Backward passes without
/// these calls only add to the local gradients, which the next full round sends too: that is how gradients are accumulated. Each process
/// weighs its loss with its share of the step's clips, so that shares may differ.</para>
/// <para>All processes send the same buckets in the same order, which is the order in which rank 0's gradients came in the first round.
/// A parameter without a gradient counts as zero, and keeps none if it has none anywhere.</para>
/// </remarks>
public sealed class GradientReducer : IDisposable
{
    /// <summary>Bytes in a bucket (PyTorch's own choice).</summary>
    public const long DefaultBucketBytes = 25 << 20;

    private readonly World _world;
    private readonly Parameter[] _parameters;
    private readonly long _bucketBytes;
    private readonly Dictionary<nint, int> _places;
    private readonly Dictionary<nn.Module, int[]> _blocks = new(ReferenceEqualityComparer.Instance);
    private readonly int[] _open; // marks that the backward pass has yet to pass, by parameter
    private readonly bool[] _whole; // whether a gradient will not change any more, by parameter
    private readonly long[] _came; // the order in which they became whole
    private GradientBucket[] _buckets;
    private Exception? _failure;
    private bool _armed, _ordered;
    private int _sent, _round;
    private long _arrivals;

    /// <summary>Makes a reducer for parameters, which must be equal on all processes (<see cref="World.Broadcast"/>).</summary>
    /// <param name="world">The processes.</param>
    /// <param name="parameters">The trained parameters, in the same order everywhere.</param>
    /// <param name="bucketBytes">Bytes that travel at once.</param>
    /// <exception cref="InputException">The parameters' shapes differ between processes.</exception>
    public GradientReducer(World world, IEnumerable<Parameter> parameters, long bucketBytes = DefaultBucketBytes)
    {
        (_world, _parameters, _bucketBytes) = (world, [.. parameters], bucketBytes);
        _places = _parameters.Select((p, i) => (p.Handle, i)).ToDictionary(p => p.Handle, p => p.i);
        (_open, _whole, _came) = (new int[_parameters.Length], new bool[_parameters.Length], new long[_parameters.Length]);
        AssertAlike();
        // The last ones' gradients come first, roughly; the first round shows the real order.
        _buckets = Buckets(Enumerable.Range(0, _parameters.Length).Reverse());
    }

    /// <summary>Buckets that have been sent before the backward pass was over, in the last round: for tests and measurements.</summary>
    internal int SentEarly { get; private set; }

    /// <summary>To be called before the forward pass.</summary>
    public void BeforeForward()
    {
        (_armed, _sent, _failure, _arrivals) = (true, 0, null, 0);
        Array.Clear(_open);
        Array.Clear(_whole);
        Array.Fill(_came, long.MaxValue);
        BlockEntry.Observe(Enter);
    }

    /// <summary>To be called after <c>backward()</c>: returns when all gradients are everyone's sum.</summary>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void AfterBackward()
    {
        BlockEntry.Observe(null);
        _armed = false;
        if (_failure is { } failure)
            throw new InvalidOperationException($"a bucket of gradients could not be sent: {failure.Message}", failure);
        SentEarly = _sent;
        Array.Fill(_whole, true);
        SendWhole();
        foreach (var bucket in _buckets)
            bucket.Receive(_world);
        if (!_ordered)
            TakeOrder();
        _round++;
    }

    /// <summary>Lets the buckets go; the parameters stay.</summary>
    public void Dispose()
    {
        BlockEntry.Observe(null);
        foreach (var bucket in _buckets)
            bucket.Dispose();
    }

    private Tensor Enter(nn.Module block, Tensor input)
    {
        if (!_armed)
            return input;
        if (!_blocks.TryGetValue(block, out int[]? places))
            _blocks[block] = places = [.. block.parameters().Select(p => _places.GetValueOrDefault(p.Handle, -1)).Where(i => i >= 0)];
        foreach (int place in places)
            _open[place]++;
        // Where nothing before the block is trained there is no way back to its beginning: its gradients are sent last.
        if (!input.requires_grad)
            return input;
        int round = _round;
        return BlockEntry.Mark(input, () => Passed(places, round));
    }

    /// <summary>The backward pass has left a block. Nothing may be thrown from here: native code has called.</summary>
    private void Passed(int[] places, int round)
    {
        if (!_armed || round != _round || _failure is not null)
            return;
        try
        {
            foreach (int place in places)
            {
                if (--_open[place] == 0)
                    (_whole[place], _came[place]) = (true, _arrivals++);
            }
            // In the first round the order is not yet known to be the same everywhere, nor a good one.
            if (_ordered)
                SendWhole();
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    /// <summary>Sends the next buckets as far as they are whole: never one before its turn.</summary>
    private void SendWhole()
    {
        for (; _sent < _buckets.Length && _buckets[_sent].IsWhole(_whole); _sent++)
            _buckets[_sent].Send(_world);
    }

    private void TakeOrder()
    {
        using var scope = NewDisposeScope();
        var order = tensor(_came, device: _world.Device);
        _world.Broadcast([order]);
        long[] came = order.cpu().data<long>().ToArray();
        var before = _buckets;
        // Gradients in the old buckets are the parameters' own until the next step.
        _buckets = Buckets(Enumerable.Range(0, came.Length).Reverse().OrderBy(i => came[i]));
        foreach (var bucket in before)
            bucket.Dispose();
        _ordered = true;
    }

    private GradientBucket[] Buckets(IEnumerable<int> order)
    {
        var buckets = new List<GradientBucket>();
        var next = new List<int>();
        long bytes = 0;
        void Close()
        {
            if (next.Count > 0)
                buckets.Add(new GradientBucket([.. next], [.. next.Select(i => _parameters[i])]));
            next.Clear();
            bytes = 0;
        }
        foreach (int place in order)
        {
            var parameter = _parameters[place];
            long more = parameter.numel() * parameter.ElementSize;
            if (next.Count > 0 && (bytes + more > _bucketBytes || parameter.dtype != _parameters[next[0]].dtype))
                Close();
            next.Add(place);
            bytes += more;
        }
        Close();
        return [.. buckets];
    }

    private void AssertAlike()
    {
        var print = new HashCode64();
        foreach (var parameter in _parameters)
        {
            print.Add((long)parameter.dtype);
            foreach (long size in parameter.shape)
                print.Add(size);
            print.Add(-1);
        }
        Span<double> prints = [print.Value, -print.Value, _parameters.Length, -_parameters.Length];
        _world.AllReduce(prints, ReduceOp.Max);
        if (prints[0] != -prints[1] || prints[2] != -prints[3])
            throw new InputException($"the processes train different models ({-prints[3]} to {prints[2]} parameters, or of other shapes): give all of them the same configuration and --set options");
    }

    /// <summary>FNV-1a over numbers; a fingerprint that is the same in every process, and exact in a double.</summary>
    private struct HashCode64()
    {
        private ulong _state = 14695981039346656037;

        public readonly double Value => _state >> 12;

        public void Add(long value) => _state = (_state ^ (ulong)value) * 1099511628211;
    }
}
