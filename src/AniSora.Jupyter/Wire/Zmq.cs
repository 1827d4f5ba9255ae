using System.Runtime.InteropServices;

namespace AniSora.Jupyter.Wire;

/// <summary>What the kernel uses of libzmq 4 (<c>zmq.h</c>); Debian's package is libzmq5.</summary>
internal static unsafe partial class Zmq
{
    public const int Pub = 1, Sub = 2, Rep = 4, Req = 3, Dealer = 5, Router = 6;
    public const int OptionIdentity = 5, OptionSubscribe = 6, OptionReceiveMore = 13, OptionLinger = 17, OptionMaxMessageSize = 22;
    public const int OptionSendHighWater = 23, OptionReceiveHighWater = 24, OptionRouterHandover = 56;
    public const int DontWait = 1, SendMore = 2;
    public const short PollIn = 1;

    /// <summary>Errors that are no failure: nothing to receive now, a signal came in between.</summary>
    public const int Again = 11, Interrupted = 4;

    private const string Library = "libzmq.so.5";

    [LibraryImport(Library, EntryPoint = "zmq_ctx_new")]
    public static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "zmq_ctx_term")]
    public static partial int TerminateContext(nint context);

    [LibraryImport(Library, EntryPoint = "zmq_socket")]
    public static partial nint NewSocket(nint context, int type);

    [LibraryImport(Library, EntryPoint = "zmq_close")]
    public static partial int Close(nint socket);

    [LibraryImport(Library, EntryPoint = "zmq_bind", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Bind(nint socket, string endpoint);

    [LibraryImport(Library, EntryPoint = "zmq_connect", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Connect(nint socket, string endpoint);

    [LibraryImport(Library, EntryPoint = "zmq_setsockopt")]
    public static partial int SetOption(nint socket, int option, void* value, nuint length);

    [LibraryImport(Library, EntryPoint = "zmq_getsockopt")]
    public static partial int GetOption(nint socket, int option, void* value, nuint* length);

    [LibraryImport(Library, EntryPoint = "zmq_send")]
    public static partial int Send(nint socket, void* bytes, nuint count, int flags);

    [LibraryImport(Library, EntryPoint = "zmq_msg_init")]
    public static partial int InitFrame(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_msg_recv")]
    public static partial int ReceiveFrame(Frame* frame, nint socket, int flags);

    [LibraryImport(Library, EntryPoint = "zmq_msg_close")]
    public static partial int CloseFrame(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_msg_data")]
    public static partial void* FrameData(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_msg_size")]
    public static partial nuint FrameSize(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_poll")]
    public static partial int Poll(PollItem* items, int count, nint milliseconds);

    [LibraryImport(Library, EntryPoint = "zmq_errno")]
    public static partial int LastError();

    [LibraryImport(Library, EntryPoint = "zmq_strerror")]
    private static partial nint ErrorText(int error);

    /// <summary>The last call's failure, with what was being done.</summary>
    public static InvalidOperationException Failure(string doing) =>
        new($"{doing}: {Marshal.PtrToStringUTF8(ErrorText(LastError()))}");

    /// <summary>libzmq's <c>zmq_msg_t</c>: 64 bytes that only libzmq looks into.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    public struct Frame
    {
        private readonly long _opaque;
    }

    /// <summary>libzmq's <c>zmq_pollitem_t</c>: a socket, or a file descriptor when the socket is null.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollItem
    {
        public nint Socket;
        public int FileDescriptor;
        public short Events;
        public short Returned;
    }
}
