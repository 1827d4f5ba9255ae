namespace AniSora.Training.Models;

/// <summary>The directions in which data vary most.</summary>
/// <param name="Mean">Mean of the data [D].</param>
/// <param name="Basis">Orthonormal directions, greatest variance first [D, K].</param>
/// <param name="Variances">Variance along each direction [K].</param>
internal sealed record PrincipalComponents(Tensor Mean, Tensor Basis, Tensor Variances)
{
    /// <summary>Finds the first <paramref name="count"/> components of <paramref name="rows"/> [M, D] by orthogonal iteration.</summary>
    /// <remarks>
    /// Iterating twice the directions asked for converges like (λ_2K / λ_K)^n, in a few dozen steps for pictures; always from
    /// the same start, so that the same data give the same code.
    /// </remarks>
    public static PrincipalComponents Fit(Tensor rows, long count)
    {
        var (m, d) = (rows.shape[0], rows.shape[1]);
        if (m <= count || d < count)
            throw new InputException($"{m} blocks of {d} numbers are too few for {count} principal components: give more or longer clips");
        var wide = rows.to(float64);
        var mean = wide.mean([0]);
        var centred = wide - mean;
        var covariance = centred.t().matmul(centred) / m;
        using var start = new Generator(20261122);
        var basis = Orthonormal(randn([d, Math.Min(2 * count, d)], dtype: float64, generator: start));
        for (var step = 0; step < 100; step++)
            basis = Orthonormal(covariance.matmul(basis));

        // Within the found subspace the axes are still mixed where variances are close: order and keep by variance.
        var variances = (covariance.matmul(basis) * basis).sum(0);
        var (sorted, order) = sort(variances, 0, descending: true);
        basis = basis.index_select(1, order.narrow(0, 0, count));
        return new(mean.to(float32), basis.to(float32), sorted.narrow(0, 0, count).to(float32));
    }

    /// <summary>The orthogonal matrix nearest to <paramref name="matrix"/> [K, K]: its polar factor, by Newton–Schulz iteration.</summary>
    public static Tensor NearestRotation(Tensor matrix)
    {
        var x = matrix.to(float64);
        x = x / x.square().sum().sqrt(); // all singular values at most 1, where the iteration converges
        for (var step = 0; step < 100; step++)
            x = (x * 1.5) - (x.matmul(x.t()).matmul(x) * 0.5);
        return x.to(float32);
    }

    /// <summary>Gram–Schmidt on the columns of [D, K], twice each, which is enough for float64.</summary>
    private static Tensor Orthonormal(Tensor columns)
    {
        var done = new List<Tensor>();
        foreach (var column in columns.unbind(1))
        {
            var v = column;
            if (done.Count > 0)
            {
                var before = stack(done, 1); // [D, i]
                for (var pass = 0; pass < 2; pass++)
                    v = v - before.matmul(before.t().matmul(v));
            }
            done.Add(v / v.square().sum().sqrt());
        }
        return stack(done, 1);
    }
}
