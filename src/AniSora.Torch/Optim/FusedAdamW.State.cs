using AniSora.Torch.Modules;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

public sealed partial class FusedAdamW
{
    private const string StepKey = "step";

    /// <summary>Everything a checkpoint needs: <c>step</c>, and per parameter <c>step.NAME</c>, <c>exp_avg.NAME</c>,
    /// <c>exp_avg_sq.NAME</c>, <c>ema.NAME</c>.</summary>
    /// <returns>Steps as int64 numbers (copies), the rest as float32 views of the state in the parameter's shape; the caller or a
    /// dispose scope frees the handles.</returns>
    public IEnumerable<(string name, Tensor tensor)> StateTensors()
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
    public IEnumerable<(string name, Tensor tensor)> EmaTensors()
    {
        RequireEma();
        return _slots.Select(s => (s.Name, View(_averages!, s)));
    }

    /// <summary>Restores what <see cref="StateTensors"/> gave, bit for bit.</summary>
    /// <param name="state">State by name.</param>
    /// <exception cref="InvalidOperationException">Something is missing or has another type or shape; nothing has been changed
    /// then.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state) => Restore(
        key => state.TryGetValue(key, out var tensor) ? (tensor.dtype, tensor.shape) : null,
        key => state[key].alias(),
        fault => new InvalidOperationException($"the optimiser's state does not fit: {fault}"));

    /// <summary>Restores a saved state, bit for bit.</summary>
    /// <param name="source">A file with what <see cref="StateTensors"/> gave.</param>
    /// <param name="prefix">What the names in the file begin with, such as <c>optimizer.</c></param>
    /// <exception cref="InputException">Something is missing or has another type or shape; nothing has been changed then.</exception>
    public void LoadState(ITensorSource source, string prefix = "") => Restore(
        key =>
        {
            if (!source.Contains(prefix + key))
                return null;
            var entry = source.Entry(prefix + key);
            return ((ScalarType)SafeTensorsDType.ToTorch(entry.DType), entry.Shape);
        },
        key => source.Load(prefix + key),
        fault => new InputException($"{source.FilePath}: the optimiser's state does not fit this model: {fault}; resume with the run's " +
            "own configuration"));

    private void Restore(Func<string, (ScalarType, long[])?> find, Func<string, Tensor> load, Func<string, Exception> error)
    {
        void Require(string key, ScalarType type, long[] shape)
        {
            if (find(key) is not var (foundType, foundShape))
                throw error($"'{key}' is missing");
            if (foundType != type || !foundShape.SequenceEqual(shape))
                throw error($"'{key}' is {NameOf(foundType)} [{string.Join(", ", foundShape)}] instead of {NameOf(type)} " +
                    $"[{string.Join(", ", shape)}]");
        }
        Require(StepKey, ScalarType.Int64, []);
        foreach (var slot in _slots)
        {
            Require($"{StepKey}.{slot.Name}", ScalarType.Int64, []);
            foreach (var (kind, _) in Kinds())
                Require($"{kind}.{slot.Name}", ScalarType.Float32, slot.Shape);
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _step = load(StepKey).item<long>();
        foreach (var slot in _slots)
        {
            slot.Steps = load($"{StepKey}.{slot.Name}").item<long>();
            foreach (var (kind, flat) in Kinds())
            {
                using var value = load($"{kind}.{slot.Name}");
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
