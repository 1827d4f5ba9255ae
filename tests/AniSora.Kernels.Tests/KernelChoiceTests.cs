using AniSora.Kernels.OpenCl;

namespace AniSora.Kernels.Tests;

public class KernelChoiceTests
{
    private static readonly OpenClDevice _cpu = new(0, "Some CPU", "PoCL", "OpenCL 3.0", IsGpu: false, SharesMemory: true, 1L << 30);
    private static readonly OpenClDevice _brokenGpu = new(1, "Broken GPU", "None", "OpenCL 1.2", IsGpu: true, SharesMemory: false, 1L << 30);

    [Theory]
    [InlineData("auto")]
    [InlineData("simd")]
    [InlineData("opencl")]
    [InlineData("opencl:1")]
    [InlineData("opencl:geforce 4090: laptop")]
    public void ChoicesAreReadAndWritten(string text) => Assert.Equal(text, KernelChoice.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("cuda")]
    [InlineData("opencl:")]
    [InlineData("simd:2")]
    [InlineData("SIMD")]
    public void OtherTextIsRefused(string text) =>
        Assert.Contains("auto, simd, opencl", Assert.Throws<FormatException>(() => KernelChoice.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void AutoTakesSimdUnlessThereIsAGpuThatStarts()
    {
        Assert.StartsWith("SIMD", KernelChoice.Auto.Open(null).Describe(), StringComparison.Ordinal);
        Assert.StartsWith("SIMD", KernelChoice.Auto.Open([]).Describe(), StringComparison.Ordinal);
        Assert.StartsWith("SIMD", KernelChoice.Auto.Open([_cpu]).Describe(), StringComparison.Ordinal);
        // Its handle is no device's, so the loader refuses it.
        Assert.StartsWith("SIMD", KernelChoice.Auto.Open([_cpu, _brokenGpu]).Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsAskedForAndNotThereIsSaid()
    {
        Assert.Contains("libOpenCL.so.1", Refusal("opencl", null), StringComparison.Ordinal);
        Assert.Contains("no OpenCL device", Refusal("opencl", []), StringComparison.Ordinal);
        Assert.Contains("there are 0: Some CPU, 1: Broken GPU", Refusal("opencl:7", [_cpu, _brokenGpu]), StringComparison.Ordinal);
        Assert.Contains("no such device", Refusal("opencl:radeon", [_cpu]), StringComparison.Ordinal);
        Assert.Contains("on Broken GPU: CL_INVALID_DEVICE (-33)", Refusal("opencl:broken", [_cpu, _brokenGpu]), StringComparison.Ordinal);

        static string Refusal(string choice, IReadOnlyList<OpenClDevice>? devices) =>
            Assert.Throws<OpenClException>(() => KernelChoice.Parse(choice).Open(devices)).Message;
    }

    [Fact]
    public void ADeviceIsFoundByItsNameAndDescribed()
    {
        var device = OpenClDevice.List()![0];
        using var kernels = KernelChoice.Parse($"opencl:{device.Name[..3].ToUpperInvariant()}").Open();
        Assert.Contains(device.Name, kernels.Describe(), StringComparison.Ordinal);
    }
}
