using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AniSora.Models.Runtime;

namespace AniSora.Training.Optim;

public sealed partial class FusedAdamW
{
    /// <summary>Takes one step with the gradients that lie at the parameters.</summary>
    /// <param name="learningRate">η, for instance of a schedule with warm-up.</param>
    /// <returns>The gradient norm, and whether the step was applied.</returns>
    /// <exception cref="ArgumentException">A parameter or gradient has left the device or changed type or shape.</exception>
    public FusedAdamWStep Step(double learningRate) => _operators?.Take(learningRate) ?? TakeManaged(learningRate);

    private FusedAdamWStep TakeManaged(double learningRate)
    {
        var weights = new nint[_slots.Length];
        var grads = new nint[_slots.Length];
        var held = new List<Tensor>(_slots.Length);
        try
        {
            for (var i = 0; i < _slots.Length; i++)
            {
                weights[i] = _slots[i].CheckedPointer(_slots[i].Parameter, "parameter");
                grads[i] = Gradient(_slots[i], held);
            }
            var norm = Norm(grads);
            if (!double.IsFinite(norm))
                return new FusedAdamWStep(norm, false, FirstNonFinite());
            Update(weights, grads, learningRate, ClipFactor(norm));
            return new FusedAdamWStep(norm, true, null);
        }
        finally
        {
            held.ForEach(t => t.Dispose());
        }
    }

    private double ClipFactor(double norm) => Math.Min(1, _options.MaxGradNorm / (norm + 1e-6));

    private static nint Gradient(Slot slot, List<Tensor> held)
    {
        var grad = slot.Parameter.grad;
        if (grad is null)
            return 0;
        held.Add(grad);
        // Autograd may leave a gradient in another order of strides, for instance after a transpose.
        if (!grad.is_contiguous())
            held.Add(grad = grad.contiguous());
        return slot.CheckedPointer(grad, "gradient of");
    }

    private unsafe double Norm(nint[] grads)
    {
        InParallel(i =>
        {
            var block = _blocks[i];
            var grad = (float*)grads[block.Slot];
            _blockSums[i] = grad == null ? 0 : SumOfSquares(grad + block.Start, block.Length);
        });
        var sum = 0.0;
        foreach (var part in _blockSums)
            sum += part;
        return Math.Sqrt(sum);
    }

    /// <summary>Squares of floats cannot overflow in double precision, so a sum that is not finite means a gradient that isn't.</summary>
    private string FirstNonFinite() => _slots[_blocks[Array.FindIndex(_blockSums, s => !double.IsFinite(s))].Slot].Name;

    private unsafe void Update(nint[] weights, nint[] grads, double learningRate, double clip)
    {
        _step++;
        var decay = EmaDecayNow();
        var constants = new Constants[_slots.Length];
        for (var i = 0; i < _slots.Length; i++)
            if (grads[i] != 0)
                constants[i] = new Constants(_options, ++_slots[i].Steps, learningRate * _slots[i].LearningRateScale,
                    _slots[i].WeightDecay, clip);
        var means = StableApi.DataPointer(_means);
        var squares = StableApi.DataPointer(_squares);
        var averages = _averages is null ? 0 : StableApi.DataPointer(_averages);
        InParallel(i =>
        {
            var block = _blocks[i];
            var state = _slots[block.Slot].Offset + block.Start;
            var weight = (float*)weights[block.Slot] + block.Start;
            if (grads[block.Slot] != 0)
                Adam(weight, (float*)grads[block.Slot] + block.Start, (float*)means + state, (float*)squares + state, block.Length,
                    in constants[block.Slot]);
            // While the block is still in the cache.
            if (averages != 0)
                Average(weight, (float*)averages + state, block.Length, (float)(1 - decay));
        });
    }

    private void InParallel(Action<int> body)
    {
        var threads = _options.Threads ?? get_num_threads();
        if (threads == 1 || _blocks.Length < 4)
            for (var i = 0; i < _blocks.Length; i++)
                body(i);
        else
            Parallel.For(0, _blocks.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
    }

    /// <summary>The scalars of one parameter's step, rounded to float once.</summary>
    private readonly struct Constants
    {
        public readonly float Clip, Keep, Beta1, NewMean, Beta2, NewSquare, RootCorrection, StepSize, Eps;

        public Constants(FusedAdamWOptions options, long t, double learningRate, double weightDecay, double clip)
        {
            Clip = (float)clip;
            Keep = (float)(1 - learningRate * weightDecay);
            (Beta1, NewMean) = ((float)options.Beta1, (float)(1 - options.Beta1));
            (Beta2, NewSquare) = ((float)options.Beta2, (float)(1 - options.Beta2));
            RootCorrection = (float)Math.Sqrt(1 - Math.Pow(options.Beta2, t));
            StepSize = (float)(learningRate / (1 - Math.Pow(options.Beta1, t)));
            Eps = (float)options.Eps;
        }
    }

    // The loops below use vectors of a fixed eight floats and the same operations for the rest, so that a number does not
    // depend on where it lies or on the machine's vector width. They are compiled in full at once: a first step through
    // tiered code would be several times slower.

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double SumOfSquares(float* grad, int length)
    {
        var (low, high) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var i = 0;
        for (; i + 8 <= length; i += 8)
        {
            var (a, b) = Vector256.Widen(Vector256.Load(grad + i));
            low += a * a;
            high += b * b;
        }
        var sum = Vector256.Sum(low + high);
        for (; i < length; i++)
            sum += (double)grad[i] * grad[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Adam(float* weight, float* grad, float* mean, float* square, int length, in Constants c)
    {
        var (clip, keep, stepSize) = (Vector256.Create(c.Clip), Vector256.Create(c.Keep), Vector256.Create(c.StepSize));
        var (beta1, newMean) = (Vector256.Create(c.Beta1), Vector256.Create(c.NewMean));
        var (beta2, newSquare) = (Vector256.Create(c.Beta2), Vector256.Create(c.NewSquare));
        var (correction, eps) = (Vector256.Create(c.RootCorrection), Vector256.Create(c.Eps));
        var i = 0;
        for (; i + 8 <= length; i += 8)
        {
            var g = Vector256.Load(grad + i) * clip;
            var m = Vector256.Load(mean + i) * beta1 + g * newMean;
            var v = Vector256.Load(square + i) * beta2 + g * g * newSquare;
            m.Store(mean + i);
            v.Store(square + i);
            var root = Vector256.Sqrt(v) / correction + eps;
            (Vector256.Load(weight + i) * keep - m / root * stepSize).Store(weight + i);
        }
        for (; i < length; i++)
        {
            var g = grad[i] * c.Clip;
            mean[i] = mean[i] * c.Beta1 + g * c.NewMean;
            square[i] = square[i] * c.Beta2 + g * g * c.NewSquare;
            var root = MathF.Sqrt(square[i]) / c.RootCorrection + c.Eps;
            weight[i] = weight[i] * c.Keep - mean[i] / root * c.StepSize;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Average(float* weight, float* average, int length, float rate)
    {
        var i = 0;
        for (; i + 8 <= length; i += 8)
        {
            var e = Vector256.Load(average + i);
            (e + (Vector256.Load(weight + i) - e) * rate).Store(average + i);
        }
        for (; i < length; i++)
            average[i] += (weight[i] - average[i]) * rate;
    }
}
