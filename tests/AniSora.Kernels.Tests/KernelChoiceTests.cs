using AniSora.Kernels.Gpu;

namespace AniSora.Kernels.Tests;

public class KernelChoiceTests
{
    private const string Lack = "a generic address space (OpenCL 2.0)";
    private static readonly GpuDevice _cpu = new("opencl", 0, "Some CPU", IsGpu: false, 1L << 30, Lack);
    private static readonly GpuDevice _oldGpu = new("opencl", 1, "Old GPU", IsGpu: true, 1L << 30, Lack);
    private static readonly GpuDevice _brokenGpu = new("cuda", 0, "Broken GPU", IsGpu: true, 1L << 30, null);

    [Theory]
    [InlineData("auto")]
    [InlineData("simd")]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    [InlineData("opencl")]
    [InlineData("opencl:1")]
    [InlineData("opencl:geforce 4090: laptop")]
    public void Choices_are_read_and_written(string text) => Assert.Equal(text, KernelChoice.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("metal")]
    [InlineData("opencl:")]
    [InlineData("simd:2")]
    [InlineData("SIMD")]
    public void Other_text_is_refused(string text) =>
        Assert.Contains("auto, simd, cuda or opencl", Assert.Throws<FormatException>(() => KernelChoice.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Auto_takes_SIMD_unless_there_is_a_GPU_that_starts()
    {
        foreach (GpuDevice[] devices in (GpuDevice[][])[[], [_cpu], [_cpu, _oldGpu], [_brokenGpu, _cpu]])
            Assert.StartsWith("SIMD", KernelChoice.Auto.Open(devices, _ => true).Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_asked_for_and_not_there_is_said()
    {
        Assert.Contains("no CUDA driver (libcuda.so.1)", Refusal("cuda", loader: false), StringComparison.Ordinal);
        Assert.Contains("no OpenCL loader (libOpenCL.so.1)", Refusal("opencl", loader: false), StringComparison.Ordinal);
        Assert.Contains("the driver offers no device", Refusal("opencl", loader: true, _brokenGpu), StringComparison.Ordinal);
        Assert.Contains("there are 0: Some CPU, 1: Old GPU", Refusal("opencl:7", loader: true, _cpu, _oldGpu), StringComparison.Ordinal);
        Assert.Contains("no such device", Refusal("opencl:radeon", loader: true, _cpu), StringComparison.Ordinal);
        Assert.Contains($"Old GPU lacks {Lack}", Refusal("opencl:OLD", loader: true, _cpu, _oldGpu), StringComparison.Ordinal);
        Assert.Contains("Broken GPU is no device of this computer", Refusal("cuda", loader: true, _brokenGpu), StringComparison.Ordinal);

        static string Refusal(string choice, bool loader, params GpuDevice[] devices) =>
            Assert.Throws<GpuException>(() => KernelChoice.Parse(choice).Open(devices, _ => loader)).Message;
    }

    [Fact]
    public void A_device_is_described_with_its_memory_and_what_it_lacks()
    {
        Assert.Equal("Broken GPU (GPU, 1 GiB)", _brokenGpu.ToString());
        Assert.Equal($"Some CPU (CPU, 1 GiB, can't be used: lacks {Lack})", _cpu.ToString());
    }
}
