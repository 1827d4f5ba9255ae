using System.Diagnostics;
using System.Reflection;
using AniSora.Training.Distributed;

namespace AniSora.Tests;

/// <summary>Runs a static method as the ranks of a real job: this test program again, under mpirun.</summary>
internal static class MpiRanks
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <summary>Skips the test where there is no Open MPI.</summary>
    public static void Need() => Assert.SkipUnless(File.Exists("/usr/bin/mpirun"), "Open MPI is not installed: apt-get install openmpi-bin");

    /// <summary>Runs the method on each rank.</summary>
    /// <param name="size">Ranks.</param>
    /// <param name="body">A static method; what it returns comes back.</param>
    /// <returns>What each returned, by rank.</returns>
    public static string[] Run(int size, Func<World, string> body)
    {
        using var job = Start(size, body);
        job.End();
        Assert.True(job.Process.ExitCode == 0, $"exit code {job.Process.ExitCode}: {job.Error}");
        return [.. Enumerable.Range(0, size).Select(job.Result)];
    }

    /// <summary>Starts a job, whose processes are gone when the result is disposed.</summary>
    /// <param name="size">Ranks.</param>
    /// <param name="body">A static method.</param>
    /// <param name="timeout">How long the ranks wait for each other, in seconds.</param>
    /// <param name="mpirun">Further options of mpirun.</param>
    public static Job Start(int size, Func<World, string> body, int timeout = 60, params string[] mpirun)
    {
        if (!body.Method.IsStatic)
            throw new ArgumentException("a rank's body must be a static method, since another process calls it", nameof(body));
        return new Job(size, body.Method, timeout, mpirun);
    }

    /// <summary>What a rank does: called by the program's entry point.</summary>
    public static int RunRank(string type, string method, string folder, string timeout)
    {
        set_num_threads(1);
        var launch = LaunchEnvironment.Detect();
        string results = Path.Combine(folder, $"{launch.Rank}");
        File.WriteAllText(results + ".pid", $"{Environment.ProcessId}");
        try
        {
            using var world = World.Connect(launch, TimeSpan.FromSeconds(int.Parse(timeout)));
            var body = Type.GetType(type, throwOnError: true)!.GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
            try
            {
                File.WriteAllText(results, body.CreateDelegate<Func<World, string>>()(world));
            }
            catch (Exception e)
            {
                world.Farewell(e.Message);
                throw;
            }
            return 0;
        }
        catch (Exception e)
        {
            File.WriteAllText(results + ".error", e is RankLostException or InputException ? e.Message : e.ToString());
            Console.Error.WriteLine(e);
            return 1;
        }
    }

    internal sealed class Job : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Task<string> _error;
        private readonly System.Text.StringBuilder _output = new();

        public Job(int size, MethodInfo body, int timeout, string[] mpirun)
        {
            var start = new ProcessStartInfo("mpirun",
            [
                "-n", $"{size}", "--oversubscribe", "--bind-to", "none", "--mca", "oob_tcp_if_include", "lo", .. mpirun,
                "-x", "OMP_NUM_THREADS=1", "-x", $"MASTER_PORT={ThreadRanks.FreePort()}",
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(MpiRanks).Assembly.Location,
                TestProgram.Rank, body.DeclaringType!.AssemblyQualifiedName!, body.Name, _folder.Path, $"{timeout}",
            ])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            (start.Environment["OMPI_ALLOW_RUN_AS_ROOT"], start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]) = ("1", "1");
            Process = Process.Start(start)!;
            _error = Process.StandardError.ReadToEndAsync();
            Process.OutputDataReceived += (_, line) =>
            {
                lock (_output)
                    _output.Append(line.Data);
            };
            Process.BeginOutputReadLine();
            Size = size;
        }

        public Process Process { get; }

        public int Size { get; }

        /// <summary>What all printed to standard error, after the end.</summary>
        public string Error => _error.Result;

        /// <summary>What a rank's body returned; null if it did not.</summary>
        public string Result(int rank) => Read($"{rank}") ?? "";

        /// <summary>The message that a rank failed with; null if it has not.</summary>
        public string? Failure(int rank) => Read($"{rank}.error");

        /// <summary>A rank's process, as soon as it runs.</summary>
        public int ProcessOf(int rank)
        {
            Until(() => Read($"{rank}.pid") is not null, $"rank {rank} did not start");
            return int.Parse(Read($"{rank}.pid")!);
        }

        /// <summary>Waits until some rank has printed something.</summary>
        public void WaitForOutput(string text) => Until(() =>
        {
            lock (_output)
                return _output.ToString().Contains(text);
        }, $"no rank printed '{text}'");

        /// <summary>Waits for the job's end.</summary>
        public void End() => Assert.True(Process.WaitForExit(_limit), "the job did not end");

        /// <summary>Waits for something to become true.</summary>
        public static void Until(Func<bool> condition, string otherwise)
        {
            var watch = Stopwatch.StartNew();
            while (!condition())
            {
                Assert.True(watch.Elapsed < _limit, otherwise);
                Thread.Sleep(20);
            }
        }

        public void Dispose()
        {
            for (int rank = 0; rank < Size; rank++)
            {
                if (Read($"{rank}.pid") is { } process)
                    Kill(int.Parse(process));
            }
            if (!Process.HasExited)
                Process.Kill(entireProcessTree: true);
            Process.Dispose();
            _folder.Dispose();
        }

        /// <summary>Ends a process, if it runs.</summary>
        public static void Kill(int id)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended.
            }
        }

        private string? Read(string name)
        {
            try
            {
                return File.ReadAllText(_folder[name]) is { Length: > 0 } text ? text : null;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }
}
