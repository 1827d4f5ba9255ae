using AniSora.Torch.Modules;

namespace AniSora.Torch
{
    public static partial class torch
    {
        /// <summary>Optimisers and learning-rate schedules.</summary>
        public static partial class optim
        {
            /// <summary>Something whose learning rate a schedule can set.</summary>
            public interface ILearningRateController
            {
                /// <summary>The learning rate of the next step.</summary>
                double LearningRate { get; set; }

                /// <summary>The learning rate that schedules start from.</summary>
                double InitialLearningRate { get; set; }
            }

            /// <summary>Something with two decay rates of means.</summary>
            public interface IBetas
            {
                /// <summary>The decay of the mean of gradients and of squared gradients.</summary>
                (double, double) Betas { get; set; }
            }

            /// <summary>Changes parameters by their gradients.</summary>
            public abstract class Optimizer : IDisposable
            {
                /// <summary>The groups of parameters.</summary>
                public IList<ParamGroup> _parameter_groups { get; } = [];

                /// <summary>The groups of parameters, for schedules.</summary>
                public IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

                /// <summary>All parameters.</summary>
                public virtual IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(g => g.Parameters);

                /// <summary>Forgets all gradients.</summary>
                public virtual void zero_grad()
                {
                    foreach (var parameter in parameters())
                        nn.Module.ForgetGradient(parameter, set_to_none: true);
                }

                /// <summary>Takes one step.</summary>
                /// <param name="closure">Computes the loss and its gradients first, if given.</param>
                /// <returns>The closure's loss, or null.</returns>
                public abstract Tensor? step(Func<Tensor>? closure = null);

                /// <summary>Adds parameters.</summary>
                /// <param name="param_group">The parameters and their options.</param>
                /// <exception cref="ArgumentException">A parameter is already in a group.</exception>
                public virtual void add_param_group(ParamGroup param_group)
                {
                    var known = new HashSet<object>(parameters(), ReferenceEqualityComparer.Instance);
                    foreach (var parameter in param_group.Parameters)
                        if (!known.Add(parameter))
                            throw new ArgumentException("a parameter comes twice", nameof(param_group));
                    _parameter_groups.Add(param_group);
                }

                /// <summary>Frees the optimiser's state; the parameters stay.</summary>
                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                /// <summary>Frees the optimiser's state.</summary>
                /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
                protected virtual void Dispose(bool disposing) { }
            }
        }
    }
}

namespace AniSora.Torch.Modules
{
    /// <summary>Options of a group; what is null is taken from the optimiser.</summary>
    public class OptimizerOptions
    {
        /// <summary>The learning rate.</summary>
        public double? LearningRate { get; set; }

        /// <summary>The learning rate that schedules start from.</summary>
        public double InitialLearningRate { get; set; }
    }

    /// <summary>Parameters that share options.</summary>
    public class ParamGroup : torch.optim.ILearningRateController
    {
        /// <summary>Creates a group.</summary>
        /// <param name="parameters">The parameters.</param>
        /// <param name="options">Their options.</param>
        public ParamGroup(IEnumerable<Parameter> parameters, OptimizerOptions options)
        {
            Parameters = [.. parameters];
            Options = options;
        }

        /// <summary>The parameters.</summary>
        public IEnumerable<Parameter> Parameters { get; set; }

        /// <summary>Their options.</summary>
        public OptimizerOptions Options { get; set; }

        /// <inheritdoc/>
        public double LearningRate
        {
            get => Options.LearningRate ?? throw new InvalidOperationException("the group belongs to no optimiser yet");
            set => Options.LearningRate = value;
        }

        /// <inheritdoc/>
        public double InitialLearningRate
        {
            get => Options.InitialLearningRate;
            set => Options.InitialLearningRate = value;
        }
    }
}
