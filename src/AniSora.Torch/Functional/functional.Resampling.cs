namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Puts elements around a tensor; negative numbers cut elements off.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="pad">How many before and after, the last dimension first: [left, right, top, bottom, front, back].</param>
            /// <param name="mode">What to put there.</param>
            /// <param name="value">The number, if <paramref name="mode"/> is Constant.</param>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => mode switch
            {
                PaddingModes.Constant => Operators.constant_pad_nd.Call(input, pad, value),
                PaddingModes.Zeros => Operators.constant_pad_nd.Call(input, pad, 0),
                PaddingModes.Reflect => Operators.pad.Call(input, pad, "reflect"),
                PaddingModes.Replicate => Operators.pad.Call(input, pad, "replicate"),
                _ => Operators.pad.Call(input, pad, "circular"),
            };

            /// <inheritdoc cref="pad(Tensor, long[], PaddingModes, double)"/>
            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.ToArray(), mode, value);

            /// <inheritdoc cref="pad(Tensor, long[], PaddingModes, double)"/>
            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            /// <inheritdoc cref="pad(Tensor, long[], PaddingModes, double)"/>
            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant,
                double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            /// <summary>Changes the size of all dimensions but the first two.</summary>
            /// <param name="x">[B, C, L], [B, C, H, W] or [B, C, T, H, W].</param>
            /// <param name="size">The new sizes; null = by <paramref name="scale_factor"/>.</param>
            /// <param name="scale_factor">New size / old size, one number or one per dimension; null = by <paramref name="size"/>.</param>
            /// <param name="mode">How.</param>
            /// <param name="align_corners">Whether the corner elements' centres stay corners; null = no. Not for Nearest and Area.</param>
            /// <param name="recompute_scale_factor">Whether to use the ratio of the rounded sizes.</param>
            /// <exception cref="ArgumentException">The sizes don't fit the tensor, or the mode has no such number of
            /// dimensions.</exception>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null, bool recompute_scale_factor = false)
            {
                ArgumentNullException.ThrowIfNull(x);
                var spatial = x.shape[2..];
                if (size is null == scale_factor is null)
                    throw new ArgumentException("give either size or scale_factor", nameof(size));
                if (scale_factor is [var one] && spatial.Length > 1)
                    scale_factor = [.. Enumerable.Repeat(one, spatial.Length)];
                if ((size?.Length ?? scale_factor!.Length) != spatial.Length)
                    throw new ArgumentException(
                        $"{x.Describe()} has {spatial.Length} dimensions to resize, not {size?.Length ?? scale_factor!.Length}");
                if (scale_factor is not null && (recompute_scale_factor || mode == InterpolationMode.Area))
                    (size, scale_factor) = ([.. spatial.Select((s, d) => (long)Math.Floor(s * scale_factor[d]))], null);

                var aligned = align_corners ?? false;
                return (mode, spatial.Length) switch
                {
                    (InterpolationMode.Nearest, 1) => Operators.upsample_nearest1d.Call(x, size, scale_factor),
                    (InterpolationMode.Nearest, 2) => Operators.upsample_nearest2d.Call(x, size, scale_factor),
                    (InterpolationMode.Nearest, 3) => Operators.upsample_nearest3d.Call(x, size, scale_factor),
                    (InterpolationMode.Linear, 1) => Operators.upsample_linear1d.Call(x, size, aligned, scale_factor),
                    (InterpolationMode.Bilinear, 2) => Operators.upsample_bilinear2d.Call(x, size, aligned, scale_factor),
                    (InterpolationMode.Bicubic, 2) => Operators.upsample_bicubic2d.Call(x, size, aligned, scale_factor),
                    (InterpolationMode.Trilinear, 3) => Operators.upsample_trilinear3d.Call(x, size, aligned, scale_factor),
                    (InterpolationMode.Area, 1) => Operators.adaptive_avg_pool1d.Call(x, size),
                    (InterpolationMode.Area, 2) => Operators.adaptive_avg_pool2d.Call(x, size),
                    (InterpolationMode.Area, 3) => Operators.adaptive_avg_pool3d.Call(x, size),
                    _ => throw new ArgumentException($"{mode} does not resize {spatial.Length} dimensions", nameof(mode)),
                };
            }

            /// <summary>[B, C·r², H, W] to [B, C, H·r, W·r]: channels become pixels.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="upscale_factor">r.</param>
            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) => Operators.pixel_shuffle.Call(input, upscale_factor);

            /// <summary>[B, C, H·r, W·r] to [B, C·r², H, W]: pixels become channels.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="downscale_factor">r.</param>
            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor) =>
                Operators.pixel_unshuffle.Call(input, downscale_factor);
        }
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp pad = new("pad");
        internal static readonly TorchOp constant_pad_nd = new("constant_pad_nd");
        internal static readonly TorchOp upsample_nearest1d = new("upsample_nearest1d", "vec");
        internal static readonly TorchOp upsample_nearest2d = new("upsample_nearest2d", "vec");
        internal static readonly TorchOp upsample_nearest3d = new("upsample_nearest3d", "vec");
        internal static readonly TorchOp upsample_linear1d = new("upsample_linear1d", "vec");
        internal static readonly TorchOp upsample_bilinear2d = new("upsample_bilinear2d", "vec");
        internal static readonly TorchOp upsample_bicubic2d = new("upsample_bicubic2d", "vec");
        internal static readonly TorchOp upsample_trilinear3d = new("upsample_trilinear3d", "vec");
        internal static readonly TorchOp adaptive_avg_pool1d = new("adaptive_avg_pool1d");
        internal static readonly TorchOp adaptive_avg_pool2d = new("adaptive_avg_pool2d");
        internal static readonly TorchOp adaptive_avg_pool3d = new("adaptive_avg_pool3d");
        internal static readonly TorchOp pixel_shuffle = new("pixel_shuffle");
        internal static readonly TorchOp pixel_unshuffle = new("pixel_unshuffle");
    }
}
