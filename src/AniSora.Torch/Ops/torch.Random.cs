namespace AniSora.Torch;

public static partial class torch
{
    /// <summary>Random numbers, uniform in [0, 1).</summary>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        Leaf(Operators.rand.Call(size, generator, dtype, TorchArg.None, On(device, generator)), requires_grad);

    /// <inheritdoc cref="rand(long[], ScalarType?, Device?, bool, Generator?)"/>
    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        rand(size.ToArray(), dtype, device, requires_grad, generator);

    /// <inheritdoc cref="rand(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="size">The size of its one dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        rand(new[] { size }, dtype, device, requires_grad, generator);

    /// <inheritdoc cref="rand(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        rand(new[] { rows, columns }, dtype, device, requires_grad, generator);

    /// <inheritdoc cref="rand(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor rand(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        rand(new[] { dim0, dim1, dim2 }, dtype, device, requires_grad, generator);

    /// <inheritdoc cref="rand(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dim3">The fourth size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, Generator? generator = null) =>
        rand(new[] { dim0, dim1, dim2, dim3 }, dtype, device, requires_grad, generator);

    /// <summary>Random numbers of the normal distribution with mean 0 and variance 1.</summary>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        Leaf(Operators.randn.Call(size, generator, dtype, TorchArg.None, On(device, generator)), requires_grad);

    /// <inheritdoc cref="randn(long[], ScalarType?, Device?, bool, Generator?)"/>
    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        randn(size.ToArray(), dtype, device, requires_grad, generator);

    /// <inheritdoc cref="randn(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="size">The size of its one dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        randn(new[] { size }, dtype, device, requires_grad, generator);

    /// <inheritdoc cref="randn(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        randn(new[] { rows, columns }, dtype, device, requires_grad, generator);

    /// <inheritdoc cref="randn(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, Generator? generator = null) =>
        randn(new[] { dim0, dim1, dim2 }, dtype, device, requires_grad, generator);

    /// <inheritdoc cref="randn(long[], ScalarType?, Device?, bool, Generator?)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dim3">The fourth size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, Generator? generator = null) =>
        randn(new[] { dim0, dim1, dim2, dim3 }, dtype, device, requires_grad, generator);

    /// <summary>Random numbers, uniform in [0, 1), in the shape of another tensor.</summary>
    /// <param name="input">The other tensor.</param>
    /// <param name="dtype">The element type; null = the other's.</param>
    /// <param name="device">Where; null = the other's.</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.rand_like.Call(input, dtype, TorchArg.None, device), requires_grad);

    /// <summary>Random numbers, normal with mean 0 and variance 1, in the shape of another tensor.</summary>
    /// <param name="input">The other tensor.</param>
    /// <param name="dtype">The element type; null = the other's.</param>
    /// <param name="device">Where; null = the other's.</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.randn_like.Call(input, dtype, TorchArg.None, device), requires_grad);

    /// <summary>Random integers from <paramref name="low"/> up to, not including, <paramref name="high"/>.</summary>
    /// <param name="low">The lowest.</param>
    /// <param name="high">The first that is too high.</param>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = int64.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        Leaf(Operators.randint.Call(low, high, size, generator, dtype ?? int64, TorchArg.None, On(device, generator)), requires_grad);

    /// <summary>Random integers from 0 up to, not including, <paramref name="high"/>.</summary>
    /// <param name="high">The first that is too high.</param>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = int64.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>The numbers 0 … n-1 in random order.</summary>
    /// <param name="n">How many.</param>
    /// <param name="dtype">The element type; null = int64.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        Leaf(Operators.randperm.Call(n, generator, dtype ?? int64, TorchArg.None, On(device, generator)), requires_grad);

    /// <summary>Random numbers of a normal distribution.</summary>
    /// <param name="mean">Its mean.</param>
    /// <param name="std">Its standard deviation.</param>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, Generator? generator = null) =>
        Leaf(Operators.normal.Call(mean, std, size.ToArray(), generator, dtype, TorchArg.None, On(device, generator)), requires_grad);

    /// <summary>1 with the probability that each element gives, else 0.</summary>
    /// <param name="input">The probabilities.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor bernoulli(Tensor input, Generator? generator = null) => Operators.bernoulli.Call(input, generator);

    /// <summary>Indices drawn with the probability that each element gives; int64.</summary>
    /// <param name="input">Weights, [n] or [rows, n].</param>
    /// <param name="num_samples">How many to draw from each row.</param>
    /// <param name="replacement">Whether one may be drawn twice.</param>
    /// <param name="generator">The source of random numbers; null = the device's own.</param>
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        Operators.multinomial.Call(input, num_samples, replacement, generator);

    public partial class Tensor
    {
        /// <summary>Fills with random numbers of a normal distribution.</summary>
        /// <param name="mean">Its mean.</param>
        /// <param name="std">Its standard deviation.</param>
        /// <param name="generator">The source of random numbers; null = the device's own.</param>
        /// <returns>This tensor.</returns>
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Operators.normal_.CallInPlace(this, mean, std, generator);

        /// <summary>Fills with random numbers, uniform from <paramref name="from"/> up to <paramref name="to"/>.</summary>
        /// <param name="from">The lowest.</param>
        /// <param name="to">The first that is too high.</param>
        /// <param name="generator">The source of random numbers; null = the device's own.</param>
        /// <returns>This tensor.</returns>
        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Operators.uniform_.CallInPlace(this, from, to, generator);

        /// <summary>Fills with 1 with a probability, else 0.</summary>
        /// <param name="p">The probability of 1.</param>
        /// <param name="generator">The source of random numbers; null = the device's own.</param>
        /// <returns>This tensor.</returns>
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Operators.bernoulli_.CallInPlace(this, p, generator);
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp rand = new("rand", "generator");
        internal static readonly TorchOp randn = new("randn", "generator");
        internal static readonly TorchOp rand_like = new("rand_like");
        internal static readonly TorchOp randn_like = new("randn_like");
        internal static readonly TorchOp randint = new("randint", "low_generator");
        internal static readonly TorchOp randperm = new("randperm", "generator");
        internal static readonly TorchOp normal = new("normal", "float_float");
        internal static readonly TorchOp bernoulli = new("bernoulli");
        internal static readonly TorchOp multinomial = new("multinomial");
        internal static readonly TorchOp normal_ = new("normal_");
        internal static readonly TorchOp uniform_ = new("uniform_");
        internal static readonly TorchOp bernoulli_ = new("bernoulli_", "float");
    }
}
