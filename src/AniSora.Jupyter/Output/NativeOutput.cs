using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AniSora.Jupyter.Output;

/// <summary>
/// Catches what native libraries and child processes write to the file descriptors 1 and 2, by putting pipes in their place.
/// </summary>
internal sealed unsafe partial class NativeOutput : IDisposable
{
    private readonly Pipe[] _pipes;

    private readonly int[] _originals = [Duplicate(1), Duplicate(2)];

    private NativeOutput(StreamOutput output)
    {
        OriginalError = new FileStream(new SafeFileHandle(_originals[1], ownsHandle: false), FileAccess.Write, bufferSize: 0);
        _pipes = [new Pipe(1, "stdout", output), new Pipe(2, "stderr", output)];
    }

    /// <summary>Standard error as the process was started with it.</summary>
    public Stream OriginalError { get; }

    /// <summary>Puts the pipes in place, and an empty input in the place of standard input: no native code may wait for it.</summary>
    /// <param name="output">Where text goes.</param>
    public static NativeOutput Redirect(StreamOutput output)
    {
        int nothing = Open("/dev/null", 0);
        ReplaceDescriptor(nothing, 0);
        Close(nothing);
        BufferByLine();
        return new NativeOutput(output);
    }

    /// <summary>Hands on what was written until now; after it, all that a finished cell wrote has its place in the order.</summary>
    public void Drain()
    {
        FlushC(0);
        foreach (var pipe in _pipes)
            pipe.Drain();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What comes from here on (the runtime's last words, for instance) is no cell's.
        for (int i = 0; i < _originals.Length; i++)
            ReplaceDescriptor(_originals[i], i + 1);
    }

    // A pipe makes C libraries gather 4 kB before they write; progress should be seen line by line.
    private static void BufferByLine()
    {
        if (NativeLibrary.TryLoad("libc.so.6", out nint libc) && NativeLibrary.TryGetExport(libc, "stdout", out nint standardOutput))
            _ = SetBuffering(*(nint*)standardOutput, 0, 1, 0);
    }

    [LibraryImport("libc", EntryPoint = "pipe2")]
    private static partial int NewPipe(int* ends, int flags);

    // F_DUPFD_CLOEXEC: child processes inherit the pipes only.
    private static int Duplicate(int descriptor) => Control(descriptor, 1030, 3);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int ReplaceDescriptor(int source, int target);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(PollItem* items, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "fflush")]
    private static partial int FlushC(nint file);

    [LibraryImport("libc", EntryPoint = "setvbuf")]
    private static partial int SetBuffering(nint file, nint buffer, int mode, nuint size);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollItem
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    private sealed class Pipe
    {
        private const short Readable = 1, HungUp = 16;
        private readonly int _read;
        private readonly string _stream;
        private readonly StreamOutput _output;
        private readonly Lock _lock = new();
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private readonly byte[] _bytes = new byte[16384];
        private readonly char[] _text = new char[16385];

        public Pipe(int descriptor, string stream, StreamOutput output)
        {
            (_stream, _output) = (stream, output);
            int* ends = stackalloc int[2];
            if (NewPipe(ends, 0x80000) != 0) // O_CLOEXEC: child processes inherit the descriptors 1 and 2 only
                throw new IOException("pipe2 failed");
            _read = ends[0];
            ReplaceDescriptor(ends[1], descriptor);
            Close(ends[1]);
            new Thread(Follow) { IsBackground = true, Name = "native " + stream }.Start();
        }

        public void Drain()
        {
            // A pipe holds 64 kB; who writes more meanwhile (a child that goes on) is not waited for.
            const int rounds = 8;
            lock (_lock)
            {
                for (int i = 0; i < rounds && (State(0) & Readable) != 0; i++)
                    Forward();
            }
        }

        private void Follow()
        {
            short state;
            do
            {
                state = State(-1);
                if ((state & Readable) != 0)
                    Drain();
            }
            while (state != HungUp);
        }

        private short State(int milliseconds)
        {
            var item = new PollItem { Descriptor = _read, Events = Readable };
            return Poll(&item, 1, milliseconds) > 0 ? item.Returned : (short)0;
        }

        private void Forward()
        {
            nint count;
            fixed (byte* bytes = _bytes)
                count = Read(_read, bytes, (nuint)_bytes.Length);
            if (count <= 0)
                return;
            int length = _decoder.GetChars(_bytes.AsSpan(0, (int)count), _text, flush: false);
            _output.Write(CellContext.Current, _stream, _text.AsSpan(0, length));
        }
    }
}
