using System.Diagnostics;

namespace AniSora.Torch.Tests;

public class RuntimeTests
{
    [Fact]
    public void The_report_shows_an_OpenMP_BLAS_and_all_processors()
    {
        var report = TorchRuntime.Report();
        Assert.Matches(@"^\d+\.\d+\.\d+", report.Version);
        Assert.Contains("libtorch_cpu", report.LibtorchPath);
        Assert.Contains("libanisora_torch.so", report.ShimPath);
        Assert.NotEmpty(TorchRuntime.BuildInfo);
        if (report.BlasConfig.Length == 0)
            return;
        Assert.Equal(BlasThreading.OpenMP, report.BlasThreading);
        Assert.Contains(report.BlasPaths, path => path.Contains("openblas-openmp", StringComparison.Ordinal));
        Assert.DoesNotContain(report.BlasPaths, path => path.Contains("pthread", StringComparison.Ordinal));
        Assert.Equal(report.Threads, report.BlasThreads);
        Assert.Equal("oneDNN", report.MatrixLibrary);
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1")]
    public void Threads_follow_the_processors_or_OMP_NUM_THREADS(string? variable)
    {
        var wanted = variable ?? Environment.ProcessorCount.ToString();
        Assert.StartsWith($"{wanted} {wanted} ", Ask("OMP_NUM_THREADS", variable).Output);
    }

    [Fact]
    public void ANISORA_SGEMM_chooses_what_multiplies_matrices()
    {
        Assert.EndsWith(" oneDNN", Ask("ANISORA_SGEMM", "onednn").Output);
        Assert.EndsWith(" BLAS", Ask("ANISORA_SGEMM", "blas").Output);
        Assert.Contains("ANISORA_SGEMM=mkl: unknown; use onednn (the default) or blas", Ask("ANISORA_SGEMM", "mkl").Error);
    }

    /// <summary>Asks in a process of its own, since libtorch reads variables when it is loaded. The test program answers itself.</summary>
    private static (string Output, string Error) Ask(string name, string? value)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(RuntimeTests).Assembly.Location);
        start.ArgumentList.Add(ThreadQuestion.Argument);
        start.Environment.Remove(name);
        if (value is not null)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output.Trim(), error.Result);
    }

    [Fact]
    public void Random_state_makes_a_round_trip()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        randn(7);
        var state = TorchRuntime.GetRngState();
        var expected = randn(5).ToArray<float>();
        randn(100);
        TorchRuntime.SetRngState(state);
        Assert.Equal(expected, randn(5).ToArray<float>());
        Assert.Throws<TorchException>(() => TorchRuntime.SetRngState([1, 2, 3]));
        manual_seed(5);
        Assert.Equal(5, random.initial_seed());
    }

    [Fact]
    public void Generators_have_states_of_their_own()
    {
        using var scope = NewDisposeScope();
        using Generator a = new(1), b = new(1);
        var first = randn(4, generator: a).ToArray<float>();
        randn(4);
        Assert.Equal(first, randn(4, generator: b).ToArray<float>());
        using var state = a.get_state();
        var second = rand(4, generator: a).ToArray<float>();
        a.set_state(state);
        Assert.Equal(second, rand(4, generator: a).ToArray<float>());
        Assert.Equal(first, randn(4, generator: a.manual_seed(1)).ToArray<float>());
        Assert.Equal(1, a.initial_seed());
        a.seed();
        a.Dispose();
        Assert.Throws<ObjectDisposedException>(() => randn(4, generator: a));
    }
}
