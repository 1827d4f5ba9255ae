using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>A module without parameters.</summary>
    public abstract class ParameterLessModule<T, TResult> : nn.Module<T, TResult>
    {
        private protected ParameterLessModule(string name) : base(name) { }
    }

    /// <summary>Zeroes elements with probability p while training and scales the rest by 1 / (1 - p).</summary>
    public sealed class Dropout : ParameterLessModule<Tensor, Tensor>
    {
        internal Dropout(double p, bool inplace) : base(nameof(Dropout))
        {
            if (!(p is >= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(p), p, "a probability lies in [0, 1]");
            this.p = p;
            this.inplace = inplace;
        }

        /// <summary>The probability, in [0, 1].</summary>
        public double p { get; set; }

        /// <summary>Whether to overwrite the input.</summary>
        public bool inplace { get; set; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => nn.functional.dropout(input, p, training, inplace);
    }

    /// <summary>x·sigmoid(x).</summary>
    public sealed class SiLU : ParameterLessModule<Tensor, Tensor>
    {
        internal SiLU(bool inplace) : base(nameof(SiLU)) => this.inplace = inplace;

        /// <summary>Whether to overwrite the input.</summary>
        public bool inplace { get; set; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => nn.functional.silu(input, inplace);
    }

    /// <summary>x·Φ(x) with the normal distribution function Φ (Hendrycks and Gimpel 2016).</summary>
    public sealed class GELU : ParameterLessModule<Tensor, Tensor>
    {
        /// <summary>How Φ is computed.</summary>
        public enum Approximate
        {
            /// <summary>Exactly, by the error function.</summary>
            none,
            /// <summary>By a hyperbolic tangent; several times slower on the CPU, for models trained so.</summary>
            tanh,
        }

        internal GELU(Approximate approximate, bool inplace) : base(nameof(GELU))
        {
            this.approximate = approximate;
            this.inplace = inplace;
        }

        /// <summary>How Φ is computed.</summary>
        public Approximate approximate { get; set; }

        /// <summary>Whether to overwrite the input.</summary>
        public bool inplace { get; set; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => nn.functional.gelu(input, approximate, inplace);
    }

    /// <summary>max(x, 0).</summary>
    public sealed class ReLU : ParameterLessModule<Tensor, Tensor>
    {
        internal ReLU(bool inplace) : base(nameof(ReLU)) => this.inplace = inplace;

        /// <summary>Whether to overwrite the input.</summary>
        public bool inplace { get; set; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => nn.functional.relu(input, inplace);
    }

    /// <summary>Gives its input back.</summary>
    public sealed class Identity : ParameterLessModule<Tensor, Tensor>
    {
        internal Identity() : base(nameof(Identity)) { }

        /// <summary>Gives a second handle on the input, so that callers may dispose input and output alike.</summary>
        /// <param name="input">Any tensor.</param>
        public override Tensor forward(Tensor input) => input.alias();
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Dropout.</summary>
            /// <param name="p">The probability of zero, in [0, 1].</param>
            /// <param name="inplace">Whether to overwrite the input.</param>
            public static Modules.Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            /// <summary>x·sigmoid(x).</summary>
            public static Modules.SiLU SiLU() => new(false);

            /// <summary>x·sigmoid(x).</summary>
            /// <param name="inplace">Whether to overwrite the input.</param>
            public static Modules.SiLU SiLU(bool inplace) => new(inplace);

            /// <summary>x·Φ(x), exactly.</summary>
            public static Modules.GELU GELU() => new(Modules.GELU.Approximate.none, false);

            /// <summary>x·Φ(x), exactly.</summary>
            /// <param name="inplace">Whether to overwrite the input.</param>
            public static Modules.GELU GELU(bool inplace) => new(Modules.GELU.Approximate.none, inplace);

            /// <summary>x·Φ(x).</summary>
            /// <param name="approximate">How Φ is computed.</param>
            /// <param name="inplace">Whether to overwrite the input.</param>
            public static Modules.GELU GELU(Modules.GELU.Approximate approximate, bool inplace = false) => new(approximate, inplace);

            /// <summary>max(x, 0).</summary>
            /// <param name="inplace">Whether to overwrite the input.</param>
            public static Modules.ReLU ReLU(bool inplace = false) => new(inplace);

            /// <summary>A module that does nothing.</summary>
            public static Modules.Identity Identity() => new();
        }
    }
}
