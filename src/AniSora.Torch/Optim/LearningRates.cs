namespace AniSora.Torch;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Schedules of the learning rate. Each sets the rate of step 0 at once, and the next at every <c>step()</c>.</summary>
        public static partial class lr_scheduler
        {
            /// <summary>The initial rate times a function of the step.</summary>
            /// <param name="optimizer">Whose rate to set.</param>
            /// <param name="lr_lambda">The factor at step 0, 1, ...</param>
            /// <param name="last_epoch">The last step taken when resuming, or -1.</param>
            /// <param name="verbose">Accepted for compatibility; nothing is printed.</param>
            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1,
                bool verbose = false) =>
                new impl.ClosedForm(optimizer, (initial, t) => initial * lr_lambda(t), last_epoch);

            /// <summary>Half a cosine wave from the initial rate to a least one (Loshchilov and Hutter 2017), going on
            /// periodically.</summary>
            /// <param name="optimizer">Whose rate to set.</param>
            /// <param name="T_max">The step at which the least rate is reached.</param>
            /// <param name="eta_min">The least rate.</param>
            /// <param name="last_epoch">The last step taken when resuming, or -1.</param>
            /// <param name="verbose">Accepted for compatibility; nothing is printed.</param>
            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1,
                bool verbose = false) =>
                new impl.ClosedForm(optimizer, (initial, t) =>
                    eta_min + (initial - eta_min) * (1 + Math.Cos(Math.PI * t / T_max)) / 2, last_epoch);

            /// <summary>A straight line between two factors of the initial rate, then the last factor; a warm-up.</summary>
            /// <param name="optimizer">Whose rate to set.</param>
            /// <param name="start_factor">The factor at step 0.</param>
            /// <param name="end_factor">The factor from <paramref name="total_iters"/> on.</param>
            /// <param name="total_iters">The length of the line in steps.</param>
            /// <param name="last_epoch">The last step taken when resuming, or -1.</param>
            /// <param name="verbose">Accepted for compatibility; nothing is printed.</param>
            public static LRScheduler LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1,
                int total_iters = 5, int last_epoch = -1, bool verbose = false) =>
                new impl.ClosedForm(optimizer, (initial, t) =>
                    initial * (start_factor + (end_factor - start_factor) * Math.Min(t, total_iters) / total_iters), last_epoch);

            /// <summary>Sets the learning rates of an optimiser step by step.</summary>
            public abstract class LRScheduler
            {
                private readonly ILearningRateController[] _groups;

                private protected LRScheduler(Optimizer optimizer, int last_epoch)
                {
                    _groups = [.. optimizer.ParamGroups];
                    _step_count = last_epoch;
                }

                /// <summary>The present step; -1 before the first.</summary>
                public int _step_count { get; private set; }

                /// <summary>The rates now set, one per group.</summary>
                public IEnumerable<double> get_last_lr() => _groups.Select(g => g.LearningRate);

                /// <summary>Goes to the next step.</summary>
                public virtual void step() => step(_step_count + 1);

                /// <summary>Goes to a given step.</summary>
                /// <param name="epoch">The step, from 0; null for the next.</param>
                public virtual void step(int? epoch)
                {
                    _step_count = epoch ?? _step_count + 1;
                    foreach (var group in _groups)
                        group.LearningRate = Rate(group.InitialLearningRate, _step_count);
                }

                private protected abstract double Rate(double initial, int step);
            }

            /// <summary>The schedules themselves.</summary>
            internal static class impl
            {
                internal sealed class ClosedForm : LRScheduler
                {
                    private readonly Func<double, int, double> _rate;

                    public ClosedForm(Optimizer optimizer, Func<double, int, double> rate, int last_epoch) : base(optimizer, last_epoch)
                    {
                        _rate = rate;
                        step();
                    }

                    private protected override double Rate(double initial, int step) => _rate(initial, step);
                }
            }
        }
    }
}
