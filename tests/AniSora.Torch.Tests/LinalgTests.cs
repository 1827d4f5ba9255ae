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
}
