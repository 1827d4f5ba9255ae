namespace AniSora.Data;

public static partial class Media
{
    /// <summary>The frames between two, as ffmpeg's <c>minterpolate</c> makes them: motion found block by block in both directions.</summary>
    /// <param name="from"><c>[H, W, 3]</c>.</param>
    /// <param name="to">The later one, of the same size.</param>
    /// <param name="between">How many, 1 or more.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns><c>[between, H, W, 3]</c>.</returns>
    /// <exception cref="InputException">ffmpeg is not installed, or gives other frames than it is known to.</exception>
    public static byte[] Interpolate(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, int between, int height, int width, CancellationToken cancellation = default)
    {
        int bytes = 3 * height * width;
        RequireSize(from.Length, 1, height, width);
        RequireSize(to.Length, 1, height, width);
        ArgumentOutOfRangeException.ThrowIfLessThan(between, 1);
        // The filter looks at two frames on either side; a still before and after stands for those. A pair may look like a cut to it.
        ReadOnlyMemory<byte>[] shown = [from, from, from, to, to, to];
        using var made = new MemoryStream();
        try
        {
            Ffmpeg.Run("ffmpeg",
                ["-v", "error", "-protocol_whitelist", "file,pipe", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{width}x{height}", "-r", "1", "-i", "pipe:0",
                    "-vf", $"minterpolate=fps={between + 1}:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:scd=none", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                stream =>
                {
                    foreach (var frame in shown)
                        stream.Write(frame.Span);
                },
                output => output.CopyTo(made), cancellation);
        }
        catch (Ffmpeg.FailedException e)
        {
            throw new InputException($"ffmpeg's minterpolate failed ({e.Message}); it takes frames of 16 pixels and more", e);
        }
        long first = (2L * (between + 1) + 1) * bytes;
        return made.Length >= first + (long)between * bytes
            ? made.ToArray().AsSpan((int)first, between * bytes).ToArray()
            : throw new InputException($"ffmpeg's minterpolate gave {made.Length / bytes} frames, fewer than it is known to; use ffmpeg 5 to 7");
    }
}
