using AniSora.Torch.Modules;

namespace AniSora.Torch.Tests;

/// <summary>The default device, and libtorch's <c>meta</c> device, which stands in for devices that this machine has not got.</summary>
public sealed class MetaDeviceTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_scope_decides_where_tensors_are_made_and_ends()
    {
        using (device_scope(META))
        {
            Tensor[] made =
            [
                zeros(2), ones(2, 3), empty([4]), full([2], 7), arange(3), linspace(0, 1, 3), logspace(0, 1, 3), eye(3), rand(2), randn(2), randint(0, 5, [2]),
                normal(0, 1, [2]), tensor(1f), tensor(new[] { 1L, 2L }), from_array(new[,] { { 1f }, { 2f } }), zeros(2).new_zeros(3), zeros_like(zeros(2)),
            ];
            Assert.All(made, t => Assert.Equal(DeviceType.META, t.device_type));
            Assert.Equal(META, get_default_device());

            // What says where it belongs, or has its elements in main memory, is not moved.
            Assert.Equal(DeviceType.CPU, zeros(2, device: CPU).device_type);
            Assert.Equal(DeviceType.CPU, zeros_like(zeros(2, device: CPU)).device_type);
            Assert.Equal(DeviceType.CPU, randn(2, generator: new Generator(1)).device_type);
            Assert.Equal([1f, 2f], TensorMemory.Copy<float>([1f, 2f], 2).ToArray<float>());
            using (device_scope(CPU))
                Assert.Equal(DeviceType.CPU, zeros(2).device_type);
            Assert.Equal(DeviceType.META, zeros(2).device_type);
        }
        Assert.Equal(CPU, get_default_device());
        Assert.Equal(DeviceType.CPU, zeros(2).device_type);
    }

    [Fact]
    public void A_scope_is_its_threads_own()
    {
        using var scope = device_scope(META);
        var other = DeviceType.META;
        var thread = new Thread(() => other = zeros(2).device_type);
        thread.Start();
        thread.Join();
        Assert.Equal(DeviceType.CPU, other);
    }

    [Fact]
    public void Layers_construct_run_and_differentiate_without_memory()
    {
        using var meta = device_scope(META);
        long held = TorchRuntime.HeldKib;
        // 4 GB of weights, were they anywhere.
        using var wide = nn.Linear(32768, 32768);
        var y = wide.call(randn(5, 32768));
        Assert.Equal([5, 32768], y.shape);
        y.sum().backward();
        Assert.Equal([32768, 32768], wide.weight.grad!.shape);
        wide.to(bfloat16);
        Assert.Equal(bfloat16, wide.call(zeros([5, 32768], bfloat16)).dtype);
        Assert.InRange(TorchRuntime.HeldKib - held, -(1L << 20), 1 << 16); // other tests hold and free some of their own

        Check(nn.Conv3d(4, 6, 3, stride: 2, padding: 1), randn([2, 4, 5, 8, 9]), [2, 6, 3, 4, 5]);
        Check(nn.Conv2d(4, 6, 3), randn([2, 4, 8, 9]), [2, 6, 6, 7]);
        Check(nn.LayerNorm(8), randn([2, 3, 8]), [2, 3, 8]);
        Check(nn.GroupNorm(2, 4), randn([2, 4, 5, 6]), [2, 4, 5, 6]);
        Check(nn.Embedding(10, 7), zeros([2, 3], int64), [2, 3, 7]);
        Assert.Equal([2, 5, 3], randn([2, 5, 3]).flip(1).shape);
        Assert.Equal([2, 4, 3], randn([2, 5, 3]).index_select(1, zeros([4], int64)).shape);
        Assert.Equal([1, 6, 9, 7], nn.functional.conv_transpose2d(randn([1, 4, 5, 4]), randn([4, 6, 3, 3]), strides: [2, 2], padding: [1, 1]).shape);

        static void Check(nn.Module<Tensor, Tensor> layer, Tensor input, long[] shape)
        {
            if (input.dtype.IsFloatingPoint())
                input.requires_grad_();
            var output = layer.call(input);
            Assert.Equal((DeviceType.META, float32), (output.device_type, output.dtype));
            Assert.Equal(shape, output.shape);
            output.sum().backward();
            Assert.All(layer.parameters(), p => Assert.Equal(p.shape, p.grad!.shape));
            if (input.requires_grad)
                Assert.Equal(input.shape, input.grad!.shape);
        }
    }

    [Fact]
    public void The_shapes_are_those_of_the_CPU()
    {
        foreach (long stride in new long[] { 1, 2, 3 })
            foreach (long padding in new long[] { 0, 1, 2 })
                foreach (long dilation in new long[] { 1, 2 })
                {
                    Tensor Convolve(Device device) => nn.functional.conv3d(
                        zeros([1, 2, 7, 8, 9], device: device), zeros([4, 1, 2, 3, 3], device: device), zeros(4, device: device),
                        [stride, 1, stride], [padding, padding, 0], [1, dilation, 1], groups: 2);
                    Assert.Equal(Convolve(CPU).shape, Convolve(META).shape);
                }
    }

    [Fact]
    public void What_does_not_fit_is_an_error_as_on_any_device()
    {
        using var meta = device_scope(META);
        var x = randn([2, 4, 5, 6, 7]);
        Assert.Throws<TorchException>(() => nn.functional.conv3d(x, randn([4, 3, 3, 3, 3])));
        Assert.Throws<TorchException>(() => nn.functional.layer_norm(x, [6]));
        Assert.Throws<TorchException>(() => nn.functional.group_norm(x, 3));
        // Nor may devices be mixed.
        Assert.Throws<TorchException>(() => x + ones([7], device: CPU));
        Assert.Throws<TorchException>(() => nn.functional.layer_norm(x, [7], ones([7], device: CPU)));
        Assert.Throws<TorchException>(() => nn.functional.conv3d(x, randn([4, 4, 3, 3, 3], device: CPU)));
        Assert.Throws<TorchException>(() => x.index_select(1, zeros([1], int64, CPU)));
        Assert.Throws<TorchException>(() => x.cpu());
    }
}
