using System.Diagnostics;

namespace AniSora.Data;

/// <summary>A running ffmpeg or ffprobe whose output is read piece by piece. Not thread-safe.</summary>
internal sealed class FfmpegProcess : IDisposable
{
    private const int LongestComplaint = 300;

    private readonly Process _process;
    private readonly TimeSpan _silence;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _killer;
    private readonly Timer _watchdog;
    private readonly Task<string?> _complaint;
    private volatile bool _fellSilent;

    private FfmpegProcess(Process process, TimeSpan silence, CancellationToken cancellation)
    {
        (_process, _silence, _cancellation) = (process, silence, cancellation);
        _complaint = Task.Run(() => FirstComplaint(process.StandardError), CancellationToken.None);
        process.StandardInput.Close();
        _watchdog = new Timer(_ =>
        {
            _fellSilent = true;
            Ffmpeg.Kill(_process);
        });
        _killer = cancellation.Register(() => Ffmpeg.Kill(_process));
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program"><c>ffmpeg</c> or <c>ffprobe</c>.</param>
    /// <param name="arguments">Its arguments, one each, never through a shell.</param>
    /// <param name="silence">It is killed when a read waits longer than this.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <exception cref="InputException">The program is not installed.</exception>
    public static FfmpegProcess Start(string program, IEnumerable<string> arguments, TimeSpan silence, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new FfmpegProcess(Ffmpeg.Start(program, arguments), silence, cancellation);
    }

    /// <summary>Reads until the buffer is full or the output ends.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public int Read(Span<byte> buffer)
    {
        _watchdog.Change(_silence, Timeout.InfiniteTimeSpan);
        int read;
        try
        {
            read = _process.StandardOutput.BaseStream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        finally
        {
            _watchdog.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        _cancellation.ThrowIfCancellationRequested();
        return read;
    }

    /// <summary>What it complained of, in one line, once its output has ended; null if all is well.</summary>
    public string? Complaint()
    {
        if (!_process.WaitForExit(_silence))
        {
            _fellSilent = true;
            Ffmpeg.Kill(_process);
            _process.WaitForExit();
        }
        if (_fellSilent)
            return $"{_process.StartInfo.FileName} did nothing for {_silence.TotalSeconds:F0} s and was stopped";
        string? said = _complaint.GetAwaiter().GetResult();
        return said ?? (_process.ExitCode == 0 ? null : $"{_process.StartInfo.FileName} ended with code {_process.ExitCode}");
    }

    /// <summary>Kills it if it still runs.</summary>
    public void Dispose()
    {
        _killer.Dispose();
        _watchdog.Dispose();
        Ffmpeg.Kill(_process);
        _process.WaitForExit();
        _process.Dispose();
    }

    // All of it is read, so that the process never waits; the first line is kept, the rest mostly repeats it.
    private static string? FirstComplaint(StreamReader errors)
    {
        string? first = null;
        var buffer = new char[4096];
        var line = new System.Text.StringBuilder();
        for (int read; (read = errors.Read(buffer, 0, buffer.Length)) > 0;)
        {
            for (int i = 0; i < read && first is null; i++)
            {
                if (buffer[i] is '\n' or '\r')
                    first = Tidy(line);
                else if (line.Length < LongestComplaint)
                    line.Append(buffer[i]);
            }
        }
        return first ?? Tidy(line);
    }

    // "[mpeg2video @ 0x5570c0] ac-tex damaged" → "mpeg2video: ac-tex damaged": addresses change from run to run.
    private static string? Tidy(System.Text.StringBuilder line)
    {
        string text = line.ToString().Trim();
        line.Clear();
        if (text.StartsWith('[') && text.IndexOf(" @ ", StringComparison.Ordinal) is > 0 and int at && text.IndexOf("] ", StringComparison.Ordinal) is var end && end > at)
            text = $"{text[1..at]}: {text[(end + 2)..]}";
        return text.Length > 0 ? text : null;
    }
}
