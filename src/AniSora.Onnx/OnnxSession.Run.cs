namespace AniSora.Onnx;

public sealed unsafe partial class OnnxSession
{
    /// <summary>Runs the model.</summary>
    /// <param name="inputs">A tensor for every input, in any order.</param>
    /// <param name="outputs">The outputs wanted; null for all.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    /// <returns>The outputs in the order wanted, in memory of ONNX Runtime's; the caller disposes them.</returns>
    /// <exception cref="InputException">An input is missing, unknown, or of another type or shape than the model's, or the run failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public OnnxTensor[] Run(IReadOnlyDictionary<string, OnnxTensor> inputs, IReadOnlyList<string>? outputs = null, CancellationToken cancellation = default)
    {
        string[] names = outputs is null ? [.. Outputs.Select(o => o.Name)] : [.. outputs];
        var values = new nint[names.Length];
        Run(inputs, names, values, cancellation);
        var results = new OnnxTensor[names.Length];
        int taken = 0;
        try
        {
            for (; taken < names.Length; taken++)
                results[taken] = OnnxTensor.Take(values[taken], Name);
            return results;
        }
        catch
        {
            // The one that failed has released itself.
            for (int i = 0; i < names.Length; i++)
            {
                if (i < taken)
                    results[i].Dispose();
                else if (i > taken)
                    OrtApi.Loaded.Release(OrtKind.Value, values[i]);
            }
            throw;
        }
    }

    /// <summary>Runs a model of one input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    /// <returns>The first output; the caller disposes it.</returns>
    /// <exception cref="InputException">As for the general form.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public OnnxTensor Run(OnnxTensor input, CancellationToken cancellation = default) =>
        Run(new Dictionary<string, OnnxTensor> { [Inputs[0].Name] = input }, [Outputs[0].Name], cancellation)[0];

    /// <summary>Runs the model into memory of the caller's: nothing is copied and, with sizes that do not change, nothing allocated.</summary>
    /// <param name="inputs">A tensor for every input, in any order.</param>
    /// <param name="outputs">The outputs wanted, each with a tensor of the shape that it will have.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    /// <exception cref="InputException">A tensor is missing, unknown, or of another type or shape than the model's, or the run failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the outputs' content is undefined.</exception>
    public void RunInto(IReadOnlyDictionary<string, OnnxTensor> inputs, IReadOnlyDictionary<string, OnnxTensor> outputs, CancellationToken cancellation = default)
    {
        string[] names = [.. outputs.Keys];
        foreach (var (name, tensor) in outputs)
            RequireFit("output", Known("output", Outputs, name), tensor);
        Run(inputs, names, [.. outputs.Values.Select(t => t.Value.DangerousGetHandle())], cancellation);
        GC.KeepAlive(outputs);
    }

    private void Run(IReadOnlyDictionary<string, OnnxTensor> inputs, string[] outputs, nint[] values, CancellationToken cancellation)
    {
        CheckInputs(inputs);
        foreach (string name in outputs)
            Known("output", Outputs, name);
        cancellation.ThrowIfCancellationRequested();
        var api = OrtApi.Loaded;
        var texts = new List<Utf8>();
        nint[] Texts(IEnumerable<string> names) => [.. names.Select(name =>
        {
            texts.Add(new Utf8(name));
            return (nint)texts[^1].Pointer;
        })];
        bool held = false;
        nint created;
        api.Check(api.CreateRunOptions(&created), Name);
        nint options = created;
        using var owned = new OrtHandle(OrtKind.RunOptions, options);
        try
        {
            _session.DangerousAddRef(ref held);
            nint[] given = [.. inputs.Values.Select(t => t.Value.DangerousGetHandle())], inputNames = Texts(inputs.Keys), outputNames = Texts(outputs);
            nint status;
            fixed (nint* inputName = inputNames, input = given, outputName = outputNames, output = values)
            {
                using var stop = cancellation.Register(() => api.Check(api.SetTerminate(options), Name));
                status = api.Run(_session.DangerousGetHandle(), options, (byte**)inputName, input, (nuint)given.Length, (byte**)outputName, (nuint)outputs.Length, output);
            }
            GC.KeepAlive(inputs);
            if (status != 0 && cancellation.IsCancellationRequested)
            {
                api.Release(OrtKind.Status, status);
                throw new OperationCanceledException(cancellation);
            }
            api.Check(status, Name);
        }
        finally
        {
            texts.ForEach(t => t.Dispose());
            if (held)
                _session.DangerousRelease();
        }
    }

    private void CheckInputs(IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        var sizes = new Dictionary<string, (long Size, string Input)>(StringComparer.Ordinal);
        foreach (var info in Inputs)
        {
            if (!inputs.TryGetValue(info.Name, out var tensor))
                throw new InputException($"{Name}: input \"{info.Name}\" ({info.Signature}) is not given; given: {List(inputs.Keys)}");
            RequireFit("input", info, tensor);
            foreach (var (axis, size) in info.Axes.Zip(tensor.Shape).Where(p => p.First.Name.Length > 0))
            {
                if (!sizes.TryAdd(axis.Name, (size, info.Name)) && sizes[axis.Name].Size != size)
                    throw new InputException($"{Name}: axis \"{axis.Name}\" is {sizes[axis.Name].Size} in input \"{sizes[axis.Name].Input}\" and {size} in input \"{info.Name}\"; they must be equal");
            }
        }
        foreach (string name in inputs.Keys)
            Known("input", Inputs, name);
    }

    private void RequireFit(string kind, OnnxValueInfo info, OnnxTensor tensor)
    {
        if (!info.Accepts(tensor))
            throw new InputException($"{Name}: {kind} \"{info.Name}\" is {info.Signature}, got {tensor}");
    }

    private OnnxValueInfo Known(string kind, IReadOnlyList<OnnxValueInfo> values, string name) =>
        values.FirstOrDefault(v => v.Name == name) ?? throw new InputException($"{Name}: has no {kind} \"{name}\"; it has {List(values.Select(v => v.Name))}");

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"\"{n}\""));
}
