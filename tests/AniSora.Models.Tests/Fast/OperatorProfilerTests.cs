namespace AniSora.Models.Fast.Tests;

/// <summary>Not parallel with other tests: a profile is of the whole process.</summary>
[CollectionDefinition(nameof(OperatorProfilerTests), DisableParallelization = true)]
public class OperatorProfilerCollection;

[Collection(nameof(OperatorProfilerTests))]
public class OperatorProfilerTests
{
    private static IReadOnlyList<OperatorEvent> Record(Action work)
    {
        OperatorProfiler.Start();
        work();
        return OperatorProfiler.Stop().Events;
    }

    [Fact]
    public void Kernels_in_CSharp_show_under_their_names_forward_and_backward()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(4, 8).requires_grad_(), up = randn(16, 8), upBias = randn(16), down = randn(8, 16), downBias = randn(8);
        var events = Record(() => FastOps.FeedForward(x, up, upBias, down, downBias).sum().Backward());

        var forward = Assert.Single(events, e => e.Name == "anisora::FeedForward");
        var backward = Assert.Single(events, e => e.Name == "anisora::FeedForwardBackward");
        Assert.True(forward.Start <= forward.End && forward.End <= backward.Start && backward.Start <= backward.End);
        Assert.False(backward.IsBackwardNode);
        Assert.Equal(events.OrderBy(e => e.Start).Select(e => e.Start), events.Select(e => e.Start));
    }

    [Fact]
    public void Products_inside_a_kernel_are_counted_like_the_plain_ones()
    {
        using var scope = NewDisposeScope();
        Tensor[] qkv = [.. Enumerable.Range(0, 3).Select(_ => randn(2, 10, 3, 4).requires_grad_())];
        var events = Record(() => FastOps.Attention(qkv[0], qkv[1], qkv[2]).sum().Backward());
        const double product = 2.0 * 2 * 3 * 10 * 10 * 4;
        Assert.Equal(2 * product, Assert.Single(events, e => e.Name == "anisora::Attention").Flops);
        // The scores once more, and four gradients.
        Assert.Equal(5 * product, Assert.Single(events, e => e.Name == "anisora::AttentionBackward").Flops);

        var plain = Record(() =>
        {
            using (FastOps.Plain())
                FastOps.Attention(qkv[0], qkv[1], qkv[2]).sum().Backward();
        });
        Assert.DoesNotContain(plain, e => e.Name == "anisora::Attention");
    }

    [Fact]
    public void Work_outside_of_functions_can_be_named_and_costs_nothing_unrecorded()
    {
        Assert.Null(OperatorProfiler.Record("Nothing"));
        OperatorProfiler.CountFlops(1);
        var events = Record(() =>
        {
            using var outer = OperatorProfiler.Record("Outer");
            OperatorProfiler.CountFlops(1);
            using (OperatorProfiler.Record("Inner"))
                OperatorProfiler.CountFlops(2);
            OperatorProfiler.CountFlops(4);
        });
        Assert.Equal([("anisora::Outer", 5), ("anisora::Inner", 2)], events.Select(e => (e.Name, e.Flops)));
    }

    [Fact]
    public void A_recomputed_block_shows_as_such()
    {
        using var scope = NewDisposeScope();
        var layer = nn.Linear(4, 4);
        var x = randn(2, 4);
        var events = Record(() =>
        {
            using var on = ActivationCheckpointing.Blocks();
            ActivationCheckpointing.Block(layer, t => layer.forward(t[0]), x).sum().Backward();
        });
        Assert.Single(events, e => e.Name == "anisora::ActivationCheckpointing");
        Assert.Single(events, e => e.Name == "anisora::ActivationCheckpointingBackward");
    }

    [Fact]
    public void Operators_of_libtorch_show_with_the_nodes_of_the_backward_pass_around_them()
    {
        Assert.True(OperatorProfiler.SeesOperators);
        using var scope = NewDisposeScope();
        Tensor x = randn(4, 8).requires_grad_(), w = randn(8, 16);
        var events = Record(() =>
        {
            x.mm(w).sum().Backward();
            // Not a task: waiting for one may run it right here.
            var other = new Thread(() => w.neg().Dispose());
            other.Start();
            other.Join();
        });
        var forward = events.First(e => e.Name == "aten::mm");
        Assert.False(forward.IsBackwardNode);
        var node = Assert.Single(events, e => e.Name == "MmBackward0");
        Assert.True(node.IsBackwardNode);
        Assert.Contains(events, e => e.Name == "aten::mm" && e.Start >= node.Start && e.End <= node.End && e.Thread == node.Thread);
        Assert.All(events, e => Assert.True(e.Start <= e.End));
        Assert.DoesNotContain(events, e => e.Name.Contains("engine", StringComparison.Ordinal));
        // Operators of other threads, with their numbers.
        Assert.NotEqual(forward.Thread, Assert.Single(events, e => e.Name == "aten::neg").Thread);

        x.mm(w).Dispose(); // nobody listens any more
        Assert.Empty(Record(() => { }));
    }

    [Fact]
    public void An_operator_that_fails_leaves_the_others_in_order()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(4, 8), y = randn(7, 8);
        var events = Record(() =>
        {
            Assert.ThrowsAny<System.Runtime.InteropServices.ExternalException>(() => x.mm(y));
            x.neg();
        });
        Assert.Single(events, e => e.Name == "aten::neg");
    }
}
