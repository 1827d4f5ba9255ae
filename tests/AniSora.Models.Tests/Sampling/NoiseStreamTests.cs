using AniSora.Models.Runtime;
using AniSora.Models.Sampling;

namespace AniSora.Models.Tests;

/// <summary>The numbers are libtorch's own.</summary>
public sealed class NoiseStreamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20_261_124)]
    [InlineData(0x1_0000_0007)]
    [InlineData(ulong.MaxValue)]
    public void Numbers_are_those_of_randn_whatever_is_asked_for_and_in_what_order(ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var stream = new NoiseStream(seed);
        // Below 16 numbers are drawn one by one, of which every second is kept for the next call, over calls for more, too.
        foreach (int count in (int[])[1, 3, 16, 15, 17, 0, 31, 1, 32, 100, 2, 624, 1000, 5120, 7, 4097, 16, 9])
        {
            float[] expected = randn([count], generator: generator).ToArray<float>(), drawn = stream.Draw(count);
            Assert.Equal(count, drawn.Length);
            Assert.All(expected.Zip(drawn), p => Assert.InRange(p.Second - p.First, -1e-6f, 1e-6f));
        }
    }

    [Fact]
    public void A_tensor_of_any_shape_is_filled_in_its_order()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var expected = randn([1, 16, 5, 8, 9], generator: generator).ToArray<float>();
        Assert.All(expected.Zip(new NoiseStream(3).Draw(expected.Length)), p => Assert.InRange(p.Second - p.First, -1e-6f, 1e-6f));
    }
}
