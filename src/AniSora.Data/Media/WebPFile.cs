using System.Buffers.Binary;
using System.Text;

namespace AniSora.Data;

/// <summary>
/// The structure of an animated WebP file (RIFF chunks, Google's "WebP Container Specification"): read here, so that sizes are known before
/// anything is decoded, and so that a file that breaks off is still good for the frames before.
/// </summary>
/// <param name="Width">W of the canvas in pixels.</param>
/// <param name="Height">H of the canvas in pixels.</param>
/// <param name="HasAlpha">Whether the file says that pixels can be transparent.</param>
/// <param name="Durations">Per whole frame how long it is shown, in milliseconds.</param>
/// <param name="Ends">Per whole frame where it ends, in bytes from the file's beginning.</param>
/// <param name="Problem">What is broken after that, in words; null if the file is whole.</param>
internal sealed record WebPFile(int Width, int Height, bool HasAlpha, IReadOnlyList<int> Durations, IReadOnlyList<int> Ends, string? Problem)
{
    private const int Header = 12, ChunkHeader = 8, FrameHeader = 16;
    private const byte AnimationFlag = 0x02, AlphaFlag = 0x10;

    /// <summary>Whether bytes begin as a WebP file does.</summary>
    public static bool IsWebP(ReadOnlySpan<byte> head) => head.Length >= Header && head.StartsWith("RIFF"u8) && head[8..12].SequenceEqual("WEBP"u8);

    /// <summary>Whether a file's first 21 bytes or more say that it is an animated WebP.</summary>
    public static bool IsAnimated(ReadOnlySpan<byte> head) => IsWebP(head) && head.Length > Header + ChunkHeader && head[12..16].SequenceEqual("VP8X"u8) && (head[20] & AnimationFlag) != 0;

    /// <summary>Whether a file says that it is an animated WebP.</summary>
    public static bool IsAnimated(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> head = stackalloc byte[Header + ChunkHeader + 1];
        return IsAnimated(head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
    }

    /// <summary>Reads the structure; nothing is decoded.</summary>
    /// <param name="file">The whole file.</param>
    /// <exception cref="InvalidDataException">It is no animated WebP.</exception>
    public static WebPFile Parse(ReadOnlySpan<byte> file)
    {
        if (!IsWebP(file))
            throw new InvalidDataException("is not a WebP file");
        if (!IsAnimated(file))
            throw new InvalidDataException("is a still WebP picture");
        if (file.Length < Header + ChunkHeader + 10)
            throw new InvalidDataException("breaks off in its header");
        int width = 1 + UInt24(file[24..]), height = 1 + UInt24(file[27..]);
        var (durations, ends) = (new List<int>(), new List<int>());
        // A container that is longer than the file is cut off; what follows a shorter one is not part of it.
        long declared = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + (long)ChunkHeader;
        int end = (int)Math.Min(declared, file.Length), at = Header;
        string? problem = null;
        while (problem is null && at + ChunkHeader <= end)
        {
            long size = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]), next = at + ChunkHeader + size + (size & 1);
            bool frame = file.Slice(at, 4).SequenceEqual("ANMF"u8);
            // The last chunk's padding byte is often left out.
            if (at + ChunkHeader + size > end)
                problem = $"chunk {Name(file[at..])} at byte {at} should have {size} bytes, but the file has {end - at - ChunkHeader} more";
            else if (frame && FrameProblem(file.Slice(at + ChunkHeader, (int)size), width, height) is { } broken)
                problem = $"frame {durations.Count} at byte {at} {broken}";
            else
            {
                if (frame)
                {
                    durations.Add(UInt24(file[(at + ChunkHeader + 12)..]));
                    ends.Add((int)Math.Min(next, end));
                }
                at = (int)Math.Min(next, end);
            }
        }
        return new WebPFile(width, height, (file[20] & AlphaFlag) != 0, durations, ends, problem ?? (declared > file.Length ? $"the file breaks off after {file.Length} of {declared} bytes" : null));
    }

    /// <summary>The file's first frames as a file of their own.</summary>
    /// <param name="file">The file that was parsed.</param>
    /// <param name="frames">How many, 1 … the number of whole ones.</param>
    public byte[] Beginning(ReadOnlySpan<byte> file, int frames)
    {
        byte[] beginning = file[..Ends[frames - 1]].ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(beginning.AsSpan(4), (uint)(beginning.Length - ChunkHeader));
        return beginning;
    }

    private static string? FrameProblem(ReadOnlySpan<byte> frame, int canvasWidth, int canvasHeight)
    {
        if (frame.Length < FrameHeader)
            return "has no header";
        if (2 * UInt24(frame) + 1 + UInt24(frame[6..]) > canvasWidth || 2 * UInt24(frame[3..]) + 1 + UInt24(frame[9..]) > canvasHeight)
            return "lies outside the canvas";
        bool picture = false;
        for (int at = FrameHeader; at + ChunkHeader <= frame.Length;)
        {
            long size = BinaryPrimitives.ReadUInt32LittleEndian(frame[(at + 4)..]);
            if (at + ChunkHeader + size > frame.Length)
                return $"has a chunk {Name(frame[at..])} that is longer than the frame";
            picture |= size > 0 && (frame.Slice(at, 4).SequenceEqual("VP8 "u8) || frame.Slice(at, 4).SequenceEqual("VP8L"u8));
            at += (int)(ChunkHeader + size + (size & 1));
        }
        return picture ? null : "holds no picture";
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;

    private static string Name(ReadOnlySpan<byte> chunk) =>
        "\"" + string.Concat(Encoding.Latin1.GetString(chunk[..4]).Select(c => c is >= ' ' and <= '~' ? c : '?')) + "\"";
}
