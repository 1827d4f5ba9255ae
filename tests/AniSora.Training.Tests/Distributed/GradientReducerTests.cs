using AniSora.Models.Fast;
using AniSora.Training.Distributed;

namespace AniSora.Training.Tests.Distributed;

public class GradientReducerTests
{
    /// <summary>Four blocks, the second used twice, between layers that are in no block; the last block takes part only when told.</summary>
    private sealed class Net : Module<Tensor, Tensor>
    {
        private readonly Linear first, last;
        private readonly ModuleList<Linear> blocks = new();

        public Net()
            : base(nameof(Net))
        {
            first = Linear(6, 5);
            for (int i = 0; i < 4; i++)
                blocks.Add(Linear(5, 5));
            last = Linear(5, 2);
            RegisterComponents();
        }

        public bool WithLast { get; set; } = true;

        public override Tensor forward(Tensor x)
        {
            x = first.call(x);
            foreach (int i in WithLast ? [0, 1, 2, 1, 3] : new[] { 0, 1, 2, 1 })
                x = blocks[i].call(BlockEntry.Enter(blocks[i], x)).tanh();
            return last.call(x);
        }
    }

    [Fact]
    public void GradientsAreTheSumAndBucketsLeaveEarly() =>
        Assert.All(ThreadRanks.Run(2, Sums), text => Assert.Equal("early", text));

    /// <summary>Asserts that shares of 1 and 2 clips of 3 (of 4: 1 and 3) give a single process's gradients; also a rank's body under MPI.</summary>
    internal static string Sums(World world)
    {
        using var scope = NewDisposeScope();
        var (net, alone) = (Filled(), Filled());
        using var reducer = new GradientReducer(world, net.parameters(), bucketBytes: 200);
        int early = 0;
        for (int step = 0; step < 4; step++)
        {
            int clips = 3 + step % 2, from = world.Rank == 0 ? 0 : 1, to = world.Rank == 0 ? 1 : clips;
            var x = Clips(clips, step);
            Backward(alone, x, 1);
            foreach (var p in net.parameters())
                p.grad = null;
            reducer.BeforeForward();
            Backward(net, x[from..to], (double)(to - from) / clips);
            reducer.AfterBackward();
            early = reducer.SentEarly;
            foreach (var (p, q) in net.parameters().Zip(alone.parameters()))
                Assert.True((p.grad! - q.grad!).abs().max().item<float>() < 1e-6, $"step {step}");
        }
        return early >= 3 ? "early" : $"only {early} buckets";
    }

    [Fact]
    public void OtherPassesOnlyAddToTheNextRound() => Assert.All(ThreadRanks.Run(2, world =>
    {
        using var scope = NewDisposeScope();
        var (net, alone) = (Filled(), Filled());
        using var reducer = new GradientReducer(world, net.parameters(), bucketBytes: 200);
        bool equal = true;
        for (int step = 0; step < 3; step++)
        {
            foreach (var model in new[] { net, alone })
                foreach (var p in model.parameters())
                    p.grad = null;
            // Each rank has two parts, of 1 clip each.
            var x = Clips(4, step);
            alone.call(x).square().mean().backward();
            var mine = x[(2 * world.Rank)..(2 * world.Rank + 2)];
            (net.call(mine[0..1]).square().mean() * 0.25).backward();
            reducer.BeforeForward();
            (net.call(mine[1..2]).square().mean() * 0.25).backward();
            reducer.AfterBackward();
            equal &= net.parameters().Zip(alone.parameters()).All(p => (p.First.grad! - p.Second.grad!).abs().max().item<float>() < 1e-6);
        }
        return equal;
    }), Assert.True);

    [Fact]
    public void WhatTookNoPartCountsAsZeroAndHasNoGradientIfItTookNoneAnywhere()
    {
        var results = ThreadRanks.Run(2, world =>
        {
            using var scope = NewDisposeScope();
            var net = Filled();
            using var reducer = new GradientReducer(world, net.parameters(), bucketBytes: 200);
            var seen = new List<(bool Last, double Sum)>();
            foreach (var (here, there) in new[] { (true, true), (false, false), (true, false), (false, true) })
            {
                net.WithLast = world.Rank == 0 ? here : there;
                foreach (var p in net.parameters())
                    p.grad = null;
                reducer.BeforeForward();
                Backward(net, Clips(1, 5), 0.5);
                reducer.AfterBackward();
                var gradient = net.get_parameter("blocks.3.weight")!.grad;
                seen.Add((gradient is not null, gradient?.abs().sum().item<float>() ?? 0));
            }
            return seen;
        });
        foreach (var seen in results)
        {
            Assert.Equal([true, false, true, true], seen.Select(s => s.Last));
            Assert.Equal(seen[0].Sum / 2, seen[2].Sum, 1e-5);
            Assert.Equal(seen[0].Sum / 2, seen[3].Sum, 1e-5);
        }
    }

    [Fact]
    public void AMarkIsPassedWhenAllAfterItIsDone()
    {
        using var scope = NewDisposeScope();
        var (before, block) = (Linear(3, 3), Linear(3, 3));
        bool[]? there = null;
        var x = BlockEntry.Mark(before.call(ones(2, 3)), () => there = [before.weight.grad is null, block.weight.grad is not null, block.bias!.grad is not null]);
        block.call(block.call(x).sin()).sum().backward();
        Assert.Equal([true, true, true], there!);
        Assert.NotNull(before.weight.grad);
    }

    [Fact]
    public void DifferentModelsAreRefused() => Assert.All(ThreadRanks.Run(2, world =>
    {
        using var scope = NewDisposeScope();
        using var layer = Linear(3, 4 + world.Rank);
        return Assert.Throws<InputException>(() => new GradientReducer(world, layer.parameters())).Message;
    }), message => Assert.Contains("different models", message));

    // From within backward() an error would end the process: native code is between.
    [Fact]
    public void AnErrorOnTheWayComesAfterThePass()
    {
        using var scope = NewDisposeScope();
        var engine = new OutOfPaper();
        using var world = World.Connect(LaunchEnvironment.Alone, null, null, engine);
        var net = Filled();
        using var reducer = new GradientReducer(world, net.parameters(), bucketBytes: 200);
        reducer.BeforeForward();
        Backward(net, Clips(2, 1), 1);
        reducer.AfterBackward();
        engine.Fails = true;
        reducer.BeforeForward();
        Backward(net, Clips(2, 1), 1);
        Assert.Contains("out of paper", Assert.Throws<InvalidOperationException>(reducer.AfterBackward).Message);
    }

    private sealed class OutOfPaper : ICollectives, IPending
    {
        public bool Fails { get; set; }

        public string Engine => "none";

        public IPending AllReduce(Tensor tensor, ReduceOp op) => Fails ? throw new CollectiveException("out of paper") : this;

        public IPending Broadcast(Tensor tensor, int root) => this;

        public IPending AllGather(Tensor tensor, Tensor all) => this;

        public bool Wait(TimeSpan limit) => true;

        public void Abandon()
        {
        }

        public void Dispose()
        {
        }
    }

    private static Net Filled()
    {
        var net = new Net();
        using var noGrad = no_grad();
        int number = 0;
        foreach (var p in net.parameters())
            p.copy_((arange(p.numel()) * 1.7 + number++).sin().view(p.shape));
        return net;
    }

    private static Tensor Clips(int count, int step) => (arange(count * 6) * 0.9 + step).cos().view(count, 6);

    private static void Backward(Net net, Tensor x, double share)
    {
        foreach (var p in net.parameters())
            p.grad = null;
        (net.call(x).square().mean() * share).backward();
    }
}
