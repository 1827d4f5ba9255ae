namespace AniSora.Torch.Tests;

public class CreationTests
{
    [Fact]
    public void Constants_ranges_and_grids()
    {
        using var scope = NewDisposeScope();
        Numeric.Close([0, 0, 0, 0, 0, 0], zeros(2, 3));
        Numeric.Close([1, 1], ones([2]));
        Numeric.Close([2.5, 2.5], full(2, 2.5));
        Assert.Equal(int64, full([2], 3).dtype);
        Assert.Equal(uint8, zeros([2, 3, 4], uint8).dtype);
        Assert.Equal([2, 3, 4, 5, 6], empty([2, 3, 4, 5, 6]).shape);
        Numeric.Close([0, 1, 2], arange(3));
        Numeric.Close([1, 1.5, 2, 2.5], arange(1, 3, .5));
        Numeric.Close([-1, -.5, 0, .5, 1], linspace(-1, 1, 5));
        Numeric.Close([1, 10, 100], logspace(0, 2, 3), 1e-4);
        Numeric.Close([1, 0, 0, 0, 1, 0], eye(2, 3));
        using var x = zeros(2, 2, dtype: float64, requires_grad: true);
        Assert.True(x.requires_grad);
        Assert.Equal(float64, zeros_like(x).dtype);
        Assert.Equal(float32, ones_like(x, float32).dtype);
        Numeric.Close([3, 3, 3, 3], full_like(x, 3));
        Assert.Equal([2, 2], empty_like(x).shape);
        Assert.Equal([2, 2], randn_like(x).shape);
    }

    [Fact]
    public void From_numbers_and_arrays()
    {
        using var scope = NewDisposeScope();
        Assert.Equal((float32, 0L), (tensor(1f).dtype, tensor(1f).ndim));
        Assert.Equal(int64, tensor(1L).dtype);
        Assert.Equal(float64, tensor(1.0).dtype);
        Assert.Equal(ScalarType.Bool, tensor(true).dtype);
        Numeric.Close([1, 2, 3], tensor(new[] { 1f, 2, 3 }));
        Numeric.Close([1, 2, 3, 4], tensor(new List<int> { 1, 2, 3, 4 }, 2, 2));
        Assert.Equal([2, 2], tensor(new float[,] { { 1, 2 }, { 3, 4 } }).shape);
        Assert.Equal([1, 2, 2], tensor(new long[,,] { { { 1, 2 }, { 3, 4 } } }).shape);
        Numeric.Close([1, 2, 3, 4], from_array(new byte[,] { { 1, 2 }, { 3, 4 } }));
        Assert.Equal(float16, tensor(new[] { (Half)1 }).dtype);
        Assert.Equal(float64, tensor(new[] { 1, 2 }, dtype: float64).dtype);
        Assert.Throws<ArgumentException>(() => tensor(new[] { 1f, 2 }, [3]));
        Assert.Throws<NotSupportedException>(() => from_array(new[] { 'a' }));
    }

    [Fact]
    public void Reading_elements()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([1, 2, 3, 4, 5, 6], x.data<float>());
        Assert.Equal([1, 4, 2, 5, 3, 6], x.t().data<float>().ToArray());
        Assert.Equal(6, x.data<float>()[1, 2]);
        Assert.Equal(4, x.t().data<float>()[1]);
        x.data<float>()[0, 0] = 10;
        Assert.Equal(10, x[0, 0].item<float>());
        Assert.Equal(10, (float)x[0, 0]);
        Assert.Equal(10, x[0, 0].ToInt32());
        Assert.Equal(24, x.bytes.Length);
        x.AsSpan<float>().Fill(2);
        Assert.Equal(12, x.sum().ToSingle());
        x.t().data<float>().CopyFrom([1, 2, 3, 4, 5, 6]);
        Numeric.Close([1, 3, 5, 2, 4, 6], x);
        Assert.Throws<InvalidOperationException>(() => x.data<long>());
        Assert.Contains("contiguous", Assert.Throws<InvalidOperationException>(() => x.t().AsSpan<float>()).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.data<float>()[2, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.size(2));
        Assert.Throws<TorchException>(() => x.item<float>());
    }

    [Fact]
    public void Conversions()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.7f, -1.7f, 0]);
        Assert.Equal([1, -1, 0], x.to(int64).ToArray<long>());
        Assert.Equal([true, true, false], x.@bool().ToArray<bool>());
        Assert.Equal(bfloat16, x.bfloat16().dtype);
        Assert.Equal(1.703125f, x.bfloat16().@float()[0].item<float>());
        Assert.Equal(float64, x.to(zeros(1, float64)).dtype);
        Assert.Equal(float64, x.type_as(zeros(1, float64)).dtype);
        Assert.Equal(x.data_ptr(), x.to(float32).data_ptr());
        Assert.NotEqual(x.data_ptr(), x.to(float32, copy: true).data_ptr());
        Assert.Equal(DeviceType.CPU, x.to("cpu").device_type);
        var source = zeros(2);
        source.to(int32, disposeAfter: true);
        Assert.True(source.IsInvalid);
        Assert.Equal("[3], type = Float32, device = cpu", x.ToString());
    }

    [Fact]
    public void Random_numbers_follow_their_distribution()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var uniform = rand(10_000).ToArray<float>();
        Assert.All(uniform, v => Assert.InRange(v, 0, 1));
        Assert.InRange(uniform.Average(), .48, .52);
        Assert.InRange(randn(10_000).std().item<float>(), .97f, 1.03f);
        Assert.Equal([3L, 4, 5], randint(3, 6, [1000]).ToArray<long>().Distinct().Order());
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), randperm(50).ToArray<long>().Order());
        Assert.InRange(normal(5, .1, [1000]).mean().item<float>(), 4.98f, 5.02f);
        Assert.InRange(bernoulli(full(10_000, .3)).mean().item<float>(), .28f, .32f);
        Assert.All(multinomial(tensor([0f, 1, 1]), 100, replacement: true).ToArray<long>(), v => Assert.InRange(v, 1, 2));
        Assert.InRange(zeros(1000).normal_(2, .1).mean().item<float>(), 1.98f, 2.02f);
        Assert.All(zeros(100).uniform_(2, 3).ToArray<float>(), v => Assert.InRange(v, 2, 3));
    }

    [Fact]
    public void Devices_and_scalars()
    {
        Assert.Equal(new Device(DeviceType.CUDA, 1), (Device)"cuda:1");
        Assert.Equal("cuda:1", device("cuda:1").ToString());
        Assert.Equal("cpu", CPU.ToString());
        Assert.Throws<ArgumentException>(() => device("cuda:x"));
        Assert.Throws<ArgumentException>(() => device("toaster"));
        Assert.Equal(cuda.device_count() > 0, cuda.is_available());
        Scalar fraction = 1.5, integer = 3, truth = true;
        Assert.Equal((float64, int64, ScalarType.Bool), (fraction.Type, integer.Type, truth.Type));
        Assert.Equal((1, 3L, 1f), (fraction.ToInt32(), integer.ToInt64(), truth.ToSingle()));
    }
}
