namespace AniSora.Torch.Tests;

public class LinalgTests
{
    private static double[] Product(float[] a, float[] b, int n, int k, int m, int batch = 1)
    {
        var c = new double[batch * n * m];
        for (var s = 0; s < batch; s++)
            for (var i = 0; i < n; i++)
                for (var j = 0; j < m; j++)
                    for (var l = 0; l < k; l++)
                        c[(s * n + i) * m + j] += (double)a[(s * n + i) * k + l] * b[(s * k + l) * m + j];
        return c;
    }

    [Fact]
    public void Matrix_products()
    {
        using var scope = NewDisposeScope();
        float[] a = Numeric.Values(30, 1), b = Numeric.Values(40, 2), c = Numeric.Values(24, 3);
        Tensor x = Numeric.Of(a[..15], 3, 5), y = Numeric.Of(b[..20], 5, 4), z = Numeric.Of(c[..12], 3, 4);
        var xy = Product(a, b, 3, 5, 4);
        Numeric.Close(xy, x.mm(y));
        Numeric.Close(xy, matmul(x, y));
        Numeric.Close(xy.Select((v, i) => 2.0 * c[i] + .5 * v), addmm(z, x, y, 2, .5f));
        Numeric.Close(xy, einsum("ik,kj->ij", x, y));
        Numeric.Close(xy.Select((_, n) => xy[n % 3 * 4 + n / 3]), einsum("ik,kj->ji", x, y));

        Tensor xs = Numeric.Of(a, 2, 3, 5), ys = Numeric.Of(b, 2, 5, 4), zs = Numeric.Of(c, 2, 3, 4);
        var products = Product(a, b, 3, 5, 4, 2);
        Numeric.Close(products, xs.bmm(ys));
        Numeric.Close(products, xs.matmul(ys));
        Numeric.Close(products.Select((v, i) => c[i] + 3 * v), zs.baddbmm(xs, ys, alpha: 3));
        Numeric.Close([a.Take(5).Zip(b, (p, q) => (double)p * q).Sum()], Numeric.Of(a[..5], 5).dot(Numeric.Of(b[..5], 5)));
        Numeric.Close(from p in a.Take(3) from q in b.Take(2) select (double)p * q, outer(Numeric.Of(a[..3], 3), Numeric.Of(b[..2], 2)));
    }

    [Fact]
    public void A_product_that_replaces_its_input_never_reads_it()
    {
        for (var size = 1; size < 12; size++)
        {
            // Memory that the result may be given afterwards.
            full([2, size, size], double.NaN, float64).Dispose();
            using var scope = NewDisposeScope();
            var x = ones([2, size, size], float64);
            var input = full([1, 1, 1], double.NaN, float64).expand(2, size, size);
            Numeric.Close(Enumerable.Repeat(.5 * size, 2 * size * size), input.baddbmm(x, x, beta: 0, alpha: .5));
        }
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        using var scope = NewDisposeScope();
        Tensor x = Numeric.Of(Numeric.Values(12, 4), 2, 2, 3), y = Numeric.Of(Numeric.Values(12, 5), 2, 3, 2), z = Numeric.Of(Numeric.Values(8, 6), 2, 2, 2);
        Numeric.CheckGradients(t => t[0].bmm(t[1]), x, y);
        Numeric.CheckGradients(t => t[0].matmul(t[1][0]), x, y);
        Numeric.CheckGradients(t => t[2].baddbmm(t[0], t[1], .5, 2), x, y, z);
        Numeric.CheckGradients(t => einsum("bik,bkj->bj", t[0], t[1]), x, y);
    }

    /// <summary>libtorch hands float32 products to the library that the shim chooses, with every combination of layouts.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 7)]
    [InlineData(1, 40, 33)]
    [InlineData(64, 1, 100)]
    [InlineData(129, 65, 300)]
    [InlineData(288, 384, 1)]
    public void Float_products_of_every_layout_equal_doubles(int m, int n, int k)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        Tensor Laid(int rows, int columns, int layout) => layout switch
        {
            0 => randn([rows, columns]),
            1 => randn([columns, rows]).t(),
            _ => randn([rows, columns + 3]).narrow(1, 1, columns), // a part of longer rows
        };
        for (var layouts = 0; layouts < 9; layouts++)
        {
            Tensor a = Laid(m, k, layouts / 3), b = Laid(k, n, layouts % 3), c = randn([m, n]);
            var (ad, bd, cd) = (a.to(float64), b.to(float64), c.to(float64));
            var tolerance = 1e-6 * (k + 4);
            Assert.InRange((a.mm(b).to(float64) - ad.mm(bd)).abs().max().item<double>(), 0, tolerance);
            Assert.InRange((addmm(c, a, b, beta: 0.5f, alpha: -2).to(float64) - addmm(cd, ad, bd, beta: 0.5f, alpha: -2)).abs().max().item<double>(), 0, 2 * tolerance);
            var batch = bmm(stack([a, a * 2], 0), stack([b, b], 0));
            Assert.InRange((batch[1].to(float64) - 2 * ad.mm(bd)).abs().max().item<double>(), 0, 2 * tolerance);
        }
    }
}
