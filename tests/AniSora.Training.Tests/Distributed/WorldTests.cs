using System.Net;
using System.Net.Sockets;
using AniSora.Models.Runtime;
using AniSora.Training.Distributed;

namespace AniSora.Training.Tests.Distributed;

public class WorldTests
{
    [Fact]
    public void CollectivesJoinWhatTheRanksGive() => Assert.All(ThreadRanks.Run(3, Collectives), text => Assert.Equal(Joined, text));

    internal const string Joined = "6 6 | 2 0 | 10 10 10 | 0 1.5 3 | -2 | 12";

    /// <summary>One of each; also a rank's body under MPI.</summary>
    internal static string Collectives(World world)
    {
        using var scope = NewDisposeScope();
        var sum = full([2], world.Rank + 1f);
        world.AllReduce(sum);
        Span<double> most = [world.Rank, -world.Rank];
        world.AllReduce(most, ReduceOp.Max);
        var copied = full([3], world.Rank * 10f);
        world.Broadcast([copied], root: 1);
        var all = world.AllGather(full([1], world.Rank * 1.5f));
        var least = full([1], -world.Rank, dtype: ScalarType.Int64);
        world.AllReduce(least, ReduceOp.Min);
        var bytes = full([1], world.Rank + 10, dtype: ScalarType.BFloat16); // copied as they are
        world.Broadcast([bytes], root: 2);
        world.Barrier();
        return string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{string.Join(' ', sum.data<float>().ToArray())} | {most[0]:0} {most[1]:0} | {string.Join(' ', copied.data<float>().ToArray())} | {string.Join(' ', all.Select(a => a.item<float>()))} | {least.item<long>()} | {bytes.to(ScalarType.Float32).item<float>()}");
    }

    [Fact]
    public void ARankThatGivesUpIsNamedToTheOthers()
    {
        // Rank 0 keeps what the ranks know of each other, so it stays until the other has looked.
        using var looked = new CountdownEvent(2);
        var errors = ThreadRanks.Run(3, world =>
        {
            if (world.Rank == 1)
            {
                world.Farewell("out of paper");
                world.Dispose();
                return null;
            }
            try
            {
                return Assert.Throws<RankLostException>(world.Barrier);
            }
            finally
            {
                looked.Signal();
                looked.Wait(TimeSpan.FromSeconds(60));
            }
        });
        foreach (var error in new[] { errors[0], errors[2] })
        {
            Assert.Equal([1], error!.Ranks);
            Assert.Contains("rank 1 (process", error.Message);
            Assert.Contains("gave up: out of paper", error.Message);
        }
    }

    [Fact]
    public void MeetingNobodyIsAClearError()
    {
        // Held, but not listened at: nobody else gets the port meanwhile.
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var launch = new LaunchEnvironment(1, 2, 1, 2, "127.0.0.1", ((IPEndPoint)held.LocalEndPoint!).Port, 0, "torchrun");
        var error = Assert.Throws<InputException>(() => World.Connect(launch, TimeSpan.FromSeconds(1)));
        Assert.Contains("rank 1 of 2 could not meet the others at 127.0.0.1", error.Message);
        Assert.Contains("MASTER_PORT", error.Message);
    }

    [Fact]
    public void ARankThatDoesNotComeIsNamedByTheFirst()
    {
        var launch = new LaunchEnvironment(0, 2, 0, 2, "127.0.0.1", ThreadRanks.FreePort(), 0, "torchrun");
        Assert.Contains("rank 1 did not come", Assert.Throws<InputException>(() => World.Connect(launch, TimeSpan.FromSeconds(0.3))).Message);
    }

    [Fact]
    public void RanksOnDifferentKindsOfDevicesAreToldSo()
    {
        // A GPU's engine would wait for rank 0 in vain. Rank 0 waits for the other in vain, for as long as it is told to; the other finds
        // out at once, and comes first so as to be in time.
        var errors = Meet([CPU, META], [4, 60]);
        Assert.Contains("rank 0 computes on CPU and rank 1 on META", errors[1]);
        Assert.Contains("rank 0 of 2 could not meet", errors[0]);
    }

    // Told by torchrun's variables, but not started by mpirun: MPI would make a job of one out of each.
    [Fact]
    public void RanksThatMpiDidNotStartAreToldSo() => Assert.All(Meet([CPU, CPU], [60, 60]), error =>
    {
        Assert.Contains("was not started by MPI", error);
        Assert.Contains("anisora launch", error);
    });

    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE", true)]
    [InlineData("PMIX_RANK", true)]
    [InlineData("SLURM_PROCID", false)]
    public void MpisLaunchersAreKnownByTheirVariables(string variable, bool mpi) =>
        Assert.Equal(mpi, MpiCollectives.StartedByMpi(name => name == variable ? "0" : null));

    [Fact]
    public void OneProcessAloneNeedsNobody()
    {
        using var scope = NewDisposeScope();
        var x = full([2], 3f);
        string[] before = TorchLibrary.MappedLibraries(); // another test may have loaded an engine
        World.Alone.AllReduce(x);
        World.Alone.Barrier();
        Assert.Equal(3, World.Alone.AllGather(x).Single()[0].item<float>());
        Assert.True(World.Alone.IsFirst);
        World.Connect(LaunchEnvironment.Alone).Dispose();
        Assert.DoesNotContain(TorchLibrary.MappedLibraries().Except(before), library => library.Contains("libmpi") || library.Contains("libnccl"));
    }

    private static string?[] Meet(Device[] devices, double[] seconds)
    {
        int port = ThreadRanks.FreePort();
        var errors = new string?[2];
        var threads = new[] { 1, 0 }.Select(rank => new Thread(() =>
        {
            try
            {
                World.Connect(new LaunchEnvironment(rank, 2, rank, 2, "127.0.0.1", port, 0, "torchrun"), TimeSpan.FromSeconds(seconds[rank]), devices[rank]).Dispose();
            }
            catch (InputException e)
            {
                errors[rank] = e.Message;
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return errors;
    }
}
