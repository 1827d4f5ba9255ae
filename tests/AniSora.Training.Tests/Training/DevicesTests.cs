using AniSora.Models.Runtime;
using AniSora.Training.Distributed;

namespace AniSora.Training.Tests;

/// <summary>What a process computes on, with and without GPUs in the machine.</summary>
public sealed class DevicesTests
{
    private static readonly LaunchEnvironment _alone = LaunchEnvironment.Alone;

    private static string Choose(string name, int gpus, LaunchEnvironment? launch = null) =>
        Devices.Choose(name, launch ?? _alone, gpus, "2.10.0", builtForCuda: gpus > 0).ToString();

    private static LaunchEnvironment Rank(int local, int of) => new(4 + local, 8, local, of, "host0", 29500, 0, "Slurm");

    [Theory]
    [InlineData("auto", 0, "cpu")]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("auto", 2, "cuda:0")]
    [InlineData("cuda", 2, "cuda:0")]
    [InlineData("cuda:1", 2, "cuda:1")]
    public void One_process_gets_what_it_asks_for(string name, int gpus, string expected) => Assert.Equal(expected, Choose(name, gpus));

    [Fact]
    public void Each_process_of_a_host_gets_a_GPU_of_its_own()
    {
        Assert.Equal(["cuda:0", "cuda:1", "cuda:2"], Enumerable.Range(0, 3).Select(local => Choose("cuda", 4, Rank(local, 3))));
        Assert.Equal("cuda:2", Choose("auto", 4, Rank(2, 4)));
        Assert.Equal("cpu", Choose("auto", 0, Rank(2, 4)));
        AssertRefused(() => Choose("cuda", 2, Rank(2, 4)), "process 3 of 4", "cuda:0 to cuda:1", "--device cpu");
        AssertRefused(() => Choose("cuda:1", 4, Rank(0, 4)), "cuda:1", "--device cuda");
    }

    [Fact]
    public void What_is_not_there_is_named_with_what_is()
    {
        AssertRefused(() => Choose("cuda:2", 2), "--device cuda:2", "cuda:0 to cuda:1");
        AssertRefused(() => Choose("cuda", 0), "--device cuda", "2.10.0", "without CUDA", "TorchDevice=cuda", "--device cpu");
        AssertRefused(() => Devices.Choose("cuda:0", _alone, 0, "2.1.0", builtForCuda: true), "built for CUDA", "CUDA_VISIBLE_DEVICES");
        foreach (string name in new[] { "gpu", "meta", "CUDA", "cuda:", "cuda:-1", "cuda:1:2", "" })
            AssertRefused(() => Choose(name, 2), $"--device {name}: unknown", "cuda:N");
    }

    [Fact]
    public void This_machine_is_asked_for_the_rest()
    {
        Assert.Equal(cuda.is_available() ? "cuda:0" : "cpu", Devices.Choose(Devices.Auto, _alone).ToString());
        Assert.Equal(CPU, Devices.Choose("cpu", _alone));
        Assert.True(TorchReport.Read().BuiltForCuda || !cuda.is_available());
        if (cuda.is_available())
            return;
        Assert.Throws<InputException>(() => Devices.Choose("cuda", _alone));
    }

    [Fact]
    public void Transfers_copy_where_there_is_a_way_to_go()
    {
        using var scope = NewDisposeScope();
        var x = rand(3);
        Assert.Same(x, x.ToDevice(CPU));
        var away = x.ToDevice(META);
        Assert.Equal(("meta", "[3]"), (away.device.ToString(), $"[{string.Join(", ", away.shape)}]"));
        Assert.Same(away, away.ToDevice(META));
        float[] numbers = [1, 2, 3, 4];
        var copy = TensorData.ToTensor<float>(numbers, [2, 2], CPU);
        numbers[0] = 9;
        Assert.Equal([1, 2, 3, 4], copy.ToArray<float>());
        Assert.Equal([2, 2], TensorData.ToTensor<float>(numbers, [2, 2], META).shape);
        Assert.Throws<ArgumentException>(() => TensorData.ToTensor<float>(numbers, [3], CPU));
    }

    private static void AssertRefused(Func<object> choose, params string[] named)
    {
        var message = Assert.Throws<InputException>(choose).Message;
        Assert.All(named, text => Assert.Contains(text, message, StringComparison.Ordinal));
    }
}
