namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A convolution over <c>[B, C, L]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="padding">Zeros (or what the mode says) before and after.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv1d Conv1d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
            long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, [kernel_size], [stride], [padding], [dilation],
                groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over <c>[B, C, L]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="padding">None, or as much as keeps the size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv1d Conv1d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1,
            long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, [kernel_size], [stride],
                Around(padding, [kernel_size], [dilation]), [dilation], groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over images <c>[B, C, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="padding">Zeros (or what the mode says) before and after.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
            long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Same2(kernel_size), Same2(stride), Same2(padding), Same2(dilation),
                groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over images <c>[B, C, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="padding">None, or as much as keeps the size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1,
            long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Same2(kernel_size), Same2(stride),
                Around(padding, Same2(kernel_size), Same2(dilation)), Same2(dilation), groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over images <c>[B, C, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="padding">Zeros (or what the mode says) before and after.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null,
            (long, long)? padding = null, (long, long)? dilation = null,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Each(kernel_size), Each(stride ?? (1, 1)), Each(padding ?? (0, 0)), Each(dilation ?? (1, 1)),
                groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over images <c>[B, C, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="padding">None, or as much as keeps the size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernel_size, Padding padding,
            (long, long)? stride = null, (long, long)? dilation = null,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Each(kernel_size), Each(stride ?? (1, 1)),
                Around(padding, Each(kernel_size), Each(dilation ?? (1, 1))), Each(dilation ?? (1, 1)), groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over video <c>[B, C, T, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="padding">Zeros (or what the mode says) before and after.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv3d Conv3d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
            long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Same3(kernel_size), Same3(stride), Same3(padding), Same3(dilation),
                groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over video <c>[B, C, T, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="padding">None, or as much as keeps the size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv3d Conv3d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1,
            long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Same3(kernel_size), Same3(stride),
                Around(padding, Same3(kernel_size), Same3(dilation)), Same3(dilation), groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over video <c>[B, C, T, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="padding">Zeros (or what the mode says) before and after.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv3d Conv3d(long in_channels, long out_channels, (long, long, long) kernel_size,
            (long, long, long)? stride = null, (long, long, long)? padding = null, (long, long, long)? dilation = null,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Each(kernel_size), Each(stride ?? (1, 1, 1)), Each(padding ?? (0, 0, 0)), Each(dilation ?? (1, 1, 1)),
                groups, padding_mode), bias, device, dtype);

        /// <summary>A convolution over video <c>[B, C, T, H, W]</c>.</summary>
        /// <param name="in_channels">Channels of the input.</param>
        /// <param name="out_channels">Channels of the output.</param>
        /// <param name="kernel_size">The window's size.</param>
        /// <param name="padding">None, or as much as keeps the size.</param>
        /// <param name="stride">The window's step.</param>
        /// <param name="dilation">The distance between the window's elements.</param>
        /// <param name="padding_mode">What the padding consists of.</param>
        /// <param name="groups">Independent groups of channels.</param>
        /// <param name="bias">Whether to add a bias.</param>
        /// <param name="device">Where the weights lie; the default device if null.</param>
        /// <param name="dtype">Their type; the default type if null.</param>
        public static Modules.Conv3d Conv3d(long in_channels, long out_channels, (long, long, long) kernel_size, Padding padding,
            (long, long, long)? stride = null, (long, long, long)? dilation = null,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(new(in_channels, out_channels, Each(kernel_size), Each(stride ?? (1, 1, 1)),
                Around(padding, Each(kernel_size), Each(dilation ?? (1, 1, 1))), Each(dilation ?? (1, 1, 1)), groups, padding_mode), bias, device, dtype);

        private static long[] Around(Padding padding, long[] kernel, long[] dilation) =>
            Modules.ConvolutionShape.PaddingFor(padding, kernel, dilation);

        private static long[] Same2(long value) => [value, value];

        private static long[] Same3(long value) => [value, value, value];

        private static long[] Each((long, long) values) => [values.Item1, values.Item2];

        private static long[] Each((long, long, long) values) => [values.Item1, values.Item2, values.Item3];
    }
}
