namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The matrix product over the last two dimensions; the others broadcast.</summary>
        /// <param name="target">The right factor.</param>
        public Tensor matmul(Tensor target) => Operators.matmul.Call(this, target);

        /// <summary>The product of two matrices, [n, k] · [k, m].</summary>
        /// <param name="target">The right factor.</param>
        public Tensor mm(Tensor target) => Operators.mm.Call(this, target);

        /// <summary>The products of matrices in a batch, [b, n, k] · [b, k, m].</summary>
        /// <param name="batch2">The right factors.</param>
        public Tensor bmm(Tensor batch2) => Operators.bmm.Call(this, batch2);

        /// <summary>beta · this + alpha · mat1 · mat2.</summary>
        /// <param name="mat1">The left factor, [n, k].</param>
        /// <param name="mat2">The right factor, [k, m].</param>
        /// <param name="beta">This tensor's factor; 0 = it isn't read.</param>
        /// <param name="alpha">The product's factor.</param>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Operators.addmm.Call(this, mat1, mat2, (double)beta, (double)alpha);

        /// <summary>beta · this + alpha · batch1 · batch2, matrix by matrix.</summary>
        /// <param name="batch1">The left factors, [b, n, k].</param>
        /// <param name="batch2">The right factors, [b, k, m].</param>
        /// <param name="beta">This tensor's factor; 0 = it isn't read.</param>
        /// <param name="alpha">The products' factor.</param>
        /// <remarks>
        /// Implementation note: for matrices of less than 400 multiplications libtorch 1.13 multiplies its fresh, unwritten result by
        /// beta even if that is 0, which leaves NaN where the memory happened to hold NaN. Those go another way here.
        /// </remarks>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, double beta = 1, double alpha = 1)
        {
            ArgumentNullException.ThrowIfNull(batch1);
            ArgumentNullException.ThrowIfNull(batch2);
            // To a recorder all sizes must look the same.
            if (beta != 0 || batch1.ndim != 3 || batch2.ndim != 3 || !TorchOp.IsObserved && batch1.size(1) * batch1.size(2) * batch2.size(2) >= 400)
                return Operators.baddbmm.Call(this, batch1, batch2, beta, alpha);
            using var product = batch1.bmm(batch2);
            return product * alpha;
        }

        /// <summary>The scalar product of two vectors.</summary>
        /// <param name="target">The other vector.</param>
        public Tensor dot(Tensor target) => Operators.dot.Call(this, target);
    }

    /// <inheritdoc cref="Tensor.matmul(Tensor)"/>
    /// <param name="input">The left factor.</param>
    /// <param name="target">The right factor.</param>
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    /// <inheritdoc cref="Tensor.mm(Tensor)"/>
    /// <param name="input">The left factor.</param>
    /// <param name="target">The right factor.</param>
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    /// <inheritdoc cref="Tensor.bmm(Tensor)"/>
    /// <param name="input">The left factors.</param>
    /// <param name="batch2">The right factors.</param>
    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);

    /// <inheritdoc cref="Tensor.addmm(Tensor, Tensor, float, float)"/>
    /// <param name="input">What is added to.</param>
    /// <param name="mat1">The left factor, [n, k].</param>
    /// <param name="mat2">The right factor, [k, m].</param>
    /// <param name="beta">The factor of <paramref name="input"/>; 0 = it isn't read.</param>
    /// <param name="alpha">The product's factor.</param>
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
        input.addmm(mat1, mat2, beta, alpha);

    /// <inheritdoc cref="Tensor.baddbmm(Tensor, Tensor, double, double)"/>
    /// <param name="input">What is added to.</param>
    /// <param name="batch1">The left factors, [b, n, k].</param>
    /// <param name="batch2">The right factors, [b, k, m].</param>
    /// <param name="beta">The factor of <paramref name="input"/>; 0 = it isn't read.</param>
    /// <param name="alpha">The products' factor.</param>
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, double beta = 1, double alpha = 1) =>
        input.baddbmm(batch1, batch2, beta, alpha);

    /// <summary>The product of every element of one vector with every element of another: [n, m].</summary>
    /// <param name="input">The vector of n.</param>
    /// <param name="vec2">The vector of m.</param>
    public static Tensor outer(Tensor input, Tensor vec2) => Operators.outer.Call(input, vec2);

    /// <summary>A sum of products written with index letters, for instance <c>bhik,bhjk-&gt;bhij</c>.</summary>
    /// <param name="equation">The letters of each factor, and of the result.</param>
    /// <param name="tensors">The factors.</param>
    public static Tensor einsum(string equation, params Tensor[] tensors) => Operators.einsum.Call(equation, tensors);

    internal static partial class Operators
    {
        internal static readonly TorchOp matmul = new("matmul");
        internal static readonly TorchOp mm = new("mm");
        internal static readonly TorchOp bmm = new("bmm");
        internal static readonly TorchOp addmm = new("addmm");
        internal static readonly TorchOp baddbmm = new("baddbmm");
        internal static readonly TorchOp dot = new("dot");
        internal static readonly TorchOp outer = new("outer");
        internal static readonly TorchOp einsum = new("einsum");
    }
}
