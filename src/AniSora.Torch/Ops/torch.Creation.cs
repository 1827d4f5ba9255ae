namespace AniSora.Torch;

public static partial class torch
{
    /// <summary>The numbers start, start + step, … before <paramref name="stop"/>.</summary>
    /// <param name="start">The first.</param>
    /// <param name="stop">The first that is too far.</param>
    /// <param name="step">From one to the next.</param>
    /// <param name="dtype">The element type; null = int64 if all three are integers, else the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Leaf(Operators.arange.Call(start, stop, step, dtype, TorchArg.None, On(device)), requires_grad);

    /// <summary>The numbers start, start + 1, … before <paramref name="stop"/>.</summary>
    /// <param name="start">The first.</param>
    /// <param name="stop">The first that is too far.</param>
    /// <param name="dtype">The element type; null = int64 if both are integers, else the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    /// <summary>The numbers 0, 1, … before <paramref name="stop"/>.</summary>
    /// <param name="stop">The first that is too far.</param>
    /// <param name="dtype">The element type; null = int64 if it is an integer, else the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>Numbers at equal distances, both ends included.</summary>
    /// <param name="start">The first.</param>
    /// <param name="end">The last.</param>
    /// <param name="steps">How many.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Leaf(Operators.linspace.Call(start, end, steps, dtype, TorchArg.None, On(device)), requires_grad);

    /// <summary>Numbers at equal ratios, from base^start to base^end.</summary>
    /// <param name="start">The first exponent.</param>
    /// <param name="end">The last exponent.</param>
    /// <param name="steps">How many.</param>
    /// <param name="base">The base.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor logspace(double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Leaf(Operators.logspace.Call(start, end, steps, @base, dtype, TorchArg.None, On(device)), requires_grad);

    /// <summary>A matrix with ones on its diagonal and zeros elsewhere.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns; -1 = as many as rows.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.eye.Call(rows, columns < 0 ? rows : columns, dtype, TorchArg.None, On(device)), requires_grad);

    /// <summary>Zeros in the shape of another tensor.</summary>
    /// <param name="input">The other tensor.</param>
    /// <param name="dtype">The element type; null = the other's.</param>
    /// <param name="device">Where; null = where the other is.</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.zeros_like.Call(input, dtype, TorchArg.None, device), requires_grad);

    /// <summary>Ones in the shape of another tensor.</summary>
    /// <param name="input">The other tensor.</param>
    /// <param name="dtype">The element type; null = the other's.</param>
    /// <param name="device">Where; null = where the other is.</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.ones_like.Call(input, dtype, TorchArg.None, device), requires_grad);

    /// <summary>Memory in the shape of another tensor; its elements are whatever was there.</summary>
    /// <param name="input">The other tensor.</param>
    /// <param name="dtype">The element type; null = the other's.</param>
    /// <param name="device">Where; null = where the other is.</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.empty_like.Call(input, dtype, TorchArg.None, device), requires_grad);

    /// <summary>One number everywhere, in the shape of another tensor.</summary>
    /// <param name="input">The other tensor.</param>
    /// <param name="value">The number.</param>
    /// <param name="dtype">The element type; null = the other's.</param>
    /// <param name="device">Where; null = where the other is.</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Leaf(Operators.full_like.Call(input, value, dtype, TorchArg.None, device), requires_grad);

    public partial class Tensor
    {
        /// <summary>Zeros in this tensor's shape, type and device.</summary>
        public Tensor zeros_like() => torch.zeros_like(this);

        /// <summary>Ones in this tensor's shape, type and device.</summary>
        public Tensor ones_like() => torch.ones_like(this);

        /// <summary>Zeros of this tensor's type and device.</summary>
        /// <param name="size">The size of each dimension.</param>
        public Tensor new_zeros(params long[] size) => zeros(size, dtype, device);

        /// <summary>Memory of this tensor's type and device; its elements are whatever was there.</summary>
        /// <param name="size">The size of each dimension.</param>
        public Tensor new_empty(params long[] size) => empty(size, dtype, device);
    }

    /// <summary>Marks a fresh tensor for differentiation, if wanted.</summary>
    private static Tensor Leaf(Tensor tensor, bool requires_grad) => requires_grad ? tensor.requires_grad_() : tensor;

    internal static partial class Operators
    {
        internal static readonly TorchOp arange = new("arange", "start_step");
        internal static readonly TorchOp linspace = new("linspace");
        internal static readonly TorchOp logspace = new("logspace");
        internal static readonly TorchOp eye = new("eye", "m");
        internal static readonly TorchOp zeros_like = new("zeros_like");
        internal static readonly TorchOp ones_like = new("ones_like");
        internal static readonly TorchOp empty_like = new("empty_like");
        internal static readonly TorchOp full_like = new("full_like");
    }
}
