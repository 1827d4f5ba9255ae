namespace AniSora.Kernels.Tests;

public class OrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(4096)]
    public void The_median_is_what_sorting_finds(int count)
    {
        var random = new SplitMix((ulong)count);
        for (int round = 0; round < 50; round++)
        {
            // With many equal values too.
            float[] values = [.. Enumerable.Range(0, count).Select(_ => (float)(round % 2 == 0 ? random.NextDouble() : random.Next(3)))];
            Assert.Equal(values.Order().ElementAt(count / 2), Order.Median([.. values]));
        }
    }
}
