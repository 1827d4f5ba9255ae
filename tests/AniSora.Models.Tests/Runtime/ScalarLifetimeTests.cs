using AniSora.Models.Runtime;

namespace AniSora.Models.Tests.Runtime;

/// <summary>Numbers in expressions outlive collections that fall into the operator that reads them.</summary>
public sealed class ScalarLifetimeTests
{
    [Fact]
    public void Numbers_survive_a_collector_that_never_rests()
    {
        TorchLibrary.EnsureLoaded();
        using var done = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var x = ones(8);
            for (int i = 0; i < 100_000; i++)
            {
                using var scope = NewDisposeScope();
                Assert.Equal(24, (addcmul(x, x, x, 1.5) + x * 0.5).sum().item<float>());
            }
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }
}
