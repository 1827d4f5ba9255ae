using AniSora.Cli.Hosting;

namespace AniSora.Cli.Tests;

/// <summary>What mpirun prints (4.1, word for word), and what is kept of it.</summary>
public sealed class RankOutputTests
{
    private const string Edge = "--------------------------------------------------------------------------";

    [Theory]
    [InlineData($"""
        [rank 1] error: out of paper
        {Edge}
        Primary job  terminated normally, but 1 process returned
        a non-zero exit code. Per user-direction, the job has been aborted.
        {Edge}
        step 3
        {Edge}
        mpirun detected that one or more processes exited with non-zero status, thus causing
        the job to be terminated. The first process to do so was:

          Process name: [[40071,1],1]
          Exit code:    7
        {Edge}
        """, 1, "[rank 1] error: out of paper\nstep 3\n")]
    [InlineData($"""
        {Edge}
        mpirun noticed that process rank 12 with PID 0 on node vm exited on signal 9 (Killed).
        {Edge}
        """, 12, "")]
    [InlineData($"""
        {Edge}
        There are not enough slots available in the system to satisfy the 4
        {Edge}
        """, null, "There are not enough slots available in the system to satisfy the 4\n")]
    [InlineData($"""
        {Edge}
        cut off
        """, null, "cut off\n")]
    public async Task The_first_failed_rank_is_kept_and_its_box_dropped(string printed, int? failed, string kept)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var read = new RankOutput(output);
        await read.ReadAsync(new StringReader(printed));
        Assert.Equal(failed, read.FirstFailed);
        Assert.Equal(kept, output.ToString());
    }

    [Fact]
    public void Lines_of_another_rank_carry_its_number_and_come_whole()
    {
        using var output = new StringWriter();
        using var lines = new RankLines(3, output);
        lines.Write("a step");
        Assert.Equal("", output.ToString());
        lines.WriteLine(" of\r\nmany\n");
        Assert.Equal("[rank 3] a step of\n[rank 3] many\n", output.ToString());
    }
}
