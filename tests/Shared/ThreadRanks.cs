using System.Net;
using System.Net.Sockets;
using AniSora.Training.Distributed;

namespace AniSora.Tests;

/// <summary>
/// Runs the ranks of a job as threads of this process, which a debugger sees all: with the real rendezvous and heartbeat, and an engine
/// that adds in memory. (Open MPI itself is tested by <see cref="MpiRanks"/>.)
/// </summary>
internal static class ThreadRanks
{
    /// <summary>Runs the body on each rank.</summary>
    /// <returns>What each returned, by rank.</returns>
    public static T[] Run<T>(int size, Func<World, T> body)
    {
        int port = FreePort();
        var meeting = new Meeting(size);
        var results = new T[size];
        var errors = new Exception?[size];
        var threads = Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                using var world = World.Connect(new LaunchEnvironment(rank, size, rank, size, "127.0.0.1", port, 0, "torchrun"), TimeSpan.FromSeconds(60), null, new Threads(meeting, rank));
                try
                {
                    results[rank] = body(world);
                }
                catch (Exception e)
                {
                    world.Farewell(e.Message);
                    throw;
                }
            }
            catch (Exception e)
            {
                errors[rank] = e;
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.All(errors, e => Assert.Null(e));
        return results;
    }

    /// <summary>A TCP port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Where the n-th operations of all ranks meet; whoever comes last carries it out.</summary>
    private sealed class Meeting(int size)
    {
        private readonly Dictionary<int, List<(int Rank, Tensor[] Tensors)>> _there = [];
        private readonly Dictionary<int, Place> _places = [];

        public IPending Come(int number, int rank, Tensor[] tensors, Action<Tensor[][]> together)
        {
            lock (_there)
            {
                if (!_places.TryGetValue(number, out var place))
                    (_places[number], _there[number]) = (place = new Place(), []);
                var all = _there[number];
                all.Add((rank, tensors));
                if (all.Count == size)
                {
                    using var noGrad = no_grad();
                    using var scope = NewDisposeScope();
                    together([.. all.OrderBy(a => a.Rank).Select(a => a.Tensors)]);
                    place.Over.Set();
                    _there.Remove(number);
                }
                return place;
            }
        }

        private sealed class Place : IPending
        {
            public ManualResetEventSlim Over { get; } = new();

            public bool Wait(TimeSpan limit) => Over.Wait(limit);
        }
    }

    private sealed class Threads(Meeting meeting, int rank) : ICollectives
    {
        private int _number;

        public string Engine => "threads";

        public IPending AllReduce(Tensor tensor, ReduceOp op) => meeting.Come(_number++, rank, [tensor], all =>
        {
            var joined = all.Select(a => a[0]).Aggregate((a, b) => op switch { ReduceOp.Sum => a + b, ReduceOp.Min => minimum(a, b), _ => maximum(a, b) });
            foreach (var one in all)
                one[0].copy_(joined);
        });

        public IPending Broadcast(Tensor tensor, int root) => meeting.Come(_number++, rank, [tensor], all =>
        {
            foreach (var one in all)
                one[0].copy_(all[root][0]);
        });

        public IPending AllGather(Tensor tensor, Tensor all) => meeting.Come(_number++, rank, [tensor, all], each =>
        {
            foreach (var one in each)
                one[1].copy_(stack(each.Select(e => e[0])));
        });

        public void Abandon()
        {
        }

        public void Dispose()
        {
        }
    }
}
