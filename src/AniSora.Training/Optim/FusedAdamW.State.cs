using AniSora.Models.Checkpoints;

namespace AniSora.Training.Optim;

public sealed partial class FusedAdamW
{
    private const string StepKey = "step";

    /// <summary>Everything a checkpoint needs: <c>step</c>, and per parameter <c>step.NAME</c>, <c>exp_avg.NAME</c>,
    /// <c>exp_avg_sq.NAME</c>, <c>ema.NAME</c>.</summary>
    /// <returns>Steps as int64 numbers (copies), the rest as float32 views of the state in the parameter's shape; the caller or a
    /// dispose scope frees the handles.</returns>
    public IEnumerable<(string Name, Tensor Value)> StateTensors()
    {
        yield return (StepKey, Number(_step));
        foreach (var slot in _slots)
        {
            yield return ($"{StepKey}.{slot.Name}", Number(slot.Steps));
            foreach (var (kind, flat) in Kinds())
                yield return ($"{kind}.{slot.Name}", View(flat, slot));
        }
    }

    /// <summary>The averaged weights under the parameters' own names, to be saved as a model's weights.</summary>
    /// <returns>Float32 views that change with every step; the caller or a dispose scope frees the handles.</returns>
    public IEnumerable<(string Name, Tensor Value)> EmaTensors()
    {
        RequireEma();
        return _slots.Select(s => (s.Name, View(_averages!, s)));
    }

    /// <summary>Restores what <see cref="StateTensors"/> gave, bit for bit.</summary>
    /// <param name="source">A file with it.</param>
    /// <exception cref="InputException">Something is missing or has another type or shape; nothing has been changed then.</exception>
    public void LoadState(ITensorSource source)
    {
        void Require(string key, string type, long[] shape)
        {
            string? fault = !source.Contains(key)
                ? $"'{key}' is missing"
                : source.Entry(key) is var found && (found.DType != type || !found.Shape.SequenceEqual(shape))
                    ? $"'{key}' is {found.DType} [{string.Join(", ", found.Shape)}] instead of {type} [{string.Join(", ", shape)}]"
                    : null;
            if (fault is not null)
                throw new InputException($"{source.FilePath}: the optimiser's state does not fit this model: {fault}; resume with the run's own configuration");
        }
        Require(StepKey, "I64", []);
        foreach (var slot in _slots)
        {
            Require($"{StepKey}.{slot.Name}", "I64", []);
            foreach (var (kind, _) in Kinds())
                Require($"{kind}.{slot.Name}", "F32", slot.Shape);
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _step = source.Load(StepKey).item<long>();
        foreach (var slot in _slots)
        {
            slot.Steps = source.Load($"{StepKey}.{slot.Name}").item<long>();
            foreach (var (kind, flat) in Kinds())
            {
                using var value = source.Load($"{kind}.{slot.Name}");
                using var target = View(flat, slot);
                target.copy_(value);
            }
        }
    }

    private IEnumerable<(string kind, Tensor flat)> Kinds()
    {
        yield return ("exp_avg", _means);
        yield return ("exp_avg_sq", _squares);
        if (_averages is not null)
            yield return ("ema", _averages);
    }

    private static Tensor Number(long value) => tensor(value, dtype: ScalarType.Int64);

    private static Tensor View(Tensor flat, Slot slot)
    {
        using var part = flat.narrow(0, slot.Offset, slot.Count);
        return part.view(slot.Shape);
    }
}
