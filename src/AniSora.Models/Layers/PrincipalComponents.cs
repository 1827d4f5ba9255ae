namespace AniSora.Models.Layers;

/// <summary>The directions in which data vary most.</summary>
/// <param name="Mean">Mean of the data [D].</param>
/// <param name="Basis">Orthonormal directions, greatest variance first [D, K].</param>
/// <param name="Variances">Variance along each direction [K].</param>
internal sealed record PrincipalComponents(Tensor Mean, Tensor Basis, Tensor Variances)
{
    // Rows that are centred and multiplied at a time: the covariance of a hundred thousand blocks then needs no second copy of them.
    private const long RowsAtOnce = 8192;

    /// <summary>Finds the first <paramref name="count"/> components of <paramref name="rows"/> [M, D], from the covariance in float64.</summary>
    public static PrincipalComponents Fit(Tensor rows, long count)
    {
        var (m, d) = (rows.shape[0], rows.shape[1]);
        if (m <= count || d < count)
            throw new InputException($"{m} blocks of {d} numbers are too few for {count} principal components: give more or longer clips");
        var mean = rows.mean([0], type: float64);
        var covariance = zeros([d, d], dtype: float64);
        for (long start = 0; start < m; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var part = rows.narrow(0, start, Math.Min(RowsAtOnce, m - start)).to(float64) - mean;
            covariance.add_(part.t().matmul(part), alpha: 1.0 / m);
        }
        var (values, vectors) = linalg.eigh(covariance);
        var kept = values.narrow(0, d - count, count).flip(0);
        var basis = vectors.narrow(1, d - count, count).flip(1);
        return new(mean.to(float32), basis.to(float32), kept.clamp(min: 0).to(float32));
    }

    /// <summary>The orthogonal matrix nearest to <paramref name="matrix"/> [K, K]: U·Vh of its singular value decomposition.</summary>
    public static Tensor NearestRotation(Tensor matrix)
    {
        var (u, _, vh) = linalg.svd(matrix.to(float64));
        return u.matmul(vh).to(float32);
    }
}
