namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Initial values of weights. All functions fill their tensor in place, without recording, and return it.</summary>
        public static class init
        {
            /// <summary>The function that follows a layer, which decides the gain that keeps variances constant.</summary>
            public enum NonlinearityType
            {
                /// <summary>None.</summary>
                Linear,
                /// <summary>A one-dimensional convolution; none follows.</summary>
                Conv1D,
                /// <summary>A two-dimensional convolution; none follows.</summary>
                Conv2D,
                /// <summary>A three-dimensional convolution; none follows.</summary>
                Conv3D,
                /// <summary>The logistic function.</summary>
                Sigmoid,
                /// <summary>The hyperbolic tangent.</summary>
                Tanh,
                /// <summary>max(x, 0).</summary>
                ReLU,
                /// <summary>max(x, 0) + a·min(x, 0).</summary>
                LeakyReLU,
            }

            /// <summary>Which count of connections the variance is divided by.</summary>
            public enum FanInOut
            {
                /// <summary>Inputs per output: keeps variances constant going forward.</summary>
                FanIn,
                /// <summary>Outputs per input: keeps variances constant going backward.</summary>
                FanOut,
            }

            /// <summary>Inputs per output and outputs per input of a weight <c>[out, in, kernel...]</c>.</summary>
            /// <param name="tensor">A weight of at least two dimensions.</param>
            /// <exception cref="ArgumentException">The weight has fewer than two dimensions.</exception>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException($"a weight of shape [{string.Join(", ", shape)}] has no fan: it needs at least two " +
                        "dimensions", nameof(tensor));
                var field = 1L;
                foreach (var size in shape.AsSpan(2))
                    field *= size;
                return (shape[1] * field, shape[0] * field);
            }

            /// <summary>The factor on the standard deviation for the function that follows.</summary>
            /// <param name="nonlinearity">The function.</param>
            /// <param name="param">The slope a of a leaky ReLU.</param>
            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3.0,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + param * param)),
                _ => 1,
            };

            /// <summary>Zeros.</summary>
            /// <param name="tensor">The tensor to fill.</param>
            public static Tensor zeros_(Tensor tensor) => Quietly(tensor, t => t.zero_());

            /// <summary>Ones.</summary>
            /// <param name="tensor">The tensor to fill.</param>
            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            /// <summary>One value everywhere.</summary>
            /// <param name="tensor">The tensor to fill.</param>
            /// <param name="val">The value.</param>
            public static Tensor constant_(Tensor tensor, Scalar val) => Quietly(tensor, t => t.fill_(val));

            /// <summary>Evenly distributed values in [low, high).</summary>
            /// <param name="tensor">The tensor to fill.</param>
            /// <param name="low">The lower bound.</param>
            /// <param name="high">The upper bound.</param>
            /// <param name="generator">Where the randomness comes from; the default generator if null.</param>
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null) =>
                Quietly(tensor, t => t.uniform_(low, high, generator));

            /// <summary>Normally distributed values.</summary>
            /// <param name="tensor">The tensor to fill.</param>
            /// <param name="mean">Their mean.</param>
            /// <param name="std">Their standard deviation.</param>
            /// <param name="generator">Where the randomness comes from; the default generator if null.</param>
            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) =>
                Quietly(tensor, t => t.normal_(mean, std, generator));

            /// <summary>Normally distributed values cut off at [a, b], by the inverse distribution function.</summary>
            /// <param name="tensor">The tensor to fill.</param>
            /// <param name="mean">The mean before the cut.</param>
            /// <param name="std">The standard deviation before the cut.</param>
            /// <param name="a">The least value.</param>
            /// <param name="b">The greatest value.</param>
            /// <param name="generator">Where the randomness comes from; the default generator if null.</param>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2,
                Generator? generator = null) =>
                Quietly(tensor, t =>
                {
                    var low = NormalCumulative((a - mean) / std);
                    var high = NormalCumulative((b - mean) / std);
                    Operators.erfinv_.CallInPlace(t.uniform_(2 * low - 1, 2 * high - 1, generator))
                        .mul_(std * Math.Sqrt(2)).add_(mean).clamp_(a, b);
                });

            /// <summary>Uniform values whose variance suits both directions: bound = gain·sqrt(6 / (fan in + fan out)) (Glorot and
            /// Bengio 2010).</summary>
            /// <param name="tensor">A weight of at least two dimensions.</param>
            /// <param name="gain">A factor on the bound.</param>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Normal values whose variance suits both directions: std = gain·sqrt(2 / (fan in + fan out)) (Glorot and
            /// Bengio 2010).</summary>
            /// <param name="tensor">A weight of at least two dimensions.</param>
            /// <param name="gain">A factor on the standard deviation.</param>
            public static Tensor xavier_normal_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return normal_(tensor, 0, gain * Math.Sqrt(2.0 / (fanIn + fanOut)));
            }

            /// <summary>Uniform values that keep the variance behind a (leaky) ReLU: bound = gain·sqrt(3 / fan) (He et al. 2015).</summary>
            /// <param name="tensor">A weight of at least two dimensions.</param>
            /// <param name="a">The slope of the leaky ReLU; sqrt(5) is what linear and convolution layers start with.</param>
            /// <param name="mode">Which fan.</param>
            /// <param name="nonlinearity">The function that follows.</param>
            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var bound = Math.Sqrt(3) * KaimingDeviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Normal values that keep the variance behind a (leaky) ReLU: std = gain / sqrt(fan) (He et al. 2015).</summary>
            /// <param name="tensor">A weight of at least two dimensions.</param>
            /// <param name="a">The slope of the leaky ReLU.</param>
            /// <param name="mode">Which fan.</param>
            /// <param name="nonlinearity">The function that follows.</param>
            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, KaimingDeviation(tensor, a, mode, nonlinearity));

            /// <summary>What PyTorch's linear and convolution layers start with: uniform in ±1/sqrt(fan in), weight and bias
            /// alike.</summary>
            internal static void LayerDefault(Tensor weight, Tensor? bias)
            {
                kaiming_uniform_(weight, Math.Sqrt(5));
                if (bias is null)
                    return;
                var fanIn = CalculateFanInAndFanOut(weight).fanIn;
                var bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
                uniform_(bias, -bound, bound);
            }

            private static double KaimingDeviation(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var fan = mode == FanInOut.FanIn ? fanIn : fanOut;
                return fan > 0 ? calculate_gain(nonlinearity, a) / Math.Sqrt(fan) : 0;
            }

            private static Tensor Quietly(Tensor tensor, Action<Tensor> fill)
            {
                // In-place operators return a second handle on the same tensor; the scope frees it at once.
                using var noGrad = no_grad();
                using var scope = NewDisposeScope();
                fill(tensor);
                return tensor;
            }

            /// <summary>The normal distribution function.</summary>
            private static double NormalCumulative(double x)
            {
                // Simpson's rule over [0, |x|] is exact to 1e-12 at these lengths and needs no table of constants.
                const int Steps = 2000;
                var width = Math.Min(Math.Abs(x), 12) / Steps;
                var sum = 0.0;
                for (var i = 0; i <= Steps; i++)
                    sum += (i == 0 || i == Steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-0.5 * (i * width) * (i * width));
                var half = sum * width / 3 / Math.Sqrt(2 * Math.PI);
                return x < 0 ? 0.5 - half : 0.5 + half;
            }
        }
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp erfinv_ = new("erfinv_");
    }
}
