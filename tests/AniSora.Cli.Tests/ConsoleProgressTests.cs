using AniSora.Cli.Hosting;

namespace AniSora.Cli.Tests;

/// <summary>The progress line on a terminal and in a log file.</summary>
public sealed class ConsoleProgressTests
{
    /// <summary>A clock that moves when it is told to.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(double seconds) => _now += TimeSpan.FromSeconds(seconds).Ticks;
    }

    private static string Run(bool live, Action<ConsoleProgress, ManualTime> work, long? total = 1000)
    {
        using var output = new StringWriter();
        var time = new ManualTime();
        using (var progress = new ConsoleProgress("train vae", total, "steps", output, live, time))
            work(progress, time);
        return output.ToString();
    }

    [Fact]
    public void Log_file_gets_whole_lines_at_intervals_with_speed_estimate_and_detail()
    {
        var text = Run(live: false, (progress, time) =>
        {
            for (var step = 0; step <= 100; step++, time.Advance(0.1))
                progress.Report(step, $"loss {1.0 / (step + 1):0.000}");
        });
        Assert.DoesNotContain('\r', text);
        var lines = text.TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length); // at 0 s, 5 s and 10 s, and the closing line
        Assert.Equal("train vae  0/1,000 steps (0%) · loss 1.000", lines[0]);
        Assert.Equal("train vae  50/1,000 steps (5%) · 10/s · 1m 35s left · loss 0.020", lines[1]);
        Assert.Equal("train vae: 100 of 1,000 steps in 10 s · 9.9/s · loss 0.010", lines[3]);
    }

    [Fact]
    public void Log_of_a_long_run_grows_by_a_line_a_minute()
    {
        var text = Run(live: false, (progress, time) =>
        {
            for (var step = 0; step < 3 * 3600; step++, time.Advance(1))
                progress.Report(step);
        }, total: null);
        Assert.InRange(text.Split('\n').Length, 180, 260);
    }

    [Fact]
    public void Terminal_line_is_rewritten_and_replaced_by_the_closing_line()
    {
        var text = Run(live: true, (progress, time) =>
        {
            progress.Report(1);
            time.Advance(1);
            progress.Report(500);
            progress.Note("checkpoint saved");
            time.Advance(1);
            progress.Report(1000);
        });
        Assert.Equal(2, text.Count(character => character == '\n')); // the note and the closing line
        Assert.Contains("\rtrain vae  1/1,000 steps (0%)", text, StringComparison.Ordinal);
        Assert.Contains("checkpoint saved\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\rtrain vae: 1,000 steps in 2.0 s · 500/s\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Resumed_run_counts_its_own_speed()
    {
        var text = Run(live: false, (progress, time) =>
        {
            progress.Report(900);
            time.Advance(10);
            progress.Report(920);
        });
        Assert.Contains("920/1,000 steps (92%) · 2.0/s · 40 s left", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Slow_steps_are_told_in_seconds_each()
    {
        var text = Run(live: false, (progress, time) =>
        {
            progress.Report(0);
            time.Advance(30);
            progress.Report(1);
        });
        Assert.Contains("30.0 s each", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_written_for_work_that_never_began() => Assert.Equal("", Run(live: false, (_, _) => { }));

    [Theory]
    [InlineData(0.24, "0.2 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(185, "3m 05s")]
    [InlineData(7800, "2h 10m")]
    public void Durations_read_naturally(double seconds, string expected) =>
        Assert.Equal(expected, ConsoleProgress.Duration(TimeSpan.FromSeconds(seconds)));
}
