using AniSora.Torch.Modules;

namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Helpers over parameters.</summary>
        public static class utils
        {
            /// <summary>Scales all gradients so that their common norm is at most a bound.</summary>
            /// <param name="tensors">The parameters; those without a gradient are passed over.</param>
            /// <param name="max_norm">The bound.</param>
            /// <param name="norm_type">The order p of the norm (sum |g|^p)^(1/p), or infinity.</param>
            /// <returns>The norm before scaling; not finite when some gradient isn't (gradients are then left alone).</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var noGrad = no_grad();
                using var scope = NewDisposeScope();
                var grads = tensors.Select(p => p.grad).OfType<Tensor>().ToList();
                var norm = 0.0;
                foreach (var grad in grads)
                {
                    var magnitude = grad.abs().to(ScalarType.Float64);
                    norm = double.IsInfinity(norm_type)
                        ? Math.Max(norm, magnitude.max().item<double>())
                        : norm + magnitude.pow(norm_type).sum().item<double>();
                }
                if (!double.IsInfinity(norm_type))
                    norm = Math.Pow(norm, 1 / norm_type);
                var scale = max_norm / (norm + 1e-6);
                if (scale < 1 && double.IsFinite(norm))
                    foreach (var grad in grads)
                        grad.mul_(scale);
                return norm;
            }

            /// <summary>Clamps every gradient element to [-clip_value, clip_value].</summary>
            /// <param name="tensors">The parameters.</param>
            /// <param name="clip_value">The bound, not negative.</param>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(clip_value);
                using var noGrad = no_grad();
                using var scope = NewDisposeScope();
                foreach (var parameter in tensors)
                    parameter.grad?.clamp_(-clip_value, clip_value);
            }
        }
    }
}
