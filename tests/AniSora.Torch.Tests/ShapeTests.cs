namespace AniSora.Torch.Tests;

public class ShapeTests
{
    /// <summary>The numbers 0, 1, … in a shape, so that an element tells where it came from.</summary>
    private static Tensor Numbered(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b), dtype: float32).reshape(shape);

    /// <summary>Elements in row-major order of the index, each computed by a function of the index.</summary>
    private static void Expect(Tensor actual, long[] shape, Func<long[], double> element)
    {
        Assert.Equal(shape, actual.shape);
        var index = new long[shape.Length];
        var expected = new List<double>();
        for (var n = 0; n < shape.Aggregate(1L, (a, b) => a * b); n++)
        {
            long rest = n;
            for (var d = shape.Length - 1; d >= 0; d--)
                (rest, index[d]) = Math.DivRem(rest, shape[d]);
            expected.Add(element(index));
        }
        Numeric.Close(expected, actual);
    }

    [Fact]
    public void Views_rearrange_without_copying()
    {
        using var scope = NewDisposeScope();
        var x = Numbered(2, 3, 4);
        Expect(x.permute(2, 0, 1), [4, 2, 3], i => i[1] * 12 + i[2] * 4 + i[0]);
        Expect(x.transpose(-1, 0), [4, 3, 2], i => i[2] * 12 + i[1] * 4 + i[0]);
        Expect(x.view(6, -1), [6, 4], i => i[0] * 4 + i[1]);
        Expect(x.flatten(1), [2, 12], i => i[0] * 12 + i[1]);
        Expect(x.unflatten(-1, 2, 2), [2, 3, 2, 2], i => i[0] * 12 + i[1] * 4 + i[2] * 2 + i[3]);
        Expect(x.unsqueeze(1).squeeze(1), [2, 3, 4], i => i[0] * 12 + i[1] * 4 + i[2]);
        Expect(x.mT, [2, 4, 3], i => i[0] * 12 + i[2] * 4 + i[1]);
        Expect(x.narrow(1, 1, 2), [2, 2, 4], i => i[0] * 12 + (i[1] + 1) * 4 + i[2]);
        Expect(x.select(1, -1), [2, 4], i => i[0] * 12 + 8 + i[1]);
        Expect(x.slice(2, 1, 4, 2), [2, 3, 2], i => i[0] * 12 + i[1] * 4 + 1 + 2 * i[2]);
        Expect(x.unfold(2, 2, 1), [2, 3, 3, 2], i => i[0] * 12 + i[1] * 4 + i[2] + i[3]);
        Expect(Numbered(3, 1).expand(-1, 2), [3, 2], i => i[0]);
        Assert.Equal([1, 0], Numbered(3, 1).expand(3, 2).stride());

        x.permute(2, 0, 1)[0, 0, 0] = tensor(100f);
        Assert.Equal(100, x[0, 0, 0].item<float>());
        Assert.False(x.permute(2, 0, 1).is_contiguous());
        Assert.True(x.permute(2, 0, 1).contiguous().is_contiguous());
    }

    [Fact]
    public void Copies_repeat_turn_and_shift()
    {
        using var scope = NewDisposeScope();
        var x = Numbered(2, 3);
        Expect(x.repeat(2, 2), [4, 6], i => i[0] % 2 * 3 + i[1] % 3);
        Expect(x.repeat_interleave(2, 1), [2, 6], i => i[0] * 3 + i[1] / 2);
        Expect(x.flip(1), [2, 3], i => i[0] * 3 + 2 - i[1]);
        Expect(x.roll(1, 1), [2, 3], i => i[0] * 3 + (i[1] + 2) % 3);
        Expect(x.roll([1, -1], [0, 1]), [2, 3], i => (i[0] + 1) % 2 * 3 + (i[1] + 1) % 3);
        Expect(Numbered(3, 3).tril(), [3, 3], i => i[1] <= i[0] ? i[0] * 3 + i[1] : 0);
        Expect(Numbered(3, 3).triu(1), [3, 3], i => i[1] > i[0] ? i[0] * 3 + i[1] : 0);
    }

    [Fact]
    public void Joining_and_cutting_are_inverse()
    {
        using var scope = NewDisposeScope();
        var x = Numbered(2, 6);
        Expect(cat([x, x + 12], 0), [4, 6], i => i[0] * 6 + i[1]);
        Expect(cat(new List<Tensor> { x, x }, -1), [2, 12], i => i[0] * 6 + i[1] % 6);
        Expect(stack([x, x + 12]), [2, 2, 6], i => i[0] * 12 + i[1] * 6 + i[2]);
        Assert.Equal([[2, 4], [2, 2]], x.split(4, 1).Select(t => t.shape));
        Assert.Equal([[2, 1], [2, 2], [2, 3]], x.split([1, 2, 3], 1).Select(t => t.shape));
        Assert.True(cat(x.chunk(3, 1), 1).Equals(x));
        Assert.True(stack(x.unbind(1), 1).Equals(x));
        var (rows, columns) = meshgrid([arange(2), arange(3)]) is [var r, var c] ? (r, c) : throw new InvalidOperationException();
        Expect(rows, [2, 3], i => i[0]);
        Expect(columns, [2, 3], i => i[1]);
    }

    [Fact]
    public void Indices_ranges_and_new_dimensions()
    {
        using var scope = NewDisposeScope();
        var x = Numbered(3, 4, 5);
        double At(long i, long j, long k) => i * 20 + j * 5 + k;
        Expect(x[1], [4, 5], i => At(1, i[0], i[1]));
        Expect(x[-1, 2], [5], i => At(2, 2, i[0]));
        Assert.Equal(At(1, 2, 3), x[1, 2, 3].item<float>());
        Expect(x[1..3], [2, 4, 5], i => At(i[0] + 1, i[1], i[2]));
        Expect(x[.., ^1], [3, 5], i => At(i[0], 3, i[1]));
        Expect(x[.., 1..^1, TensorIndex.Slice(0, null, 2)], [3, 2, 3], i => At(i[0], i[1] + 1, i[2] * 2));
        Expect(x[TensorIndex.Ellipsis, 0], [3, 4], i => At(i[0], i[1], 0));
        Expect(x[TensorIndex.None, TensorIndex.Ellipsis, TensorIndex.None, 2], [1, 3, 4, 1], i => At(i[1], i[2], 2));
        Expect(x[TensorIndex.Colon, tensor([3L, 0])], [3, 2, 5], i => At(i[0], i[1] == 0 ? 3 : 0, i[2]));
        Expect(x[tensor([0L, 2]), TensorIndex.Colon, 1], [2, 4], i => At(i[0] * 2, i[1], 1));
        Numeric.Close(Enumerable.Range(50, 10).Select(v => (double)v), x[x >= 50]);
        Assert.Throws<ArgumentOutOfRangeException>(() => x[0, 0, 0, 0]);
    }

    [Fact]
    public void Assigning_through_an_indexer_writes_in_place()
    {
        using var scope = NewDisposeScope();
        var x = zeros(3, 4);
        x[1] = ones(4);
        x[.., 0] = tensor(2f);
        x[2, 3] = tensor(7f);
        x[x == 1] = tensor(5f);
        x.index_put_(9, 0, 1..3);
        Numeric.Close([2, 9, 9, 0, 2, 5, 5, 5, 2, 0, 0, 7], x);
    }

    [Fact]
    public void Gathering_and_scattering()
    {
        using var scope = NewDisposeScope();
        var x = Numbered(2, 3);
        var index = tensor(new long[,] { { 2, 0 }, { 1, 1 } });
        Numeric.Close([2, 0, 4, 4], x.gather(1, index));
        Numeric.Close([0, 2, 3, 5], x.index_select(1, tensor([0L, 2])));
        Numeric.Close([20, 0, 10, 0, 40, 0], zeros(2, 3).scatter(1, index, tensor(new float[,] { { 10, 20 }, { 30, 40 } })));
        Numeric.Close([20, 0, 10, 0, 70, 0], zeros(2, 3).scatter_add(1, index, tensor(new float[,] { { 10, 20 }, { 30, 40 } })));
        Numeric.Close([3, 4, 5], x.masked_select(x > 2));
        Assert.Equal([1, 0, 1, 1, 1, 2], (x > 2).nonzero().ToArray<long>());
    }

    [Fact]
    public void Gradients_flow_through_views_copies_and_indices()
    {
        using var scope = NewDisposeScope();
        var x = Numeric.Of(Numeric.Values(12, 9), 3, 4);
        Numeric.CheckGradients(t => t[0].permute(1, 0).reshape(2, 6), x);
        Numeric.CheckGradients(t => cat([t[0], t[0].flip(0)], 1), x);
        Numeric.CheckGradients(t => t[0][1..3, ^1], x);
        Numeric.CheckGradients(t => t[0].index_select(0, tensor([2L, 2, 0])), x);
        Numeric.CheckGradients(t => t[0].gather(1, tensor(new long[,] { { 0, 0 }, { 3, 1 }, { 2, 2 } })), x);
        Numeric.CheckGradients(t => t[0].roll(1, 0).repeat(2, 1), x);
        Numeric.CheckGradients(t => stack(t[0].unbind(1)), x);
    }
}
