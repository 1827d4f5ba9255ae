using AniSora.Torch.Modules;
using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>Adam (Kingma and Ba 2015); weight decay is added to the gradient.</summary>
    /// <remarks>Runs anywhere and in any floating-point type. For training on the CPU <see cref="FusedAdamW"/> is several times
    /// faster.</remarks>
    public sealed class Adam : AdamFamily
    {
        /// <summary>Creates the optimiser for parameters with equal options.</summary>
        /// <param name="parameters">The parameters.</param>
        /// <param name="lr">The learning rate.</param>
        /// <param name="beta1">Decay of the mean of gradients.</param>
        /// <param name="beta2">Decay of the mean of squared gradients.</param>
        /// <param name="eps">Added to the root of the latter.</param>
        /// <param name="weight_decay">λ of the term λ·w added to the gradient.</param>
        /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
        /// <param name="maximize">Whether to climb instead of descend.</param>
        public Adam(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
            double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : this([new ParamGroup(parameters)], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize) { }

        /// <summary>Creates the optimiser for groups with their own options.</summary>
        /// <param name="parameters">The groups.</param>
        /// <param name="lr">The learning rate.</param>
        /// <param name="beta1">Decay of the mean of gradients.</param>
        /// <param name="beta2">Decay of the mean of squared gradients.</param>
        /// <param name="eps">Added to the root of the latter.</param>
        /// <param name="weight_decay">λ of the term λ·w added to the gradient.</param>
        /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
        /// <param name="maximize">Whether to climb instead of descend.</param>
        public Adam(IEnumerable<ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
            double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(parameters, Options.Of(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize), decoupled: false) { }

        /// <summary>Options of a group; what is null is taken from the optimiser.</summary>
        public sealed class Options : AdamOptions
        {
            internal static Options Of(double lr, double beta1, double beta2, double eps, double weight_decay, bool amsgrad,
                bool maximize) => new()
                {
                    LearningRate = lr,
                    beta1 = beta1,
                    beta2 = beta2,
                    eps = eps,
                    weight_decay = weight_decay,
                    amsgrad = amsgrad,
                    maximize = maximize,
                };
        }

        /// <summary>Parameters with options of their own.</summary>
        public sealed class ParamGroup : Modules.ParamGroup, optim.IBetas
        {
            /// <summary>Creates a group.</summary>
            /// <param name="parameters">The parameters.</param>
            /// <param name="options">What differs from the optimiser's options.</param>
            public ParamGroup(IEnumerable<Parameter> parameters, Options? options = null) : base(parameters, options ?? new Options()) { }

            /// <summary>Creates a group.</summary>
            /// <param name="parameters">The parameters.</param>
            /// <param name="lr">The learning rate.</param>
            /// <param name="beta1">Decay of the mean of gradients.</param>
            /// <param name="beta2">Decay of the mean of squared gradients.</param>
            /// <param name="eps">Added to the root of the latter.</param>
            /// <param name="weight_decay">λ of the term λ·w added to the gradient.</param>
            /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
            /// <param name="maximize">Whether to climb instead of descend.</param>
            public ParamGroup(IEnumerable<Parameter> parameters, double lr, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : base(parameters, Adam.Options.Of(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)) { }

            /// <inheritdoc/>
            public (double, double) Betas
            {
                get => (((AdamOptions)Options).beta1 ?? 0.9, ((AdamOptions)Options).beta2 ?? 0.999);
                set => (((AdamOptions)Options).beta1, ((AdamOptions)Options).beta2) = value;
            }
        }
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Adam for parameters with equal options.</summary>
            /// <param name="parameters">What to train.</param>
            /// <param name="lr">The learning rate.</param>
            /// <param name="beta1">Decay of the mean of gradients.</param>
            /// <param name="beta2">Decay of the mean of squared gradients.</param>
            /// <param name="eps">Added to the root of the latter.</param>
            /// <param name="weight_decay">λ of the term λ·w added to the gradient.</param>
            /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
            /// <param name="maximize">Whether to climb instead of descend.</param>
            public static Modules.Adam Adam(IEnumerable<Parameter> parameters, double lr = 0.001,
                double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            /// <summary>Adam for named parameters; the names are not used.</summary>
            /// <param name="parameters">What to train.</param>
            /// <param name="lr">The learning rate.</param>
            /// <param name="beta1">Decay of the mean of gradients.</param>
            /// <param name="beta2">Decay of the mean of squared gradients.</param>
            /// <param name="eps">Added to the root of the latter.</param>
            /// <param name="weight_decay">λ of the term λ·w added to the gradient.</param>
            /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
            /// <param name="maximize">Whether to climb instead of descend.</param>
            public static Modules.Adam Adam(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.001,
                double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters.Select(p => p.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            /// <summary>Adam for groups with their own options.</summary>
            /// <param name="parameters">What to train.</param>
            /// <param name="lr">The learning rate.</param>
            /// <param name="beta1">Decay of the mean of gradients.</param>
            /// <param name="beta2">Decay of the mean of squared gradients.</param>
            /// <param name="eps">Added to the root of the latter.</param>
            /// <param name="weight_decay">λ of the term λ·w added to the gradient.</param>
            /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
            /// <param name="maximize">Whether to climb instead of descend.</param>
            public static Modules.Adam Adam(IEnumerable<Modules.Adam.ParamGroup> parameters, double lr = 0.001,
                double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
