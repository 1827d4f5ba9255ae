namespace AniSora.Training.Distributed;

/// <summary>Some parameters' gradients side by side, so that they travel as one.</summary>
internal sealed class GradientBucket : IDisposable
{
    private const long Alignment = 16; // numbers; the kernels that read the gradients like whole cache lines

    private readonly int[] _places;
    private readonly Parameter[] _parameters;
    private readonly Tensor _all; // the gradients, then for each parameter how many processes have one
    private readonly Tensor[] _gradients;
    private readonly Tensor _counts;
    private IPending? _pending;

    /// <summary>Makes room.</summary>
    /// <param name="places">The parameters' numbers.</param>
    /// <param name="parameters">The parameters, of one type.</param>
    public GradientBucket(int[] places, Parameter[] parameters)
    {
        (_places, _parameters) = (places, parameters);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long[] starts = new long[parameters.Length];
        long length = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            starts[i] = length;
            length += (parameters[i].numel() + Alignment - 1) / Alignment * Alignment;
        }
        _all = zeros(length + parameters.Length, parameters[0].dtype, parameters[0].device).DetachFromDisposeScope();
        _gradients = [.. parameters.Select((p, i) => _all.narrow(0, starts[i], p.numel()).view(p.shape).DetachFromDisposeScope())];
        _counts = _all.narrow(0, length, parameters.Length).DetachFromDisposeScope();
    }

    /// <summary>Whether all the gradients are.</summary>
    public bool IsWhole(bool[] whole) => Array.TrueForAll(_places, place => whole[place]);

    /// <summary>Puts this process's gradients in, and starts to add them to everyone's.</summary>
    public void Send(World world)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        float[] counts = new float[_parameters.Length];
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].grad is not { } gradient)
            {
                _gradients[i].zero_();
                continue;
            }
            counts[i] = 1;
            // Since the last round, or gathered over several backward passes, it may lie here already.
            if (!LiesHere(gradient, i))
                _gradients[i].copy_(gradient);
        }
        _counts.copy_(tensor(counts));
        _pending = world.StartSum(_all);
    }

    /// <summary>Waits for the sums, which are the parameters' gradients then.</summary>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void Receive(World world)
    {
        world.Await("adding gradients", _pending!);
        _pending = null;
        using var scope = NewDisposeScope();
        var counts = _counts.to(ScalarType.Float32).cpu().data<float>();
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (counts[i] > 0 && (_parameters[i].grad is not { } gradient || !LiesHere(gradient, i)))
                _parameters[i].grad = _gradients[i];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var gradient in _gradients)
            gradient.Dispose();
        _counts.Dispose();
        _all.Dispose();
    }

    private bool LiesHere(Tensor gradient, int i) => gradient.is_contiguous() && TensorMemory.Address(gradient) == TensorMemory.Address(_gradients[i]);
}
