using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>
/// A film's frames, decoded by ffmpeg in a process of its own and read through a pipe: ffmpeg waits while nobody reads. The process is killed
/// when the reader is disposed, when it is cancelled, and when it falls silent.
/// </summary>
public sealed class FfmpegReader : IFrameReader
{
    private readonly string _path;
    private readonly FfmpegProcess _process;
    private readonly long _wanted;
    private long _delivered;
    private byte[]? _skipped;
    private bool _ended;

    private FfmpegReader(string path, FrameRequest request, FfmpegProcess process)
    {
        (_path, _process) = (path, process);
        (Width, Height) = (request.Width, request.Height);
        _wanted = request.Frames ?? long.MaxValue;
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int Height { get; }

    /// <summary>Opens a film.</summary>
    /// <param name="path">The film.</param>
    /// <param name="probe">From <see cref="FilmProbe"/>; readable.</param>
    /// <param name="request">What to deliver.</param>
    /// <param name="cancellation">Stops it: the next read throws.</param>
    /// <exception cref="InputException">ffmpeg is not installed, or the film is not readable.</exception>
    public static FfmpegReader Open(string path, ProbeRow probe, FrameRequest request, CancellationToken cancellation = default)
    {
        if (!probe.Readable)
            throw new InputException($"{path}: {probe.Reason}");
        if (request.FirstFrame < 0 || request.Frames is <= 0 || request.Width <= 0 || request.Height <= 0)
            throw new ArgumentOutOfRangeException(nameof(request), request, "a size and a number of frames are positive");
        var process = FfmpegProcess.Start("ffmpeg", Arguments(path, probe, request), FilmLimits.Silence, cancellation);
        return new FfmpegReader(path, request, process);
    }

    /// <inheritdoc/>
    public bool Read(Span<byte> rgba)
    {
        if (rgba.Length != 4 * Width * Height)
            throw new ArgumentException($"a frame of {Width}×{Height} has {4 * Width * Height} bytes, not {rgba.Length}", nameof(rgba));
        if (_ended || _delivered == _wanted)
            return false;
        if (_process.Read(rgba) == rgba.Length)
        {
            _delivered++;
            return true;
        }
        _ended = true;
        // Frames before the damage were delivered; what ffmpeg complained of is told once they are through.
        if (_process.Complaint() is { } complaint)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{_path}: the film is damaged: {complaint} (whole frames: {_delivered}); the frames before are used"));
        return false;
    }

    /// <inheritdoc/>
    public void Skip(int frames)
    {
        for (_skipped ??= new byte[4 * Width * Height]; frames > 0 && Read(_skipped); frames--)
        {
        }
    }

    /// <summary>Kills ffmpeg if it still runs.</summary>
    public void Dispose() => _process.Dispose();

    private static List<string> Arguments(string path, ProbeRow probe, FrameRequest request)
    {
        List<string> arguments = ["-v", "error", "-nostdin", .. FilmLimits.InputOptions];
        // ffmpeg's own decoders of VP8 and VP9 ignore the alpha plane.
        if (probe.HasAlpha && probe.Codec is "vp8" or "vp9")
            arguments.AddRange(["-c:v", probe.Codec == "vp8" ? "libvpx" : "libvpx-vp9"]);
        arguments.AddRange(["-i", FilmLimits.Literal(path), "-map", $"0:{probe.Stream}", "-vf", FilmFilter.Chain(probe, request), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba", "-"]);
        return arguments;
    }
}
