using System.Runtime.CompilerServices;

namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The sum of all elements.</summary>
        /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
        public Tensor sum(ScalarType? type = null) => Operators.sum.Call(this, type);

        /// <summary>The sum over one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
        [OverloadResolutionPriority(1)]
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Operators.sum_dim.Call(this, dim, keepdim, type);

        /// <summary>The sum over two dimensions.</summary>
        /// <param name="dim0">One dimension; negative counts from the end.</param>
        /// <param name="dim1">The other.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        /// <summary>The sum over several dimensions.</summary>
        /// <param name="dim">The dimensions; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Operators.sum_dim.Call(this, dim, keepdim, type);

        /// <inheritdoc cref="sum(long[], bool, ScalarType?)"/>
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);

        /// <summary>The mean of all elements.</summary>
        public Tensor mean() => Operators.mean.Call(this);

        /// <summary>The mean over several dimensions.</summary>
        /// <param name="dimensions">The dimensions; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's.</param>
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Operators.mean_dim.Call(this, dimensions, keepdim, type);

        /// <summary>The variance of all elements.</summary>
        /// <param name="unbiased">Divide by n - 1, not n.</param>
        public Tensor var(bool unbiased = true) => Operators.var.Call(this, unbiased);

        /// <summary>The variance over one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="unbiased">Divide by n - 1, not n.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's.</param>
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var([dim], unbiased, keepdim, type);

        /// <summary>The variance over several dimensions.</summary>
        /// <param name="dimensions">The dimensions; negative counts from the end.</param>
        /// <param name="unbiased">Divide by n - 1, not n.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's.</param>
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            using var converted = type is { } wanted && wanted != dtype ? to(wanted) : null;
            return Operators.var_dim.Call(converted ?? this, dimensions, unbiased, keepdim);
        }

        /// <summary>The standard deviation of all elements.</summary>
        /// <param name="unbiased">Divide by n - 1, not n.</param>
        public Tensor std(bool unbiased = true) => Operators.std.Call(this, unbiased);

        /// <summary>The standard deviation over one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="unbiased">Divide by n - 1, not n.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's.</param>
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std([dim], unbiased, keepdim, type);

        /// <summary>The standard deviation over several dimensions.</summary>
        /// <param name="dimensions">The dimensions; negative counts from the end.</param>
        /// <param name="unbiased">Divide by n - 1, not n.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        /// <param name="type">Convert to this type first; null = the tensor's.</param>
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            using var converted = type is { } wanted && wanted != dtype ? to(wanted) : null;
            return Operators.std_dim.Call(converted ?? this, dimensions, unbiased, keepdim);
        }

        /// <summary>The greatest of all elements.</summary>
        public Tensor max() => Operators.max.Call(this);

        /// <summary>The greatest element along one dimension, and its first index.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false)
        {
            var results = Operators.max_dim.CallMany(this, dim, keepdim);
            return (results[0], results[1]);
        }

        /// <summary>The greatest element over several dimensions.</summary>
        /// <param name="dims">The dimensions; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        public Tensor amax(long[] dims, bool keepdim = false) => Operators.amax.Call(this, dims, keepdim);

        /// <summary>The index of the greatest of all elements, in row-major order; int64.</summary>
        public Tensor argmax() => Operators.argmax.Call(this);

        /// <summary>The index of the greatest element along one dimension; int64.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        public Tensor argmax(long dim, bool keepdim = false) => Operators.argmax.Call(this, dim, keepdim);

        /// <summary>The smallest of all elements.</summary>
        public Tensor min() => Operators.min.Call(this);

        /// <summary>The smallest element along one dimension, and its first index.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false)
        {
            var results = Operators.min_dim.CallMany(this, dim, keepdim);
            return (results[0], results[1]);
        }

        /// <summary>The smallest element over several dimensions.</summary>
        /// <param name="dims">The dimensions; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        public Tensor amin(long[] dims, bool keepdim = false) => Operators.amin.Call(this, dims, keepdim);

        /// <summary>The index of the smallest of all elements, in row-major order; int64.</summary>
        public Tensor argmin() => Operators.argmin.Call(this);

        /// <summary>The index of the smallest element along one dimension; int64.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        public Tensor argmin(long dim, bool keepdim = false) => Operators.argmin.Call(this, dim, keepdim);

        /// <summary>The p-norm of all elements.</summary>
        /// <param name="p">The power; 2 is the Euclidean length.</param>
        public Tensor norm(float p = 2) => Operators.norm.Call(this, (double)p);

        /// <summary>The p-norm along one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        /// <param name="p">The power; 2 is the Euclidean length.</param>
        public Tensor norm(int dim, bool keepdim = false, float p = 2) =>
            Operators.norm_dim.Call(this, (double)p, new long[] { dim }, keepdim);

        /// <summary>ln Σ eˣ over several dimensions, without overflow.</summary>
        /// <param name="dims">The dimensions; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimensions with size 1.</param>
        public Tensor logsumexp(long[] dims, bool keepdim = false) => Operators.logsumexp.Call(this, dims, keepdim);

        /// <summary>The running sum along one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
        public Tensor cumsum(long dim, ScalarType? type = null) => Operators.cumsum.Call(this, dim, type);

        /// <summary>The running product along one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
        public Tensor cumprod(long dim, ScalarType? type = null) => Operators.cumprod.Call(this, dim, type);

        /// <summary>The product of all elements.</summary>
        /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
        public Tensor prod(ScalarType? type = null) => Operators.prod.Call(this, type);

        /// <summary>Whether all elements are not zero; bool.</summary>
        public Tensor all() => Operators.all.Call(this);

        /// <summary>Whether all elements along one dimension are not zero; bool.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        public Tensor all(long dim, bool keepdim = false) => Operators.all_dim.Call(this, dim, keepdim);

        /// <summary>Whether any element is not zero; bool.</summary>
        public Tensor any() => Operators.any.Call(this);

        /// <summary>Whether any element along one dimension is not zero; bool.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="keepdim">Keep the dimension with size 1.</param>
        public Tensor any(long dim, bool keepdim = false) => Operators.any_dim.Call(this, dim, keepdim);

        /// <summary>How many elements are not zero; int64.</summary>
        public Tensor count_nonzero() => Operators.count_nonzero.Call(this);

        /// <summary>The k greatest elements along one dimension, and their indices.</summary>
        /// <param name="k">How many.</param>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="largest">False = the smallest.</param>
        /// <param name="sorted">Whether in order.</param>
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
        {
            var results = Operators.topk.CallMany(this, (long)k, (long)dim, largest, sorted);
            return (results[0], results[1]);
        }

        /// <summary>The elements in order along one dimension, and where each was.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="descending">Greatest first.</param>
        /// <param name="stable">Whether equal elements keep their order.</param>
        public (Tensor values, Tensor indexes) sort(long dim = -1, bool descending = false, bool stable = false)
        {
            var results = Operators.sort.CallMany(this, stable, dim, descending);
            return (results[0], results[1]);
        }
    }

    /// <summary>The greatest of all elements.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor max(Tensor input) => input.max();

    /// <summary>The greatest element along one dimension, and its first index.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimension with size 1.</param>
    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);

    /// <summary>The index of the greatest element along one dimension; int64.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimension with size 1.</param>
    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);

    /// <summary>The smallest of all elements.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor min(Tensor input) => input.min();

    /// <summary>The smallest element along one dimension, and its first index.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimension with size 1.</param>
    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);

    /// <summary>The index of the smallest element along one dimension; int64.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimension with size 1.</param>
    public static Tensor argmin(Tensor input, long dim, bool keepdim = false) => input.argmin(dim, keepdim);

    /// <inheritdoc cref="Tensor.sum(ScalarType?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);

    /// <inheritdoc cref="Tensor.sum(long, bool, ScalarType?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimension with size 1.</param>
    /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
    [OverloadResolutionPriority(1)]
    public static Tensor sum(Tensor input, long dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);

    /// <inheritdoc cref="Tensor.sum(long[], bool, ScalarType?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimensions; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimensions with size 1.</param>
    /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
    public static Tensor sum(Tensor input, ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
        input.sum(dim, keepdim, type);

    /// <summary>The mean of all elements.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor mean(Tensor input) => input.mean();

    /// <inheritdoc cref="Tensor.mean(long[], bool, ScalarType?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dimensions">The dimensions; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimensions with size 1.</param>
    /// <param name="type">Convert to this type first; null = the tensor's.</param>
    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
        input.mean(dimensions, keepdim, type);

    /// <summary>The variance of all elements.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="unbiased">Divide by n - 1, not n.</param>
    public static Tensor var(Tensor input, bool unbiased = true) => input.var(unbiased);

    /// <summary>The standard deviation of all elements.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="unbiased">Divide by n - 1, not n.</param>
    public static Tensor std(Tensor input, bool unbiased = true) => input.std(unbiased);

    /// <summary>The p-norm of all elements.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="p">The power; 2 is the Euclidean length.</param>
    public static Tensor norm(Tensor input, float p = 2) => input.norm(p);

    /// <inheritdoc cref="Tensor.cumsum(long, ScalarType?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="type">Convert to this type first; null = the tensor's (integers: int64).</param>
    public static Tensor cumsum(Tensor input, long dim, ScalarType? type = null) => input.cumsum(dim, type);

    /// <inheritdoc cref="Tensor.cumprod(long, ScalarType?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="dtype">Convert to this type first; null = the tensor's (integers: int64).</param>
    public static Tensor cumprod(Tensor input, long dim, ScalarType? dtype = null) => input.cumprod(dim, dtype);

    /// <inheritdoc cref="Tensor.topk(int, int, bool, bool)"/>
    /// <param name="tensor">The tensor.</param>
    /// <param name="k">How many.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="largest">False = the smallest.</param>
    /// <param name="sorted">Whether in order.</param>
    public static (Tensor values, Tensor indexes) topk(Tensor tensor, int k, int dim = -1, bool largest = true, bool sorted = true) =>
        tensor.topk(k, dim, largest, sorted);

    /// <inheritdoc cref="Tensor.sort(long, bool, bool)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="descending">Greatest first.</param>
    /// <param name="stable">Whether equal elements keep their order.</param>
    public static (Tensor Values, Tensor Indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) =>
        input.sort(dim, descending, stable);

    /// <summary>The value below which a share of the elements lies, interpolated between neighbours.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="q">The shares, in [0, 1].</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepdim">Keep the dimension with size 1.</param>
    public static Tensor quantile(Tensor input, Tensor q, long dim = -1, bool keepdim = false) =>
        Operators.quantile.Call(input, q, dim, keepdim);

    internal static partial class Operators
    {
        internal static readonly TorchOp max = new("max");
        internal static readonly TorchOp max_dim = new("max", "dim");
        internal static readonly TorchOp amax = new("amax");
        internal static readonly TorchOp argmax = new("argmax");
        internal static readonly TorchOp min = new("min");
        internal static readonly TorchOp min_dim = new("min", "dim");
        internal static readonly TorchOp amin = new("amin");
        internal static readonly TorchOp argmin = new("argmin");
        internal static readonly TorchOp sum = new("sum");
        internal static readonly TorchOp sum_dim = new("sum", "dim_IntList");
        internal static readonly TorchOp mean = new("mean");
        internal static readonly TorchOp mean_dim = new("mean", "dim");
        internal static readonly TorchOp var = new("var");
        internal static readonly TorchOp var_dim = new("var", "dim");
        internal static readonly TorchOp std = new("std");
        internal static readonly TorchOp std_dim = new("std", "dim");
        internal static readonly TorchOp norm = new("norm", "Scalar");
        internal static readonly TorchOp norm_dim = new("norm", "ScalarOpt_dim");
        internal static readonly TorchOp logsumexp = new("logsumexp");
        internal static readonly TorchOp cumsum = new("cumsum");
        internal static readonly TorchOp cumprod = new("cumprod");
        internal static readonly TorchOp prod = new("prod");
        internal static readonly TorchOp all = new("all");
        internal static readonly TorchOp all_dim = new("all", "dim");
        internal static readonly TorchOp any = new("any");
        internal static readonly TorchOp any_dim = new("any", "dim");
        internal static readonly TorchOp count_nonzero = new("count_nonzero");
        internal static readonly TorchOp topk = new("topk");
        internal static readonly TorchOp sort = new("sort", "stable");
        internal static readonly TorchOp quantile = new("quantile");
    }
}
