namespace AniSora.Models.Fast.Tests;

public sealed class CheckpointingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Recomputed_blocks_give_the_same_bits(bool blockInBlock)
    {
        using var layers = Sequential(nn.Linear(16, 16), nn.Linear(16, 16));
        Tensor x = randn([4, 16]).requires_grad_(), z = randn([4, 16]).requires_grad_(), unused = randn([4]);
        Tensor Block(Tensor a, Tensor b)
        {
            var h = nn.functional.dropout(layers[0].call(a) * a, 0.5, training: true);
            return FastOps.Linear(h, ((Linear)layers[1]).weight!, ((Linear)layers[1]).bias) * b + a;
        }
        Tensor[] Run(bool on)
        {
            manual_seed(3);
            using var scope = ActivationCheckpointing.Blocks(on);
            Tensor Once(Tensor a, Tensor b) => ActivationCheckpointing.Block(layers, t => Block(t[0], t[1]), a, b);
            var y = Once(x, z);
            y = blockInBlock ? ActivationCheckpointing.Block(layers, t => Once(t[0], t[1]), y, z, unused) : Once(y, z);
            y = y + rand(y.shape); // what is drawn after the blocks is drawn alike
            return [y, .. Differentiation.Gradients([y.square().sum()], [x, z, .. layers.parameters()]), rand([3])];
        }
        foreach (var (kept, again) in Run(false).Zip(Run(true)))
            Assert.True((kept - again).abs().max().item<float>() == 0);
    }

    [Fact]
    public void An_exception_in_a_recomputed_block_comes_out()
    {
        var layer = nn.Linear(4, 4);
        int runs = 0;
        using var on = ActivationCheckpointing.Blocks();
        var y = ActivationCheckpointing.Block(layer, t => ++runs == 1 ? layer.call(t[0]) : throw new TimeoutException("again"), randn([2, 4]).requires_grad_());
        Assert.Equal("again", Assert.Throws<TimeoutException>(() => y.sum().Backward()).Message);
    }

    [Fact]
    public void Memory_stays_flat_over_two_thousand_steps()
    {
        var modulation = new Parameter(randn([1, 2, 64]) * 0.1);
        var weight = new Parameter(randn([64, 64]) * 0.1);
        var module = new ParameterList([modulation, weight]);
        void Step()
        {
            using var scope = NewDisposeScope();
            using var recompute = ActivationCheckpointing.Blocks(Random.Shared.Next(2) == 0);
            var x = randn([1, 64, 64]);
            var y = ActivationCheckpointing.Block(module, t =>
            {
                var h = FastOps.ModulatedNorm(t[0], modulation, modulation, 8, 1e-5);
                var q = FastOps.Linear(h, weight).view(1, 64, 4, 16);
                return FastOps.AddGated(t[0], FastOps.Attention(q, q, q).reshape(1, 64, 64), modulation, 8);
            }, x);
            y.square().mean().Backward();
            modulation.grad?.zero_();
            weight.grad?.zero_();
        }
        for (int i = 0; i < 300; i++)
            Step();
        var (bytes, tensors) = (Resident(), Tensor.TotalCount);
        for (int i = 0; i < 2000; i++)
            Step();
        // A step allocates some 600 kB.
        Assert.InRange(Resident() - bytes, long.MinValue, 30 << 20);
        Assert.InRange(Tensor.TotalCount - tensors, long.MinValue, 20);
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }
}
