namespace AniSora.Torch;

public static partial class torch
{
    /// <summary>Matrix decompositions.</summary>
    public static class linalg
    {
        /// <summary>Eigenvalues, ascending, and eigenvectors (the columns) of a symmetric matrix.</summary>
        /// <param name="input">[…, n, n]; only the lower triangle is read.</param>
        /// <returns>Values [n] and vectors [n, n].</returns>
        /// <exception cref="TorchException">The matrix is not square, or the iteration did not converge.</exception>
        public static (Tensor values, Tensor vectors) eigh(Tensor input)
        {
            var both = Operators.eigh.CallMany(input);
            return (both[0], both[1]);
        }

        /// <summary>The singular value decomposition: input = U · diag(S) · Vh.</summary>
        /// <param name="input">[…, m, n].</param>
        /// <param name="fullMatrices">Whether U and Vh are square.</param>
        /// <returns>U, the singular values in descending order, and Vh.</returns>
        /// <exception cref="TorchException">The iteration did not converge.</exception>
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            var all = Operators.svd.CallMany(input, fullMatrices);
            return (all[0], all[1], all[2]);
        }

        private static class Operators
        {
            public static readonly TorchOp eigh = TorchOp.Find("linalg_eigh");
            public static readonly TorchOp svd = TorchOp.Find("linalg_svd");
        }
    }
}
