using System.Net;
using System.Net.Sockets;
using AniSora.Training.Distributed;

namespace AniSora.Tests;

/// <summary>
/// Runs the ranks of a job as threads of this process: c10d does not mind, and a debugger sees them all. (Real processes are tested
/// through the command line.)
/// </summary>
internal static class Ranks
{
    /// <summary>Runs the body on each rank.</summary>
    /// <returns>What each returned, by rank.</returns>
    public static T[] Run<T>(int size, Func<World, T> body)
    {
        int port = FreePort();
        var results = new T[size];
        var errors = new Exception?[size];
        var threads = Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                using var world = World.Connect(new LaunchEnvironment(rank, size, rank, size, "127.0.0.1", port, 0, "torchrun"), TimeSpan.FromSeconds(60));
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
}
