using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AniSora.Training.Distributed;

/// <summary>What the processes of a job know of each other: short texts and counters by name, kept by rank 0 as long as it lives.</summary>
/// <remarks>
/// Frames are a 32-bit length and what <see cref="BinaryWriter"/> makes of a request: kind, key, value; the answer is a flag and a text. A
/// process says its rank first, and when its connection ends, its rank is added to <see cref="ClosedKey"/>.
/// </remarks>
internal sealed class RendezvousServer : IDisposable
{
    /// <summary>Ranks whose connections have ended, in the order in which they did.</summary>
    public const string ClosedKey = "closed";

    /// <summary>Longest frame in bytes: nobody sends more, and a stranger may not.</summary>
    public const int LongestFrame = 8192;

    private const int MostKeys = 100_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _values = [];
    private readonly HashSet<Socket> _connections = [];
    private readonly TcpListener _listener;
    private bool _disposed;

    /// <summary>Listens.</summary>
    /// <param name="host">The address that the others were given: a loopback address is not opened to the network.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public RendezvousServer(string host, int port)
    {
        bool here = host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
        _listener = new TcpListener(here ? IPAddress.Loopback : IPAddress.Any, port);
        _listener.Start();
        new Thread(Accept) { IsBackground = true, Name = "rendezvous" }.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _listener.Dispose();
            foreach (var connection in _connections)
                connection.Dispose();
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.AcceptSocket();
                lock (_lock)
                {
                    if (_disposed)
                        connection.Dispose();
                    else
                        _connections.Add(connection);
                }
                new Thread(() => Serve(connection)) { IsBackground = true, Name = "rendezvous" }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private void Serve(Socket connection)
    {
        string? rank = null;
        try
        {
            connection.NoDelay = true;
            using var stream = new NetworkStream(connection, ownsSocket: true);
            while (true)
            {
                using var request = new BinaryReader(new MemoryStream(RendezvousStore.ReadFrame(stream)));
                var kind = (RendezvousStore.Request)request.ReadByte();
                var (key, value) = (request.ReadString(), request.ReadString());
                if (kind == RendezvousStore.Request.Hello)
                    rank = value;
                string? answer = Answer(kind, key, value);
                RendezvousStore.WriteFrame(stream, writer =>
                {
                    writer.Write(answer is not null);
                    writer.Write(answer ?? "");
                });
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException or FormatException)
        {
            // The process has ended, or is none of ours.
        }
        lock (_lock)
        {
            _connections.Remove(connection);
            if (rank is not null)
                _values[ClosedKey] = _values.TryGetValue(ClosedKey, out string? before) ? $"{before},{rank}" : rank;
        }
    }

    private string? Answer(RendezvousStore.Request kind, string key, string value)
    {
        lock (_lock)
        {
            string? present = _values.GetValueOrDefault(key);
            if (kind is RendezvousStore.Request.Set or RendezvousStore.Request.Add && present is null && _values.Count >= MostKeys)
                throw new IOException("too many keys");
            return kind switch
            {
                RendezvousStore.Request.Set => _values[key] = value,
                RendezvousStore.Request.Add => _values[key] = (Number(present ?? "0") + Number(value)).ToString(CultureInfo.InvariantCulture),
                RendezvousStore.Request.Get => present,
                RendezvousStore.Request.Hello => value,
                _ => throw new IOException("unknown request"),
            };
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
