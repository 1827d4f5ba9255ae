using AniSora.Models.Runtime;
using AniSora.Models.Sampling;

namespace AniSora.Models.Tests;

public sealed class DenseArrayTests
{
    private static DenseArray Counting(params long[] shape) => new([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (float)i)], shape);

    [Fact]
    public void A_mix_is_the_weighted_sum()
    {
        var mixed = DenseArray.Mix((2, Counting(2, 3)), (-0.5, Counting(2, 3)), (0, Counting(2, 3)));
        Assert.Equal([2, 3], mixed.Shape);
        Assert.Equal([0, 1.5f, 3, 4.5f, 6, 7.5f], mixed.Values);
        Assert.Throws<ArgumentException>(() => DenseArray.Mix((1, Counting(2, 3)), (1, Counting(3, 2))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Pieces_along_an_axis_make_the_whole_as_in_libtorch(int axis)
    {
        using var scope = NewDisposeScope();
        var whole = Counting(4, 5, 6);
        DenseArray[] parts = [whole.Narrow(axis, 0, 1), whole.Narrow(axis, 1, 2), whole.Narrow(axis, 3, whole.Shape[axis] - 3)];
        var expected = whole.ToTensor().narrow(axis, 1, 2).contiguous();
        Assert.Equal(expected.shape, parts[1].Shape);
        Assert.Equal(expected.ToArray<float>(), parts[1].Values);
        var again = DenseArray.Concat(parts, axis);
        Assert.Equal(whole.Shape, again.Shape);
        Assert.Equal(whole.Values, again.Values);
    }

    [Fact]
    public void Numbers_that_do_not_fill_the_shape_are_refused() =>
        Assert.Contains("[2, 3]", Assert.Throws<ArgumentException>(() => new DenseArray(new float[5], 2, 3)).Message);
}
