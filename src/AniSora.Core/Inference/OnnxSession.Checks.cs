using Microsoft.ML.OnnxRuntime;

namespace AniSora.Inference;

// What the package would say of wrong inputs names neither the file nor what the model takes.
public sealed partial class OnnxSession
{
    private void CheckInputs(IReadOnlyDictionary<string, OrtValue> inputs)
    {
        var sizes = new Dictionary<string, (long Size, string Input)>(StringComparer.Ordinal);
        foreach (var info in Inputs)
        {
            if (!inputs.TryGetValue(info.Name, out var tensor))
                throw new InputException($"{Name}: input \"{info.Name}\" ({info.Signature}) is not given; given: {List(inputs.Keys)}");
            foreach (var (axis, size) in info.Metadata.SymbolicDimensions.Zip(RequireFit("input", info, tensor)).Where(p => p.First.Length > 0))
            {
                if (!sizes.TryAdd(axis, (size, info.Name)) && sizes[axis].Size != size)
                    throw new InputException($"{Name}: axis \"{axis}\" is {sizes[axis].Size} in input \"{sizes[axis].Input}\" and {size} in input \"{info.Name}\"; they must be equal");
            }
        }
        foreach (string name in inputs.Keys)
            Known("input", Inputs, name);
    }

    private long[] RequireFit(string kind, OnnxValueInfo info, OrtValue tensor)
    {
        var given = tensor.GetTensorTypeAndShape();
        return info.Accepts(given) ? given.Shape : throw new InputException($"{Name}: {kind} \"{info.Name}\" is {info.Signature}, got {OnnxValueInfo.Describe(tensor)}");
    }

    private OnnxValueInfo Known(string kind, IReadOnlyList<OnnxValueInfo> values, string name) =>
        values.FirstOrDefault(v => v.Name == name) ?? throw new InputException($"{Name}: has no {kind} \"{name}\"; it has {List(values.Select(v => v.Name))}");

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"\"{n}\""));
}
