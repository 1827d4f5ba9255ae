using System.Net;
using System.Net.Sockets;
using AniSora.Tests;
using static AniSora.Torch.torch;

namespace AniSora.Torch.Tests.Distributed;

public class WorldTests
{
    [Fact]
    public void CollectivesJoinWhatTheRanksGive()
    {
        var results = Ranks.Run(3, world =>
        {
            using var scope = NewDisposeScope();
            var sum = full([2], world.Rank + 1.0);
            world.AllReduce(sum);
            Span<double> most = [world.Rank, -world.Rank];
            world.AllReduce(most, ReduceOp.Max);
            var copied = full([3], world.Rank * 10.0);
            world.Broadcast([copied], root: 1);
            var all = world.AllGather(full([1], world.Rank * 1.5));
            world.Barrier();
            return (Sum: sum.data<float>().ToArray(), Most: most.ToArray(), Copied: copied.data<float>().ToArray(), All: all.Select(a => a.item<float>()).ToArray());
        });
        Assert.All(results, r =>
        {
            Assert.Equal([6f, 6f], r.Sum);
            Assert.Equal([2.0, 0.0], r.Most);
            Assert.Equal([10f, 10f, 10f], r.Copied);
            Assert.Equal([0f, 1.5f, 3f], r.All);
        });
    }

    [Fact]
    public void AReducersGradientsAreTheMeanAndAccumulateWhenItIsNotTold()
    {
        var results = Ranks.Run(2, world =>
        {
            using var scope = NewDisposeScope();
            manual_seed(1);
            var layer = nn.Linear(4, 3);
            using var reducer = new GradientReducer(world, layer.parameters(), bucketBytes: 16);
            var gradients = new List<float[]>();
            for (int step = 0; step < 3; step++)
            {
                layer.zero_grad();
                var x = full([2, 4], world.Rank + step + 1.0);
                if (step == 2)
                    layer.call(x).sum().backward(); // stays local, and is added to the next
                reducer.BeforeForward();
                var loss = layer.call(x).sum();
                reducer.BeforeBackward(loss);
                loss.backward();
                gradients.Add(layer.weight.grad!.data<float>().ToArray());
            }
            return gradients;
        });
        foreach (var gradients in results)
        {
            Assert.All(gradients[0], g => Assert.Equal(2 * 1.5f, g));
            Assert.All(gradients[1], g => Assert.Equal(2 * 2.5f, g));
            Assert.All(gradients[2], g => Assert.Equal(4 * 3.5f, g));
        }
    }

    [Fact]
    public void ARankThatGivesUpIsNamedToTheOthers()
    {
        // Rank 0 keeps what the ranks know of each other, so it stays until the other has looked.
        using var looked = new CountdownEvent(2);
        var errors = Ranks.Run(3, world =>
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
    public void RanksOnDifferentKindsOfDevicesAreToldSo()
    {
        int port = Ranks.FreePort();
        Device[] devices = [CPU, META]; // a GPU's transport would wait for rank 0 in vain
        // Rank 0 waits for the other in vain, for as long as it is told to; the other finds out at once, and comes first so as to be in time.
        double[] seconds = [4, 60];
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
        Assert.Contains("rank 0 computes on CPU and rank 1 on META", errors[1]);
        Assert.Contains("rank 0 of 2 could not meet", errors[0]);
    }

    [Fact]
    public void OneProcessAloneNeedsNobody()
    {
        using var scope = NewDisposeScope();
        var x = full([2], 3.0);
        World.Alone.AllReduce(x);
        World.Alone.Barrier();
        Assert.Equal(3, World.Alone.AllGather(x).Single()[0].item<float>());
        Assert.True(World.Alone.IsFirst);
    }
}
