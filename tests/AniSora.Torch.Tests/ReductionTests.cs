namespace AniSora.Torch.Tests;

public class ReductionTests
{
    private readonly float[] _values = Numeric.Values(24, 11);

    /// <summary>Element [i, j, k] of the [2, 3, 4] tensor that all tests here reduce.</summary>
    private double At(int i, int j, int k) => _values[(i * 3 + j) * 4 + k];

    private Tensor X() => Numeric.Of(_values, 2, 3, 4);

    [Fact]
    public void Sums_and_means()
    {
        using var scope = NewDisposeScope();
        var x = X();
        Numeric.Close([_values.Sum(v => (double)v)], x.sum());
        Numeric.Close([_values.Average(v => (double)v)], x.mean());
        var overMiddle = from i in Enumerable.Range(0, 2) from k in Enumerable.Range(0, 4) select At(i, 0, k) + At(i, 1, k) + At(i, 2, k);
        Numeric.Close(overMiddle, x.sum(1));
        Numeric.Close(overMiddle.Select(v => v / 3), x.mean([1]));
        Assert.Equal([2, 1, 4], x.sum(1, keepdim: true).shape);
        var overEnds = Enumerable.Range(0, 3).Select(j => Enumerable.Range(0, 8).Sum(n => At(n / 4, j, n % 4)));
        Numeric.Close(overEnds, x.sum(0, 2));
        Numeric.Close(overEnds, x.sum([0, 2]));
        Numeric.Close(overEnds.Select(v => v / 8), x.mean([0, -1]));
        Assert.Equal(float64, x.sum(type: float64).dtype);
        Assert.Equal([2, 3], x.sum(-1).shape);
    }

    [Fact]
    public void Variance_and_deviation()
    {
        using var scope = NewDisposeScope();
        var x = X();
        var mean = _values.Average(v => (double)v);
        var squares = _values.Sum(v => (v - mean) * (v - mean));
        Numeric.Close([squares / 23], x.var());
        Numeric.Close([squares / 24], x.var(unbiased: false));
        Numeric.Close([Math.Sqrt(squares / 23)], x.std());
        var rows = from i in Enumerable.Range(0, 2)
                   from j in Enumerable.Range(0, 3)
                   let m = Enumerable.Range(0, 4).Average(k => At(i, j, k))
                   select Enumerable.Range(0, 4).Sum(k => Math.Pow(At(i, j, k) - m, 2));
        Numeric.Close(rows.Select(v => v / 3), x.var(-1));
        Numeric.Close(rows.Select(v => Math.Sqrt(v / 4)), x.std([2], unbiased: false));
    }

    [Fact]
    public void Extremes_and_their_places()
    {
        using var scope = NewDisposeScope();
        var x = X();
        Numeric.Close([_values.Max()], x.max());
        Numeric.Close([_values.Min()], x.min());
        Assert.Equal(Array.IndexOf(_values, _values.Max()), x.argmax().item<long>());
        Assert.Equal(Array.IndexOf(_values, _values.Min()), x.argmin().item<long>());
        var (values, places) = x.max(2);
        var rows = from i in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 3) select Enumerable.Range(0, 4).Select(k => At(i, j, k)).ToArray();
        Numeric.Close(rows.Select(r => r.Max()), values);
        Assert.Equal(rows.Select(r => (long)Array.IndexOf(r, r.Max())), places.ToArray<long>());
        Assert.Equal(rows.Select(r => (long)Array.IndexOf(r, r.Min())), x.argmin(2).ToArray<long>());
        Numeric.Close(rows.Select(r => r.Max()), x.amax([-1]));
        var (top, at) = x.flatten().topk(3);
        Numeric.Close(_values.OrderDescending().Take(3).Select(v => (double)v), top);
        Numeric.Close(at.ToArray<long>().Select(i => (double)_values[i]), top);
        Numeric.Close(_values.Order().Select(v => (double)v), x.flatten().sort().values);
    }

    [Fact]
    public void Norms_running_totals_and_truth()
    {
        using var scope = NewDisposeScope();
        var x = X();
        Numeric.Close([Math.Sqrt(_values.Sum(v => (double)v * v))], x.norm());
        Numeric.Close([_values.Sum(v => Math.Abs((double)v))], x.norm(1f));
        Numeric.Close(Enumerable.Range(0, 6).Select(r => Math.Sqrt(_values.Skip(r * 4).Take(4).Sum(v => (double)v * v))), x.norm(2, false, 2f));
        Numeric.Close(Enumerable.Range(0, 24).Select(n => _values.Skip(n / 4 * 4).Take(n % 4 + 1).Sum(v => (double)v)), x.cumsum(-1));
        Numeric.Close(Enumerable.Range(0, 24).Select(n => _values.Skip(n / 4 * 4).Take(n % 4 + 1).Aggregate(1.0, (p, v) => p * v)), x.cumprod(-1), 1e-4);
        Numeric.Close(Enumerable.Range(0, 6).Select(r => Math.Log(_values.Skip(r * 4).Take(4).Sum(v => Math.Exp(v)))), x.logsumexp([2]));
        Assert.Equal(_values.All(v => v > -1), x.gt(-1).all().item<bool>());
        Assert.Equal(_values.Any(v => v > 1.9), x.gt(1.9).any().item<bool>());
        Assert.Equal(_values.Count(v => v > 0), x.gt(0).sum().item<long>());
        Assert.Equal(_values.Count(v => v > 0), x.gt(0).count_nonzero().item<long>());
        Numeric.Close([2.5], quantile(tensor([1f, 2, 3, 4]), tensor(.5f)));
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        using var scope = NewDisposeScope();
        var x = Numeric.Of(_values[..12], 3, 4);
        Numeric.CheckGradients(t => t[0].sum(1), x);
        Numeric.CheckGradients(t => t[0].mean([0], keepdim: true), x);
        Numeric.CheckGradients(t => t[0].var(-1), x);
        Numeric.CheckGradients(t => t[0].std([0], unbiased: false), x);
        Numeric.CheckGradients(t => t[0].max(1).values, x);
        Numeric.CheckGradients(t => t[0].norm(1, true, 2f), x);
        Numeric.CheckGradients(t => t[0].cumsum(0), x);
        Numeric.CheckGradients(t => t[0].cumprod(1), x);
        Numeric.CheckGradients(t => t[0].logsumexp([1]), x);
    }
}
