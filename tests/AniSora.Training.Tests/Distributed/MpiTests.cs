using System.Diagnostics;
using AniSora.Training.Distributed;

namespace AniSora.Training.Tests.Distributed;

/// <summary>The real Open MPI: this program started by mpirun.</summary>
public class MpiTests
{
    // Seconds that mpirun leaves the others before it tells them to end, and again before it ends them.
    private static readonly string[] _timeToSayWhy = ["--mca", "odls_base_sigkill_timeout", "8"];

    [Fact]
    public void Collectives_join_what_the_ranks_give()
    {
        MpiRanks.Need();
        Assert.All(MpiRanks.Run(3, OfAnEngine), text => Assert.StartsWith($"{WorldTests.Joined} | Open MPI v", text));
    }

    private static string OfAnEngine(World world)
    {
        string joined = WorldTests.Collectives(world);
        // MPI may not take the signal away that .NET makes an exception of.
        string? nothing = Environment.GetEnvironmentVariable("never set");
        Assert.Throws<NullReferenceException>(() => nothing!.Length);
        // Longer than what travels in one piece, and started before the one before it is over.
        using var scope = NewDisposeScope();
        var (large, small) = (full(3_000_001, world.Rank + 1f), full(1, 1f));
        var (first, second) = (world.StartSum(large), world.StartSum(small));
        world.Await("second", second);
        world.Await("first", first);
        Assert.Equal((6f, 6f, 3f), (large.min().item<float>(), large.max().item<float>(), small.item<float>()));
        return $"{joined} | {world.Engine}";
    }

    [Fact]
    public void Gradients_are_the_sum_and_buckets_leave_early()
    {
        MpiRanks.Need();
        Assert.All(MpiRanks.Run(2, GradientReducerTests.Sums), text => Assert.Equal("early", text));
    }

    [Fact]
    public void A_killed_rank_is_named_and_ends_the_job()
    {
        MpiRanks.Need();
        using var job = MpiRanks.Start(2, WorkTogether, 60, _timeToSayWhy);
        MpiRanks.Job.Kill(Working(job, 1));
        job.End();
        Assert.NotEqual(0, job.Process.ExitCode);
        Assert.Matches(@"^all_reduce failed on rank 0 of 2: rank 1 \(process \d+ on .*\) no longer answers", job.Failure(0) ?? job.Error);
    }

    [Fact]
    public void A_first_rank_that_is_killed_is_named_by_the_others()
    {
        MpiRanks.Need();
        using var job = MpiRanks.Start(2, WorkTogether, 60, _timeToSayWhy);
        MpiRanks.Job.Kill(Working(job, 0));
        job.End();
        Assert.NotEqual(0, job.Process.ExitCode);
        Assert.Matches(@"^all_reduce failed on rank 1 of 2: rank 0.*no longer answers", job.Failure(1) ?? job.Error);
    }

    [Fact]
    public void A_rank_that_hangs_is_named_when_its_time_is_over()
    {
        MpiRanks.Need();
        using var job = MpiRanks.Start(2, WorkTogether, 5);
        int hung = Working(job, 1);
        Signal(hung, "STOP");
        MpiRanks.Job.Until(() => job.Failure(0) is not null, "rank 0 did not notice");
        Assert.Matches(@"^all_reduce failed on rank 0 of 2: rank 1 \(process \d+ on .*\) no longer answers \(no answer in \d+ s\)", job.Failure(0));
        MpiRanks.Job.Kill(hung);
        job.End();
    }

    [Fact]
    public void A_rank_that_gives_up_is_quoted()
    {
        MpiRanks.Need();
        using var job = MpiRanks.Start(2, GiveUp, 60, "--mca", "orte_abort_on_non_zero_status", "0");
        MpiRanks.Job.Until(() => job.Failure(0) is not null, "rank 0 did not notice");
        Assert.Contains("rank 1 (process", job.Failure(0));
        Assert.Contains("gave up: out of paper", job.Failure(0));
        job.End();
    }

    [Fact]
    public void Ranks_whose_launcher_is_gone_end()
    {
        MpiRanks.Need();
        using var job = MpiRanks.Start(2, WorkTogether);
        int[] ranks = [Working(job, 0), Working(job, 1)];
        job.Process.Kill();
        foreach (int rank in ranks)
            MpiRanks.Job.Until(() => !IsRunning(rank), $"process {rank} is still there");
    }

    private static string GiveUp(World world)
    {
        if (world.Rank == 1)
            throw new InputException("out of paper");
        world.Barrier();
        return "";
    }

    /// <summary>Works until somebody is lost, for two minutes at most.</summary>
    private static string WorkTogether(World world)
    {
        using var scope = NewDisposeScope();
        var x = ones(10);
        world.AllReduce(x);
        Console.WriteLine("working"); // once: the test may take the launcher away, which would read it
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(2); Thread.Sleep(5))
            world.AllReduce(x);
        return "";
    }

    /// <summary>A rank's process, once all ranks have worked together.</summary>
    private static int Working(MpiRanks.Job job, int rank)
    {
        job.WaitForOutput("working");
        return job.ProcessOf(rank);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Signal(int id, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{id}"]);
        kill.WaitForExit();
    }
}
