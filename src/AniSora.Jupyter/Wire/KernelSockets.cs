using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AniSora.Jupyter.Wire;

/// <summary>
/// The kernel's five sockets on one thread: libzmq's sockets must not be shared between threads, so everyone else hands over
/// what is to be sent and wakes that thread.
/// </summary>
internal sealed unsafe partial class KernelSockets : IDisposable
{
    /// <summary>A larger message closes the connection that it came by: it is more than a notebook's page sends.</summary>
    public const long LargestMessage = 512L << 20;

    private static readonly Channel[] s_channels = [Channel.Shell, Channel.Control, Channel.IOPub, Channel.Stdin, Channel.Heartbeat];

    private readonly ZmqSocket[] _sockets;
    private readonly MessageCodec _codec;
    private readonly Action<Channel, JupyterMessage> _received;
    private readonly ConcurrentQueue<(Channel Channel, List<byte[]> Frames)> _outgoing = new();
    private readonly int _wake = NewEvent(0, 0x800 | 0x80000); // EFD_NONBLOCK | EFD_CLOEXEC
    private readonly Thread _thread;
    private volatile bool _closing;

    /// <summary>Listens at once; messages are handed over from <see cref="Start"/> on.</summary>
    /// <param name="connection">Addresses and key.</param>
    /// <param name="received">Called on the sockets' thread: must be quick.</param>
    public KernelSockets(ConnectionFile connection, Action<Channel, JupyterMessage> received)
    {
        _codec = new MessageCodec(connection.Key);
        _received = received;
        _sockets = [.. s_channels.Select(channel => Open(channel).Bind(connection.Endpoint(channel)))];
        _thread = new Thread(Run) { IsBackground = true, Name = "sockets" };
    }

    /// <summary>Begins to receive.</summary>
    public void Start() => _thread.Start();

    /// <summary>Sends from any thread.</summary>
    /// <param name="channel">By which socket.</param>
    /// <param name="identities">To whom; the topic on <see cref="Channel.IOPub"/>.</param>
    /// <param name="type">Such as <c>stream</c>.</param>
    /// <param name="parent">Raw header of the message that caused this one.</param>
    /// <param name="content">What it says.</param>
    /// <param name="metadata">Null for none.</param>
    public void Send(
        Channel channel, IEnumerable<byte[]> identities, string type, byte[]? parent,
        System.Text.Json.Nodes.JsonNode content, System.Text.Json.Nodes.JsonNode? metadata = null)
    {
        _outgoing.Enqueue((channel, _codec.Encode(identities, type, parent, content, metadata)));
        Wake();
    }

    /// <summary>Sends what is queued and closes.</summary>
    public void Dispose()
    {
        _closing = true;
        Wake();
        if (_thread.IsAlive)
            _thread.Join();
        foreach (var socket in _sockets)
            socket.Dispose();
        ZmqSocket.SendTheRest();
    }

    private static ZmqSocket Open(Channel channel)
    {
        var socket = new ZmqSocket(channel switch
        {
            Channel.IOPub => Zmq.Pub,
            Channel.Heartbeat => Zmq.Rep,
            _ => Zmq.Router,
        });
        socket.SetOption(Zmq.OptionMaxMessageSize, LargestMessage);
        // Outputs must not be dropped when a cell makes more than a thousand in a burst; writers are slowed down elsewhere.
        socket.SetOption(Zmq.OptionSendHighWater, 0).SetOption(Zmq.OptionReceiveHighWater, 0);
        if (channel is Channel.Shell or Channel.Control or Channel.Stdin)
            socket.SetOption(Zmq.OptionRouterHandover, 1); // a client that reconnects under its name gets its answers
        return socket;
    }

    private void Run()
    {
        var items = stackalloc Zmq.PollItem[_sockets.Length + 1];
        for (int i = 0; i < _sockets.Length; i++)
            items[i] = new Zmq.PollItem { Socket = _sockets[i].Handle, Events = s_channels[i] == Channel.IOPub ? (short)0 : Zmq.PollIn };
        items[_sockets.Length] = new Zmq.PollItem { FileDescriptor = _wake, Events = Zmq.PollIn };
        while (true)
        {
            Zmq.Poll(items, _sockets.Length + 1, -1);
            ulong count;
            ReadEvent(_wake, &count, sizeof(ulong));
            while (_outgoing.TryDequeue(out var message))
                _sockets[(int)message.Channel].Send(message.Frames);
            if (_closing)
                return;
            for (int i = 0; i < _sockets.Length; i++)
            {
                if ((items[i].Returned & Zmq.PollIn) != 0)
                    ReceiveAll(s_channels[i], _sockets[i]);
            }
        }
    }

    private void ReceiveAll(Channel channel, ZmqSocket socket)
    {
        while (socket.Receive() is { } frames)
        {
            if (channel == Channel.Heartbeat)
            {
                socket.Send(frames);
                continue;
            }
            try
            {
                _received(channel, _codec.Decode(frames));
            }
            catch (FormatException e)
            {
                KernelLog.Write($"{channel.ToString().ToLowerInvariant()}: dropped {e.Message}");
            }
        }
    }

    private void Wake()
    {
        ulong one = 1;
        WriteEvent(_wake, &one, sizeof(ulong));
    }

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial int NewEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadEvent(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteEvent(int descriptor, void* buffer, nuint count);
}
