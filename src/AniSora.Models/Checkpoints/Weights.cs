namespace AniSora.Models.Checkpoints;

/// <summary>Loads published or own weights into a model by name.</summary>
public static class Weights
{
    /// <summary>Fills every parameter and buffer of a model.</summary>
    /// <param name="module">The model.</param>
    /// <param name="path">A safetensors file, or the <c>.index.json</c> of several.</param>
    /// <exception cref="InputException">The file cannot be read, or lacks a tensor, has one too many or one of another shape.</exception>
    public static void Load(nn.Module module, string path)
    {
        using ITensorSource source = path.EndsWith(".json", StringComparison.Ordinal) ? SafeTensorsIndex.Open(path) : SafeTensorsFile.Open(path);
        Load(module, source);
    }

    /// <summary>Fills every parameter and buffer of a model.</summary>
    /// <param name="module">The model.</param>
    /// <param name="source">Tensors under the model's names.</param>
    /// <param name="prefix">Prefix of the model's names in the source; tensors without it are not this model's.</param>
    /// <exception cref="InputException">The source lacks a tensor, has one too many or one of another shape.</exception>
    public static void Load(nn.Module module, ITensorSource source, string prefix = "")
    {
        var own = module.state_dict();
        foreach (var (name, target) in own)
        {
            if (!source.Contains(prefix + name))
                throw new InputException($"{source.FilePath}: tensor {prefix + name} is missing: the weights belong to a model of other sizes; use the config.json that came with them");
            var shape = source.Entry(prefix + name).Shape;
            if (!shape.SequenceEqual(target.shape))
                throw new InputException($"{source.FilePath}: tensor {prefix + name} has shape [{string.Join(", ", shape)}], the model needs [{string.Join(", ", target.shape)}]: use the config.json that came with the weights");
        }
        foreach (var name in source.Names)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && !own.ContainsKey(name[prefix.Length..]))
                throw new InputException($"{source.FilePath}: tensor {name} is not part of the model: use the config.json that came with the weights");
        }
        using var grad = no_grad();
        foreach (var (name, target) in own)
        {
            using var value = source.Load(prefix + name);
            target.copy_(value);
        }
    }
}
