using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace AniSora.Training.Distributed;

/// <summary>A process's connection to what the processes of its job know of each other (<see cref="RendezvousServer"/>). From any thread.</summary>
internal sealed class RendezvousStore : IDisposable
{
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly RendezvousServer? _server;
    private readonly TcpClient _client;
    private readonly TimeSpan _limit;

    /// <summary>Connects; rank 0 opens the store first, the others wait for it.</summary>
    /// <param name="launch">Who this is, and where rank 0 listens.</param>
    /// <param name="limit">How long connecting, and afterwards any answer, may take.</param>
    /// <exception cref="RendezvousException">It did not work in time.</exception>
    public RendezvousStore(LaunchEnvironment launch, TimeSpan limit)
    {
        _limit = limit;
        try
        {
            _server = launch.Rank == 0 ? new RendezvousServer(launch.MasterAddress, launch.MasterPort) : null;
            _client = Connect(launch.MasterAddress, launch.MasterPort, limit);
            _client.NoDelay = true;
            _client.ReceiveTimeout = _client.SendTimeout = (int)limit.TotalMilliseconds;
        }
        catch (SocketException e)
        {
            _server?.Dispose();
            throw new RendezvousException(e.Message, e);
        }
        Ask(Request.Hello, "rank", launch.Rank.ToString(CultureInfo.InvariantCulture));
    }

    internal enum Request : byte
    {
        Hello = 0xA1, // a stranger's first byte is hardly this
        Set,
        Add,
        Get,
    }

    /// <summary>Sets a text.</summary>
    public void Set(string key, string value) => Ask(Request.Set, key, value.Length <= 2000 ? value : value[..2000]);

    /// <summary>Adds to a counter, which begins at 0.</summary>
    /// <returns>Its new value.</returns>
    public long Add(string key, long amount) =>
        long.Parse(Ask(Request.Add, key, amount.ToString(CultureInfo.InvariantCulture))!, CultureInfo.InvariantCulture);

    /// <summary>A text; null if it is not set.</summary>
    public string? Find(string key) => Ask(Request.Get, key, "");

    /// <summary>A text, as soon as it is set.</summary>
    /// <exception cref="RendezvousException">Nobody has set it in time.</exception>
    public string Wait(string key, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (Find(key) is { } value)
                return value;
            if (watch.Elapsed > limit)
                throw new RendezvousException(string.Create(CultureInfo.InvariantCulture, $"waited {limit.TotalSeconds:0.#} s for '{key}'"));
            Thread.Sleep(_retry);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _server?.Dispose();
    }

    /// <exception cref="IOException">The other end is gone, or sends something else.</exception>
    internal static byte[] ReadFrame(Stream stream)
    {
        Span<byte> head = stackalloc byte[4];
        stream.ReadExactly(head);
        int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 1 or > RendezvousServer.LongestFrame)
            throw new IOException($"a frame of {length} bytes");
        byte[] body = new byte[length];
        stream.ReadExactly(body);
        return body;
    }

    internal static void WriteFrame(Stream stream, Action<BinaryWriter> fill)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write(0);
        fill(writer);
        byte[] frame = memory.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        stream.Write(frame);
    }

    private string? Ask(Request kind, string key, string value)
    {
        // Held while an answer is awaited, which may be for ever if rank 0 has stopped.
        if (!_lock.TryEnter(_limit))
            throw new RendezvousException("no answer");
        try
        {
            var stream = _client.GetStream();
            WriteFrame(stream, writer =>
            {
                writer.Write((byte)kind);
                writer.Write(key);
                writer.Write(value);
            });
            using var answer = new BinaryReader(new MemoryStream(ReadFrame(stream)));
            return answer.ReadBoolean() ? answer.ReadString() : null;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or SocketException)
        {
            _client.Dispose(); // a late answer must not be taken for the next one's
            throw new RendezvousException(e.InnerException?.Message ?? e.Message, e);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private static TcpClient Connect(string host, int port, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var client = new TcpClient();
            try
            {
                var left = limit - watch.Elapsed;
                if (client.ConnectAsync(host, port).Wait(left > _retry ? left : _retry))
                    return client;
                throw new AggregateException(new SocketException((int)SocketError.TimedOut));
            }
            catch (AggregateException e) when (e.InnerException is SocketException inner)
            {
                client.Dispose();
                if (watch.Elapsed > limit)
                    throw inner;
                Thread.Sleep(_retry);
            }
        }
    }
}

/// <summary>The store at rank 0 cannot be reached, or does not answer.</summary>
internal sealed class RendezvousException(string reason, Exception? inner = null) : Exception(reason, inner);
