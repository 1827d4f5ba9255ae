using AniSora.Models.Runtime;

namespace AniSora.Training.Optim;

/// <summary>Parameters that share a weight decay and a learning-rate factor.</summary>
/// <param name="Parameters">Names (for state and messages) and parameters.</param>
/// <param name="WeightDecay">λ: each step also moves a weight by -lr·λ·weight, independently of its gradient.</param>
/// <param name="LearningRateScale">Multiplies the learning rate given to each step.</param>
public sealed record FusedAdamWGroup(IEnumerable<(string name, Parameter parameter)> Parameters, double WeightDecay = 0.01,
    double LearningRateScale = 1);

/// <summary>What all groups share.</summary>
/// <param name="Beta1">Decay of the mean of gradients, in [0, 1).</param>
/// <param name="Beta2">Decay of the mean of squared gradients, in [0, 1).</param>
/// <param name="Eps">Added to the root of the latter.</param>
/// <param name="MaxGradNorm">The gradients' common 2-norm is scaled down to this; infinite = never.</param>
/// <param name="EmaDecay">d of the averaged weights e ← d·e + (1 - d)·w, in [0, 1); null = no average is kept.</param>
/// <param name="EmaWarmup">Whether d is at most (1 + t) / (10 + t) at step t, so that the random start is forgotten quickly.</param>
/// <param name="Threads">How many threads work, at least 1; null = as many as libtorch uses. Results are the same for any number.</param>
/// <param name="Operators">Whether to take steps with libtorch's operators on the CPU too, as on any other device.</param>
public sealed record FusedAdamWOptions(
    double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double MaxGradNorm = double.PositiveInfinity,
    double? EmaDecay = null, bool EmaWarmup = true, int? Threads = null, bool Operators = false);

/// <summary>What one step did.</summary>
/// <param name="GradNorm">The gradients' common 2-norm before clipping; not finite when a gradient isn't.</param>
/// <param name="Applied">False when the step was skipped because of that; then nothing has changed.</param>
/// <param name="NonFinite">The first parameter with an infinite or undefined gradient, or null.</param>
public readonly record struct FusedAdamWStep(double GradNorm, bool Applied, string? NonFinite);

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) with gradient clipping and averaged weights, in two passes over memory on all cores.
/// </summary>
/// <remarks>
/// <para>One step with learning rate η, for gradients g, is what PyTorch's <c>clip_grad_norm_</c> followed by <c>AdamW</c>
/// does, then the average:</para>
/// <code>
/// g ← g · min(1, MaxGradNorm / (‖g‖ + 1e-6))
/// w ← w · (1 - η·λ)
/// m ← β1·m + (1 - β1)·g        v ← β2·v + (1 - β2)·g²
/// w ← w - η / (1 - β1ᵗ) · m / (√v / √(1 - β2ᵗ) + ε)
/// e ← e + (1 - d)·(w - e)
/// </code>
/// <para>t counts the steps of each parameter by itself: one without a gradient is passed over, except in the average. The
/// gradients' memory is only read. Results do not depend on the number of threads: the norm is summed in double precision
/// over fixed blocks in a fixed order, and no operation is fused or reordered.</para>
/// <para>On the CPU this is managed SIMD code. On any other device libtorch's operators take the same step, equal up to rounding, with the same state, so that a run may change devices. Parameters are contiguous float32 and all on one device; for others
/// use torch.optim's AdamW. Not thread-safe.</para>
/// </remarks>
public sealed partial class FusedAdamW : IDisposable
{
    private readonly Slot[] _slots;
    private readonly FusedAdamWOptions _options;
    private readonly Tensor _means;
    private readonly Tensor _squares;
    private readonly Tensor? _averages;
    private readonly Block[] _blocks;
    private readonly double[] _blockSums;
    private readonly OperatorStep? _operators;
    private long _step;

    /// <summary>Creates the optimiser; averages start as copies of the weights.</summary>
    /// <param name="groups">The parameters to train.</param>
    /// <param name="options">Everything else; null for the defaults.</param>
    /// <exception cref="ArgumentException">A parameter or name comes twice, or a parameter is not contiguous float32 or on another device
    /// than the first.</exception>
    public FusedAdamW(IEnumerable<FusedAdamWGroup> groups, FusedAdamWOptions? options = null)
    {
        _options = options ?? new FusedAdamWOptions();
        if (_options is not { Beta1: >= 0 and < 1, Beta2: >= 0 and < 1, Eps: > 0, MaxGradNorm: > 0 }
            or not { EmaDecay: null or (>= 0 and < 1), Threads: null or >= 1 })
            throw new ArgumentException($"impossible options: {_options}", nameof(options));
        var slots = new List<Slot>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var parameters = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var offset = 0L;
        foreach (var group in groups)
            foreach (var (name, parameter) in group.Parameters)
            {
                if (!names.Add(name) || !parameters.Add(parameter))
                    throw new ArgumentException($"parameter '{name}' comes twice", nameof(groups));
                var slot = new Slot(name, parameter, group.WeightDecay, group.LearningRateScale, offset);
                slot.Check(parameter, "parameter", slots.Count > 0 ? slots[0].Parameter.device : parameter.device);
                slots.Add(slot);
                // Each parameter's state starts on a cache line of its own.
                offset += (slot.Count + 15) / 16 * 16;
            }
        _slots = [.. slots];
        Device = _slots.Length > 0 ? _slots[0].Parameter.device : CPU;
        _means = State(offset, Device);
        _squares = State(offset, Device);
        _averages = _options.EmaDecay == null ? null : State(offset, Device);
        if (_options.Operators || Device.type != DeviceType.CPU)
            _operators = new OperatorStep(this);
        _blocks = _operators is null ? [.. Block.Divide(_slots)] : [];
        _blockSums = new double[_blocks.Length];
        if (HasEma)
            ResetEma();
    }

