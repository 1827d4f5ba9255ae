using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>Weights from and to disk, whatever the number of files.</summary>
public static class SafeTensors
{
    /// <summary>Opens a file, an index of shards, or a folder with one of them.</summary>
    /// <param name="path">A <c>.safetensors</c> file, a <c>.safetensors.index.json</c>, or a folder that holds exactly one index
    /// or, without one, exactly one file.</param>
    /// <exception cref="InputException">There is no such thing, more than one, or it is damaged.</exception>
    public static ITensorSource Open(string path)
    {
        if (Directory.Exists(path))
        {
            var found = Directory.GetFiles(path, "*.safetensors.index.json");
            if (found.Length == 0)
                found = Directory.GetFiles(path, "*.safetensors");
            if (found.Length != 1)
                throw new InputException($"{path}: holds {(found.Length == 0 ? "no" : "several")} safetensors files; " +
                    "name the file to load");
            path = found[0];
        }
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? SafeTensorsIndex.Open(path) : SafeTensorsFile.Open(path);
    }

    /// <summary>Copies stored weights into a module, converting the element type where it differs.</summary>
    /// <param name="module">The module.</param>
    /// <param name="source">Where the weights are.</param>
    /// <param name="prefix">What the module's names begin with in the file, such as <c>vae.</c>; other names are passed over then.</param>
    /// <param name="strict">Whether missing and unexpected names are errors.</param>
    /// <exception cref="InputException">Names (when strict), shapes or types do not fit; nothing has been changed then.</exception>
    public static void LoadInto(nn.Module module, ITensorSource source, string prefix = "", bool strict = true)
    {
        var own = module.state_dict();
        var missing = own.Keys.Where(k => !source.Contains(prefix + k)).ToList();
        var unexpected = source.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)
            && !own.ContainsKey(n[prefix.Length..])).ToList();
        var wrong = own.Where(o => source.Contains(prefix + o.Key) && !source.Entry(prefix + o.Key).Shape.SequenceEqual(o.Value.shape))
            .Select(o => $"{prefix}{o.Key} is [{string.Join(", ", source.Entry(prefix + o.Key).Shape)}] instead of [{string.Join(", ", o.Value.shape)}]").ToList();
        wrong.AddRange(own.Keys.Where(k => source.Contains(prefix + k) && SafeTensorsDType.ToTorch(source.Entry(prefix + k).DType) < 0)
            .Select(k => $"{prefix}{k} is {source.Entry(prefix + k).DType}, which libtorch lacks"));
        string[] faults =
        [
            nn.Module.List("wrong", wrong),
            strict ? nn.Module.List("missing", missing) : "",
            strict ? nn.Module.List("unexpected", unexpected) : "",
        ];
        if (faults.Any(f => f.Length > 0))
            throw new InputException($"{source.FilePath}: does not fit the model " +
                $"({string.Join("; ", faults.Where(f => f.Length > 0))}); use the configuration the weights were made with");

        using var noGrad = no_grad();
        foreach (var (name, target) in own)
        {
            if (!source.Contains(prefix + name))
                continue;
            using var value = source.Load(prefix + name);
            target.copy_(value);
        }
    }

    /// <summary>Opens, copies into a module and closes; see <see cref="Open"/> and
    /// <see cref="LoadInto(nn.Module, ITensorSource, string, bool)"/>.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">A file, an index or a folder.</param>
    /// <param name="prefix">What the module's names begin with in the file.</param>
    /// <param name="strict">Whether missing and unexpected names are errors.</param>
    /// <exception cref="InputException">The files are damaged or do not fit; the module is unchanged then.</exception>
    public static void LoadInto(nn.Module module, string path, string prefix = "", bool strict = true)
    {
        using var source = Open(path);
        LoadInto(module, source, prefix, strict);
    }
}
