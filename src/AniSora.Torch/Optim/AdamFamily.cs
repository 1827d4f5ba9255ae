using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules;

/// <summary>Options of <see cref="Adam"/> and <see cref="AdamW"/>; what is null is taken from the optimiser.</summary>
public class AdamOptions : OptimizerOptions
{
    /// <summary>Decay of the mean of gradients.</summary>
    public double? beta1 { get; set; }

    /// <summary>Decay of the mean of squared gradients.</summary>
    public double? beta2 { get; set; }

    /// <summary>Added to the root of the latter.</summary>
    public double? eps { get; set; }

    /// <summary>The weight decay.</summary>
    public double? weight_decay { get; set; }

    /// <summary>Whether to divide by the greatest mean of squares so far.</summary>
    public bool? amsgrad { get; set; }

    /// <summary>Whether to climb instead of descend.</summary>
    public bool? maximize { get; set; }

    internal void FillFrom(AdamOptions defaults)
    {
        LearningRate ??= defaults.LearningRate;
        InitialLearningRate = LearningRate!.Value;
        beta1 ??= defaults.beta1;
        beta2 ??= defaults.beta2;
        eps ??= defaults.eps;
        weight_decay ??= defaults.weight_decay;
        amsgrad ??= defaults.amsgrad;
        maximize ??= defaults.maximize;
    }

    internal AdamOptions Checked()
    {
        if (this is not { LearningRate: >= 0, beta1: >= 0 and < 1, beta2: >= 0 and < 1, eps: >= 0, weight_decay: >= 0 })
            throw new ArgumentException($"impossible options: lr {LearningRate}, beta1 {beta1}, beta2 {beta2}, eps {eps}, " +
                $"weight_decay {weight_decay}");
        return this;
    }
}

/// <summary>What <see cref="Adam"/> and <see cref="AdamW"/> share: any device and floating-point type, one tensor operation after
/// another.</summary>
public abstract class AdamFamily : optim.Optimizer, optim.IBetas
{
    private readonly Dictionary<Parameter, AdamState> _states = new(ReferenceEqualityComparer.Instance);
    private readonly AdamOptions _defaults;
    private readonly bool _decoupled;

    private protected AdamFamily(IEnumerable<ParamGroup> groups, AdamOptions defaults, bool decoupled)
    {
        _defaults = defaults.Checked();
        _decoupled = decoupled;
        foreach (var group in groups)
            add_param_group(group);
    }

    /// <summary>The decay rates that groups without their own use.</summary>
    public (double, double) Betas
    {
        get => (_defaults.beta1!.Value, _defaults.beta2!.Value);
        set
        {
            foreach (var options in _parameter_groups.Select(g => (AdamOptions)g.Options).Append(_defaults))
                (options.beta1, options.beta2) = value;
        }
    }

    /// <inheritdoc/>
    public override void add_param_group(ParamGroup param_group)
    {
        var options = param_group.Options as AdamOptions
            ?? throw new ArgumentException("the group's options are not Adam's", nameof(param_group));
        options.FillFrom(_defaults);
        options.Checked();
        base.add_param_group(param_group);
    }

    /// <summary>The state of a parameter, or null before its first step.</summary>
    /// <param name="parameter">The parameter.</param>
    public AdamState? state(Parameter parameter) => _states.GetValueOrDefault(parameter);

    /// <inheritdoc/>
    public override Tensor? step(Func<Tensor>? closure = null)
    {
        var loss = closure?.Invoke();
        using var noGrad = no_grad();
        foreach (var group in _parameter_groups)
            foreach (var parameter in group.Parameters)
            {
                using var scope = NewDisposeScope();
                if (parameter.grad is { } grad)
                    Step(parameter, grad, (AdamOptions)group.Options);
            }
        return loss;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var state in _states.Values)
            state.Dispose();
        _states.Clear();
    }

    private void Step(Parameter weight, Tensor grad, AdamOptions o)
    {
        if (!_states.TryGetValue(weight, out var state))
            _states[weight] = state = new AdamState(weight, o.amsgrad!.Value);
        state.step++;
        double lr = o.LearningRate!.Value, beta1 = o.beta1!.Value, beta2 = o.beta2!.Value, decay = o.weight_decay!.Value;
        if (o.maximize!.Value)
            grad = grad.neg();
        if (decay != 0 && _decoupled)
            weight.mul_(1 - lr * decay);
        else if (decay != 0)
            grad = grad.add(weight, decay);

        state.exp_avg.mul_(beta1).add_(grad, 1 - beta1);
        state.exp_avg_sq.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
        var square = state.exp_avg_sq;
        if (state.max_exp_avg_sq is { } greatest)
            square = greatest.copy_(greatest.maximum(square));
        var root = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, state.step))).add_(o.eps!.Value);
        weight.addcdiv_(state.exp_avg, root, -lr / (1 - Math.Pow(beta1, state.step)));
    }
}

/// <summary>What Adam remembers of one parameter.</summary>
public sealed class AdamState : IDisposable
{
    internal AdamState(Parameter parameter, bool amsgrad)
    {
        exp_avg = Zeros(parameter);
        exp_avg_sq = Zeros(parameter);
        max_exp_avg_sq = amsgrad ? Zeros(parameter) : null;
    }

    /// <summary>How many steps were taken.</summary>
    public long step { get; set; }

    /// <summary>The mean of gradients, of the parameter's shape.</summary>
    public Tensor exp_avg { get; }

    /// <summary>The mean of squared gradients, of the parameter's shape.</summary>
    public Tensor exp_avg_sq { get; }

    /// <summary>The greatest mean of squares so far, with AMSGrad, or null.</summary>
    public Tensor? max_exp_avg_sq { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        exp_avg.Dispose();
        exp_avg_sq.Dispose();
        max_exp_avg_sq?.Dispose();
    }

    private static Tensor Zeros(Parameter parameter) => zeros_like(parameter).DetachFromDisposeScope();
}
