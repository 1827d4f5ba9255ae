namespace AniSora.Cli.Tests;

/// <summary>What users see of <c>--kernels</c>.</summary>
public sealed class KernelsOptionTests
{
    [Theory]
    [InlineData("metal", "auto, simd, cuda or opencl")]
    [InlineData("opencl:no such device", "there are 0: ")]
    public async Task A_choice_that_cannot_be_had_is_one_line(string choice, string named)
    {
        var result = await CliRunner.RunAsync("data", "flow", "a.png", "b.png", "--out", "f.flo", "--kernels", choice);
        result.AssertBadInput("--kernels", choice, named);
    }

    [Fact]
    public async Task Doctor_says_what_auto_is_and_which_devices_there_are()
    {
        var result = await CliRunner.RunAsync("doctor");
        Assert.Matches("--kernels auto is (SIMD|cuda:0|opencl:0): ", result.Output);
        Assert.Contains("opencl:0 ", result.Output, StringComparison.Ordinal);
    }
}
