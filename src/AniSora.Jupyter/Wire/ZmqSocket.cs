namespace AniSora.Jupyter.Wire;

/// <summary>One socket of libzmq. As there, only one thread may use it at a time.</summary>
internal sealed unsafe class ZmqSocket : IDisposable
{
    // One context for the process; it lives as long.
    private static readonly nint s_context = Zmq.NewContext();

    /// <summary>Opens a socket that is neither bound nor connected yet.</summary>
    /// <param name="type">Such as <see cref="Zmq.Router"/>.</param>
    public ZmqSocket(int type)
    {
        Handle = Zmq.NewSocket(s_context, type);
        if (Handle == 0)
            throw Zmq.Failure("zmq_socket");
        // What is still unsent at the end gets a second: the reply to a shutdown, for instance.
        SetOption(Zmq.OptionLinger, 1000);
    }

    /// <summary>libzmq's pointer, for polling.</summary>
    public nint Handle { get; private set; }

    /// <summary>Listens.</summary>
    /// <param name="endpoint">Such as <c>tcp://127.0.0.1:5555</c>.</param>
    public ZmqSocket Bind(string endpoint)
    {
        if (Zmq.Bind(Handle, endpoint) != 0)
            throw Zmq.Failure($"cannot listen at {endpoint}");
        return this;
    }

    /// <summary>Connects; succeeds also when nobody listens yet.</summary>
    /// <param name="endpoint">Such as <c>tcp://127.0.0.1:5555</c>.</param>
    public ZmqSocket Connect(string endpoint)
    {
        if (Zmq.Connect(Handle, endpoint) != 0)
            throw Zmq.Failure($"cannot connect to {endpoint}");
        return this;
    }

    /// <summary>Sets a number.</summary>
    public ZmqSocket SetOption(int option, int value)
    {
        Zmq.SetOption(Handle, option, &value, sizeof(int));
        return this;
    }

    /// <summary>Sets a number of 64 bits.</summary>
    public ZmqSocket SetOption(int option, long value)
    {
        Zmq.SetOption(Handle, option, &value, sizeof(long));
        return this;
    }

    /// <summary>Sets bytes.</summary>
    public ZmqSocket SetOption(int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
            Zmq.SetOption(Handle, option, bytes, (nuint)value.Length);
        return this;
    }

    /// <summary>Sends the frames as one message.</summary>
    public void Send(IReadOnlyList<byte[]> frames)
    {
        for (int i = 0; i < frames.Count; i++)
        {
            fixed (byte* bytes = frames[i])
            {
                while (Zmq.Send(Handle, bytes, (nuint)frames[i].Length, i < frames.Count - 1 ? Zmq.SendMore : 0) < 0)
                {
                    if (Zmq.LastError() != Zmq.Interrupted)
                        throw Zmq.Failure("zmq_send");
                }
            }
        }
    }

    /// <summary>The next message, or null when none is there.</summary>
    /// <param name="wait">Whether to wait for one.</param>
    public List<byte[]>? Receive(bool wait = false)
    {
        var frames = new List<byte[]>();
        int more;
        do
        {
            Zmq.Frame frame;
            Zmq.InitFrame(&frame);
            while (Zmq.ReceiveFrame(&frame, Handle, wait ? 0 : Zmq.DontWait) < 0)
            {
                int error = Zmq.LastError();
                if (error == Zmq.Again && frames.Count == 0)
                    return null;
                if (error is not Zmq.Interrupted and not Zmq.Again)
                    throw Zmq.Failure("zmq_msg_recv");
            }
            frames.Add(new ReadOnlySpan<byte>(Zmq.FrameData(&frame), checked((int)Zmq.FrameSize(&frame))).ToArray());
            Zmq.CloseFrame(&frame);
            nuint size = sizeof(int);
            Zmq.GetOption(Handle, Zmq.OptionReceiveMore, &more, &size);
        }
        while (more != 0);
        return frames;
    }

    /// <summary>Waits until a message is there.</summary>
    /// <returns>Whether one came within the time.</returns>
    public bool Wait(TimeSpan limit)
    {
        var item = new Zmq.PollItem { Socket = Handle, Events = Zmq.PollIn };
        return Zmq.Poll(&item, 1, (nint)limit.TotalMilliseconds) > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Handle != 0)
            Zmq.Close(Handle);
        Handle = 0;
    }

    /// <summary>Waits until all that closed sockets still hold is sent, or their time is over.</summary>
    public static void SendTheRest() => Zmq.TerminateContext(s_context);
}
