using static AniSora.Torch.torch;

namespace AniSora.Torch;

public sealed partial class FusedAdamW
{
    /// <summary>
    /// The step by libtorch's operators on lists of tensors, for every device but the CPU. On a GPU each such operator is a few kernels
    /// over many parameters at once, so that hundreds of small ones do not wait for a launch each.
    /// </summary>
    private sealed class OperatorStep : IDisposable
    {
        /// <summary>Numbers that are worked on at once: bounds the memory of intermediate results (256 MB each) however large the model.</summary>
        private const long AtOnce = 64 << 20;

        private readonly FusedAdamW _owner;

        // Views of the flat state in the parameters' shapes, made once.
        private readonly Tensor[] _means, _squares, _averages;

        public OperatorStep(FusedAdamW owner)
        {
            _owner = owner;
            Tensor[] Views(Tensor? flat) => flat is null ? [] : [.. owner._slots.Select(slot => View(flat, slot).DetachFromDisposeScope())];
            (_means, _squares, _averages) = (Views(owner._means), Views(owner._squares), Views(owner._averages));
        }

        public FusedAdamWStep Take(double learningRate)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var grads = Gradients();
            double norm = Norm(grads, out var nonFinite);
            if (nonFinite is not null)
                return new FusedAdamWStep(norm, false, nonFinite);

            _owner._step++;
            double clip = _owner.ClipFactor(norm);
            // Parameters with equal constants go together; one that missed gradients is behind in its own count.
            var groups = Enumerable.Range(0, grads.Length).Where(i => grads[i] is not null).GroupBy(i =>
            {
                var slot = _owner._slots[i];
                return (Step: ++slot.Steps, Rate: learningRate * slot.LearningRateScale, slot.WeightDecay);
            }).ToList();
            foreach (var group in groups)
                foreach (int[] slots in InParts(group))
                    Adam(slots, grads, group.Key.Step, group.Key.Rate, group.Key.WeightDecay, clip);
            if (_owner.HasEma)
                foreach (int[] slots in InParts(Enumerable.Range(0, grads.Length).Where(i => _owner._slots[i].Count > 0)))
                    Average(slots, 1 - _owner.EmaDecayNow());
            return new FusedAdamWStep(norm, true, null);
        }

        public void Dispose()
        {
            foreach (var view in _means.Concat(_squares).Concat(_averages))
                view.Dispose();
        }

        /// <summary>Each parameter's gradient; null where there is none, or no element.</summary>
        private Tensor?[] Gradients()
        {
            var grads = new Tensor?[_owner._slots.Length];
            for (int i = 0; i < grads.Length; i++)
            {
                var slot = _owner._slots[i];
                slot.Check(slot.Parameter, "parameter", _owner.Device);
                if (slot.Count == 0 || slot.Parameter.grad is not { } grad)
                    continue;
                grads[i] = grad.contiguous();
                slot.Check(grads[i]!, "gradient of", _owner.Device);
            }
            return grads;
        }

        /// <summary>The gradients' common 2-norm. Reading it is the step's one wait for the device.</summary>
        private double Norm(Tensor?[] grads, out string? nonFinite)
        {
            nonFinite = null;
            Tensor[] there = [.. grads.OfType<Tensor>()];
            if (there.Length == 0)
                return 0;
            double norm = stack(Operators.foreach_norm.CallMany(there, 2)).to(float64).norm().item<double>();
            if (double.IsFinite(norm))
                return norm;
            // A gradient is not finite, or its squares left float32's range: in double precision they cannot.
            double sum = 0;
            for (int i = 0; i < grads.Length; i++)
            {
                if (grads[i] is not { } grad)
                    continue;
                using var scope = NewDisposeScope();
                double square = grad.to(float64).square().sum().item<double>();
                if (!double.IsFinite(square))
                    nonFinite ??= _owner._slots[i].Name;
                sum += square;
            }
            return Math.Sqrt(sum);
        }

        private void Adam(int[] slots, Tensor?[] allGrads, long step, double rate, double weightDecay, double clip)
        {
            using var scope = NewDisposeScope();
            var o = _owner._options;
            Tensor[] weights = Weights(slots), means = Of(_means, slots), squares = Of(_squares, slots), grads = Of(allGrads, slots);
            if (clip < 1)
                grads = Operators.foreach_mul.CallMany(grads, clip);
            Operators.foreach_mul_.Run(means, o.Beta1);
            Operators.foreach_add_.Run(means, grads, 1 - o.Beta1);
            Operators.foreach_mul_.Run(squares, o.Beta2);
            Operators.foreach_addcmul_.Run(squares, grads, grads, 1 - o.Beta2);
            var roots = Operators.foreach_sqrt.CallMany([squares]);
            Operators.foreach_div_.Run(roots, Math.Sqrt(1 - Math.Pow(o.Beta2, step)));
            Operators.foreach_add_scalar_.Run(roots, o.Eps);
            if (weightDecay != 0)
                Operators.foreach_mul_.Run(weights, 1 - rate * weightDecay);
            Operators.foreach_addcdiv_.Run(weights, means, roots, -rate / (1 - Math.Pow(o.Beta1, step)));
        }

        private void Average(int[] slots, double rate)
        {
            using var scope = NewDisposeScope();
            var averages = Of(_averages, slots);
            var apart = Operators.foreach_sub.CallMany(Weights(slots), averages);
            Operators.foreach_add_.Run(averages, apart, rate);
        }

        private IEnumerable<int[]> InParts(IEnumerable<int> slots)
        {
            var part = new List<int>();
            long size = 0;
            foreach (int i in slots)
            {
                long count = _owner._slots[i].Count;
                if (part.Count > 0 && size + count > AtOnce)
                {
                    yield return [.. part];
                    part.Clear();
                    size = 0;
                }
                part.Add(i);
                size += count;
            }
            if (part.Count > 0)
                yield return [.. part];
        }

        private Tensor[] Weights(int[] slots) => [.. slots.Select(i => _owner._slots[i].Parameter)];

        private static Tensor[] Of(Tensor?[] all, int[] slots) => [.. slots.Select(i => all[i]!)];
    }
}

public static partial class torch
{
    internal static partial class Operators
    {
        internal static readonly TorchOp foreach_norm = new("_foreach_norm", "Scalar");
        internal static readonly TorchOp foreach_mul = new("_foreach_mul", "Scalar");
        internal static readonly TorchOp foreach_mul_ = new("_foreach_mul_", "Scalar");
        internal static readonly TorchOp foreach_add_ = new("_foreach_add_", "List");
        internal static readonly TorchOp foreach_add_scalar_ = new("_foreach_add_", "Scalar");
        internal static readonly TorchOp foreach_sub = new("_foreach_sub", "List");
        internal static readonly TorchOp foreach_div_ = new("_foreach_div_", "Scalar");
        internal static readonly TorchOp foreach_sqrt = new("_foreach_sqrt");
        internal static readonly TorchOp foreach_addcmul_ = new("_foreach_addcmul_", "Scalar");
        internal static readonly TorchOp foreach_addcdiv_ = new("_foreach_addcdiv_", "Scalar");
    }
}
