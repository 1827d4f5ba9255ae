namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Operations of neural networks as functions.</summary>
        public static partial class functional
        {
            /// <summary>input · weightsᵀ + bias over the last dimension.</summary>
            /// <param name="input">[…, in].</param>
            /// <param name="weights">[out, in].</param>
            /// <param name="bias">[out], or null.</param>
            /// <returns>[…, out].</returns>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Operators.linear.Call(input, weights, bias);

            /// <summary>Convolution over one dimension.</summary>
            /// <param name="input">[B, in, L].</param>
            /// <param name="weight">[out, in / groups, k].</param>
            /// <param name="bias">[out], or null.</param>
            /// <param name="stride">From one window to the next; null = 1.</param>
            /// <param name="padding">Zeros at both ends; null = 0.</param>
            /// <param name="dilation">From one element of a window to the next; null = 1.</param>
            /// <param name="groups">Channels are cut into so many independent groups.</param>
            /// <returns>[B, out, L'].</returns>
            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null,
                long? dilation = null, long groups = 1) =>
                Operators.conv1d.Call(input, weight, bias, stride ?? 1, padding ?? 0, dilation ?? 1, groups);

            /// <summary>Convolution over two dimensions.</summary>
            /// <param name="input">[B, in, H, W].</param>
            /// <param name="weight">[out, in / groups, kH, kW].</param>
            /// <param name="bias">[out], or null.</param>
            /// <param name="strides">From one window to the next; null = 1.</param>
            /// <param name="padding">Zeros at both ends of each dimension; null = 0.</param>
            /// <param name="dilation">From one element of a window to the next; null = 1.</param>
            /// <param name="groups">Channels are cut into so many independent groups.</param>
            /// <returns>[B, out, H', W'].</returns>
            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, long groups = 1) =>
                Operators.conv2d.Call(input, weight, bias, strides ?? Ones2, padding ?? Zeros2, dilation ?? Ones2, groups);

            /// <summary>Convolution over three dimensions.</summary>
            /// <param name="input">[B, in, T, H, W].</param>
            /// <param name="weight">[out, in / groups, kT, kH, kW].</param>
            /// <param name="bias">[out], or null.</param>
            /// <param name="strides">From one window to the next; null = 1.</param>
            /// <param name="padding">Zeros at both ends of each dimension; null = 0.</param>
            /// <param name="dilation">From one element of a window to the next; null = 1.</param>
            /// <param name="groups">Channels are cut into so many independent groups.</param>
            /// <returns>[B, out, T', H', W'].</returns>
            public static Tensor conv3d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, long groups = 1) =>
                Operators.conv3d.Call(input, weight, bias, strides ?? Ones3, padding ?? Zeros3, dilation ?? Ones3, groups);

            /// <summary>Transposed convolution over two dimensions: the gradient of <see cref="conv2d"/> by its input.</summary>
            /// <param name="input">[B, in, H, W].</param>
            /// <param name="weight">[in, out / groups, kH, kW].</param>
            /// <param name="bias">[out], or null.</param>
            /// <param name="strides">The convolution's; null = 1.</param>
            /// <param name="padding">The convolution's; null = 0.</param>
            /// <param name="output_padding">Added to one end of the result; null = 0.</param>
            /// <param name="dilation">The convolution's; null = 1.</param>
            /// <param name="groups">Channels are cut into so many independent groups.</param>
            /// <returns>[B, out, H', W'].</returns>
            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null,
                long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1) =>
                Operators.conv_transpose2d.Call(input, weight, bias, strides ?? Ones2, padding ?? Zeros2, output_padding ?? Zeros2, groups,
                    dilation ?? Ones2);

            /// <summary>Mean over windows of one dimension.</summary>
            /// <param name="input">[B, C, L].</param>
            /// <param name="kernel_size">The window.</param>
            /// <param name="stride">From one window to the next; null = the window.</param>
            /// <param name="padding">Zeros at both ends.</param>
            /// <param name="ceil_mode">Whether a last incomplete window counts.</param>
            /// <param name="count_include_pad">Whether the mean counts the zeros.</param>
            public static Tensor avg_pool1d(Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false,
                bool count_include_pad = true) =>
                Operators.avg_pool1d.Call(input, kernel_size, stride ?? kernel_size, padding, ceil_mode, count_include_pad);

            /// <summary>Mean over windows of two dimensions.</summary>
            /// <param name="input">[B, C, H, W].</param>
            /// <param name="kernel_size">The window, one number or two.</param>
            /// <param name="stride">From one window to the next; null = the window.</param>
            /// <param name="padding">Zeros at both ends; null = 0.</param>
            /// <param name="ceil_mode">Whether a last incomplete window counts.</param>
            /// <param name="count_include_pad">Whether the mean counts the zeros.</param>
            /// <param name="divisor_override">Divides the sum instead of the window's size.</param>
            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[]? stride = null, long[]? padding = null,
                bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
                Operators.avg_pool2d.Call(input, kernel_size, stride ?? kernel_size, padding ?? Zeros2, ceil_mode, count_include_pad,
                    divisor_override);

            /// <inheritdoc cref="avg_pool2d(Tensor, long[], long[], long[], bool, bool, long?)"/>
            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false,
                bool count_include_pad = true, long? divisor_override = null) =>
                avg_pool2d(input, [kernel_size, kernel_size], stride is { } s ? [s, s] : null, [padding, padding], ceil_mode,
                    count_include_pad, divisor_override);

            /// <summary>Mean over windows of three dimensions.</summary>
            /// <param name="input">[B, C, T, H, W].</param>
            /// <param name="kernel_size">The window, one number or three.</param>
            /// <param name="stride">From one window to the next; null = the window.</param>
            /// <param name="padding">Zeros at both ends; null = 0.</param>
            /// <param name="ceil_mode">Whether a last incomplete window counts.</param>
            /// <param name="count_include_pad">Whether the mean counts the zeros.</param>
            /// <param name="divisor_override">Divides the sum instead of the window's size.</param>
            public static Tensor avg_pool3d(Tensor input, long[] kernel_size, long[]? stride = null, long[]? padding = null,
                bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
                Operators.avg_pool3d.Call(input, kernel_size, stride ?? kernel_size, padding ?? Zeros3, ceil_mode, count_include_pad,
                    divisor_override);

            private static readonly long[] Zeros2 = [0, 0];
            private static readonly long[] Zeros3 = [0, 0, 0];
            private static readonly long[] Ones2 = [1, 1];
            private static readonly long[] Ones3 = [1, 1, 1];
        }
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp linear = new("linear");
        internal static readonly TorchOp conv1d = new("conv1d");
        internal static readonly TorchOp conv2d = new("conv2d");
        internal static readonly TorchOp conv3d = new("conv3d");
        internal static readonly TorchOp conv_transpose2d = new("conv_transpose2d", "input");
        internal static readonly TorchOp avg_pool1d = new("avg_pool1d");
        internal static readonly TorchOp avg_pool2d = new("avg_pool2d");
        internal static readonly TorchOp avg_pool3d = new("avg_pool3d");
    }
}
