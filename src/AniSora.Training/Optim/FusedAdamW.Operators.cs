namespace AniSora.Training.Optim;

public sealed partial class FusedAdamW
{
    /// <summary>The step by libtorch's operators, parameter by parameter, for every device but the CPU.</summary>
    private sealed class OperatorStep(FusedAdamW owner)
    {
        public FusedAdamWStep Take(double learningRate)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var grads = owner._slots.Select(Gradient).ToArray();
            double norm = Norm(grads, out var nonFinite);
            if (nonFinite is not null)
                return new FusedAdamWStep(norm, false, nonFinite);

            owner._step++;
            double clip = owner.ClipFactor(norm), averageRate = 1 - owner.EmaDecayNow();
            foreach (var (slot, grad) in owner._slots.Zip(grads).Where(s => s.First.Count > 0))
            {
                using var parts = NewDisposeScope();
                if (grad is not null)
                    Adam(slot, clip < 1 ? grad * clip : grad, learningRate * slot.LearningRateScale);
                if (owner._averages is { } averages)
                    View(averages, slot).lerp_(slot.Parameter, averageRate);
            }
            return new FusedAdamWStep(norm, true, null);
        }

        /// <summary>A parameter's gradient; null where there is none, or no element.</summary>
        private Tensor? Gradient(Slot slot)
        {
            slot.Check(slot.Parameter, "parameter", owner.Device);
            if (slot.Count == 0 || slot.Parameter.grad is not { } grad)
                return null;
            grad = grad.contiguous();
            slot.Check(grad, "gradient of", owner.Device);
            return grad;
        }

        /// <summary>The gradients' common 2-norm. Reading it is the step's one wait for the device.</summary>
        private double Norm(Tensor?[] grads, out string? nonFinite)
        {
            nonFinite = null;
            Tensor[] there = [.. grads.OfType<Tensor>()];
            if (there.Length == 0)
                return 0;
            double norm = stack([.. there.Select(grad => grad.norm())]).to(float64).norm().item<double>();
            if (double.IsFinite(norm))
                return norm;
            // A gradient is not finite, or its squares left float32's range: in double precision they cannot.
            double sum = 0;
            foreach (var (slot, grad) in owner._slots.Zip(grads).Where(s => s.Second is not null))
            {
                using var scope = NewDisposeScope();
                double square = grad!.to(float64).square().sum().item<double>();
                if (!double.IsFinite(square))
                    nonFinite ??= slot.Name;
                sum += square;
            }
            return Math.Sqrt(sum);
        }

        private void Adam(Slot slot, Tensor grad, double rate)
        {
            var o = owner._options;
            long step = ++slot.Steps;
            var (mean, square) = (View(owner._means, slot), View(owner._squares, slot));
            mean.mul_(o.Beta1).add_(grad, alpha: 1 - o.Beta1);
            square.mul_(o.Beta2).addcmul_(grad, grad, 1 - o.Beta2);
            var root = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(o.Beta2, step))).add_(o.Eps);
            if (slot.WeightDecay != 0)
                slot.Parameter.mul_(1 - rate * slot.WeightDecay);
            slot.Parameter.addcdiv_(mean, root, -rate / (1 - Math.Pow(o.Beta1, step)));
        }
    }
}
