using AniSora.Torch.Recording;

namespace AniSora.Torch.Tests.Recording;

/// <summary>Counts the tensors and the allocations of the whole process, so nothing else runs meanwhile.</summary>
[Collection(nameof(AllocationTests))]
public sealed class RecordingMemoryTests
{
    public RecordingMemoryTests()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [Fact]
    public void Nothing_is_left_of_a_disposed_graph()
    {
        using var net = nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 4));
        using var table = ones(6);
        using var unused = ones(3);
        long before = Tensor.TotalCount;
        using (var graph = Recorded.Record(x =>
        {
            _ = unused + 1;
            return net.call(x.mul(table).add_(1));
        }, net))
        {
            // Four weights and the table; nothing of the passes.
            Assert.Equal(before + 5, Tensor.TotalCount);
            using var input = ones(3, 2, 6);
            foreach (var output in graph.Run(input))
                output.Dispose();
            Assert.Equal(before + 6, Tensor.TotalCount);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Nothing_is_left_of_a_recording_that_failed()
    {
        using var net = nn.Linear(6, 6);
        using var table = ones(6);
        long before = Tensor.TotalCount;
        int calls = 0;
        Func<Tensor, Tensor>[] models =
        [
            x => x + x.max().item<float>(), // in the first pass
            x => x.shape[1] > 2 ? x.relu() : x.tanh(), // comparing passes
            x => x * (1.0 / x.shape[0]), // making the graph
            x => x.narrow(1, 0, x.shape[1] / 2), // in the check of sizes
            x => ++calls == 5 ? throw new InvalidDataException("the model's own") : x,
        ];
        foreach (var model in models)
            Assert.ThrowsAny<Exception>(() => Recorded.Record(x => model(net.call(x + table)), net));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_call_of_a_module_allocates_nothing_of_its_own()
    {
        using var input = ones(1);
        using var net = new Same();
        using var span = ones(4);
        for (int i = 0; i < 100; i++)
            Calls();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Calls();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Calls()
        {
            net.call(input);
            span.AsSpan<float>()[0] = 1;
        }
    }

    private sealed class Same() : Module<Tensor, Tensor>(nameof(Same))
    {
        public override Tensor forward(Tensor input) => input;
    }
}
