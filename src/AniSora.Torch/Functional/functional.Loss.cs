namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>(input - target)².</summary>
            /// <param name="input">The estimate.</param>
            /// <param name="target">The truth; shapes broadcast.</param>
            /// <param name="reduction">Mean, sum or each element.</param>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Operators.mse_loss.Call(input, target, (long)reduction);

            /// <summary>|input - target|.</summary>
            /// <param name="input">The estimate.</param>
            /// <param name="target">The truth; shapes broadcast.</param>
            /// <param name="reduction">Mean, sum or each element.</param>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Operators.l1_loss.Call(input, target, (long)reduction);

            /// <summary>Of the difference d: d² / (2 beta) below beta, |d| - beta / 2 above.</summary>
            /// <param name="input">The estimate.</param>
            /// <param name="target">The truth; shapes broadcast.</param>
            /// <param name="reduction">Mean, sum or each element.</param>
            /// <param name="beta">Where the parabola becomes a line.</param>
            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                Operators.smooth_l1_loss.Call(input, target, (long)reduction, beta);

            /// <summary>Of the difference d: d² / 2 below delta, delta · (|d| - delta / 2) above.</summary>
            /// <param name="input">The estimate.</param>
            /// <param name="target">The truth; shapes broadcast.</param>
            /// <param name="delta">Where the parabola becomes a line.</param>
            /// <param name="reduction">Mean, sum or each element.</param>
            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean) =>
                Operators.huber_loss.Call(input, target, (long)reduction, delta);

            /// <summary>-ln of the probability, softmax(input), of the true class.</summary>
            /// <param name="input">Logits, [B, classes, …].</param>
            /// <param name="target">Classes, int64 [B, …], or probabilities in the input's shape.</param>
            /// <param name="weight">A weight for each class, or null.</param>
            /// <param name="ignore_index">A class that doesn't count.</param>
            /// <param name="reduction">Mean, sum or each element.</param>
            /// <param name="label_smoothing">This share of the truth is spread evenly over all classes.</param>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Operators.cross_entropy_loss.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>-(y ln σ(x) + (1 - y) ln(1 - σ(x))).</summary>
            /// <param name="input">Logits x.</param>
            /// <param name="target">Probabilities y, same shape.</param>
            /// <param name="weight">A weight for each element, or null.</param>
            /// <param name="reduction">Mean, sum or each element.</param>
            /// <param name="pos_weights">A weight for positives of each class, or null.</param>
            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Operators.binary_cross_entropy_with_logits.Call(input, target, weight, pos_weights, (long)reduction);
        }
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp mse_loss = new("mse_loss");
        internal static readonly TorchOp l1_loss = new("l1_loss");
        internal static readonly TorchOp smooth_l1_loss = new("smooth_l1_loss");
        internal static readonly TorchOp huber_loss = new("huber_loss");
        internal static readonly TorchOp cross_entropy_loss = new("cross_entropy_loss");
        internal static readonly TorchOp binary_cross_entropy_with_logits = new("binary_cross_entropy_with_logits");
    }
}