    /// <summary>Creates an optimiser for a module: weights of two or more dimensions decay, biases and scales do not.</summary>
    /// <param name="module">The module; parameters that need no gradient are left out.</param>
    /// <param name="weightDecay">λ of the weights that decay.</param>
    /// <param name="options">Everything else; null for the defaults.</param>
    public static FusedAdamW For(nn.Module module, double weightDecay = 0.01, FusedAdamWOptions? options = null)
    {
        var trained = module.named_parameters().Where(p => p.parameter.requires_grad).ToList();
        return new FusedAdamW(
            [
                new FusedAdamWGroup(trained.Where(p => p.parameter.ndim >= 2), weightDecay),
                new FusedAdamWGroup(trained.Where(p => p.parameter.ndim < 2), 0),
            ],
            options);
    }

    /// <summary>Where the parameters and the state are.</summary>
    public Device Device { get; }

    /// <summary>How many steps were applied.</summary>
    public long StepCount => _step;

    /// <summary>Whether averaged weights are kept.</summary>
    public bool HasEma => _averages is not null;

    /// <summary>The parameters with their names, in the order of the groups.</summary>
    public IEnumerable<(string name, Parameter parameter)> Parameters => _slots.Select(s => (s.Name, s.Parameter));

    /// <summary>Forgets all gradients.</summary>
    public void ZeroGrad()
    {
        foreach (var slot in _slots)
            slot.Parameter.grad = null;
    }

    /// <summary>Sets the averages to the present weights.</summary>
    public void ResetEma() => ForEachAverage((weight, average) => average.copy_(weight));

    /// <summary>Exchanges weights and averages in place: once to sample with the averages, once more to train on.</summary>
    public void SwapEma() => ForEachAverage((weight, average) =>
    {
        using var before = weight.clone();
        weight.copy_(average);
        average.copy_(before);
    });

    /// <summary>Frees the optimiser's state; the parameters stay.</summary>
    public void Dispose()
    {
        _means.Dispose();
        _squares.Dispose();
        _averages?.Dispose();
    }

    private static Tensor State(long count, Device device) =>
        zeros([count], dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();

    private double EmaDecayNow()
    {
        double decay = _options.EmaDecay ?? 0;
        return _options.EmaWarmup ? Math.Min(decay, (1.0 + _step) / (10.0 + _step)) : decay;
    }

    private void RequireEma()
    {
        if (_averages is null)
            throw new InvalidOperationException("this optimiser keeps no averaged weights: give FusedAdamWOptions an EmaDecay");
    }

    private void ForEachAverage(Action<Tensor, Tensor> action)
    {
        RequireEma();
        using var noGrad = no_grad();
        foreach (var slot in _slots)
        {
            // In-place operators return a second handle on the same tensor; the scope frees it at once.
            using var scope = NewDisposeScope();
            slot.Check(slot.Parameter, "parameter", Device);
            action(slot.Parameter, View(_averages!, slot));
        }
    }

    /// <summary>One parameter, and where its state begins in the flat tensors.</summary>
    private sealed class Slot(string name, Parameter parameter, double weightDecay, double learningRateScale, long offset)
    {
        public string Name { get; } = name;

        public Parameter Parameter { get; } = parameter;

        public double WeightDecay { get; } = weightDecay;

        public double LearningRateScale { get; } = learningRateScale;

        public long Offset { get; } = offset;

        public long Count { get; } = parameter.numel();

        public long[] Shape { get; } = parameter.shape;

        public long Steps { get; set; }

        public void Check(Tensor tensor, string what, Device device)
        {
            if (tensor.dtype != ScalarType.Float32 || tensor.numel() != Count || !tensor.is_contiguous()
                || tensor.device_type != device.type || (device.type != DeviceType.CPU && tensor.device_index != device.index))
                throw new ArgumentException($"FusedAdamW: {what} '{Name}' is {tensor.Describe()}, not contiguous float32[{string.Join(", ", Shape)}] " +
                    $"on {device}; use torch.optim.AdamW");
        }

        public unsafe nint CheckedPointer(Tensor tensor, string what)
        {
            Check(tensor, what, CPU);
            return StableApi.DataPointer(tensor);
        }
    }

    /// <summary>A part of one parameter, the unit of work. Its size is fixed, so that sums do not depend on the threads.</summary>
    private readonly record struct Block(int Slot, long Start, int Length)
    {
        private const int Size = 32768;

        public static IEnumerable<Block> Divide(Slot[] slots)
        {
            for (var i = 0; i < slots.Length; i++)
                for (var at = 0L; at < slots[i].Count; at += Size)
                    yield return new Block(i, at, (int)Math.Min(Size, slots[i].Count - at));
        }
    }
}
