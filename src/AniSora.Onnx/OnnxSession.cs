namespace AniSora.Onnx;

/// <summary>
/// A model, loaded and optimised once and run as often as needed. Runs may go on from several threads at the same time; a session that is
/// disposed meanwhile ends when the last of them has.
/// </summary>
public sealed unsafe partial class OnnxSession : IDisposable
{
    private readonly OrtHandle _session;

    private OnnxSession(string name, nint session)
    {
        Name = name;
        _session = new OrtHandle(OrtKind.Session, session);
        Inputs = Describe(session, input: true);
        Outputs = Describe(session, input: false);
        Metadata = ReadMetadata(session);
    }

    /// <summary>The model's file, for messages.</summary>
    public string Name { get; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs { get; }

    /// <summary>What it gives.</summary>
    public IReadOnlyList<OnnxValueInfo> Outputs { get; }

    /// <summary>What the file says of itself.</summary>
    public OnnxMetadata Metadata { get; }

    /// <summary>Loads a model file; weights in files of their own are found beside it.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="options">How to run it; null for all cores.</param>
    /// <exception cref="InputException">The file or one that it names is missing or damaged, an operator is unknown, or the provider is not there.</exception>
    public static OnnxSession Open(string path, OnnxSessionOptions? options = null)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; give an ONNX file");
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file; give an ONNX file");
        var api = OrtApi.Loaded;
        using var prepared = Prepare(options ?? new(), path);
        nint session;
        using (var text = new Utf8(Path.GetFullPath(path)))
            api.Check(api.CreateSession(api.Environment, text.Pointer, prepared.DangerousGetHandle(), &session), path);
        return new OnnxSession(path, session);
    }

    /// <summary>Loads a model from memory; it cannot have weights in files of their own.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="model">The content of an ONNX file; not needed any more afterwards.</param>
    /// <param name="options">How to run it; null for all cores.</param>
    /// <exception cref="InputException">The model is damaged, an operator is unknown, or the provider is not there.</exception>
    public static OnnxSession FromBytes(string name, ReadOnlySpan<byte> model, OnnxSessionOptions? options = null)
    {
        var api = OrtApi.Loaded;
        using var prepared = Prepare(options ?? new(), name);
        nint session;
        fixed (byte* bytes = model)
            api.Check(api.CreateSessionFromArray(api.Environment, bytes, (nuint)model.Length, prepared.DangerousGetHandle(), &session), name);
        return new OnnxSession(name, session);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static OrtHandle Prepare(OnnxSessionOptions options, string model)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        var api = OrtApi.Loaded;
        nint created;
        api.Check(api.CreateSessionOptions(&created), model);
        var result = new OrtHandle(OrtKind.SessionOptions, created);
        try
        {
            api.Check(api.SetIntraOpNumThreads(created, options.Threads > 0 ? options.Threads : Environment.ProcessorCount), model);
            // Threads that spin while they wait take the cores from whatever runs beside: decoders, libtorch, other sessions.
            using (var key = new Utf8("session.intra_op.allow_spinning"))
            using (var no = new Utf8("0"))
                api.Check(api.AddSessionConfigEntry(created, key.Pointer, no.Pointer), model);
            Append(created, OnnxRuntime.Provider(options.Provider), model);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private static void Append(nint options, string provider, string model)
    {
        var api = OrtApi.Loaded;
        switch (OnnxRuntime.Short(provider))
        {
            // Always there.
            case "cpu":
                return;
            // Has options of its own kind.
            case "cuda":
                nint cuda;
                api.Check(api.CreateCudaOptions(&cuda), model);
                nint status = api.AppendCuda(options, cuda);
                api.ReleaseCudaOptions(cuda);
                api.Check(status, $"{model}: provider cuda");
                return;
            default:
                string name = provider.Replace("ExecutionProvider", "", StringComparison.Ordinal);
                using (var text = new Utf8(name))
                    api.Check(api.AppendProvider(options, text.Pointer, null, null, 0), $"{model}: provider {name.ToLowerInvariant()}");
                return;
        }
    }

    private OnnxValueInfo[] Describe(nint session, bool input)
    {
        var api = OrtApi.Loaded;
        nuint count;
        api.Check(api.Count(input)(session, &count), Name);
        var values = new OnnxValueInfo[count];
        for (nuint i = 0; i < count; i++)
        {
            byte* name;
            nint info, tensor;
            api.Check(api.Name(input)(session, i, api.Allocator, &name), Name);
            string text = api.Take(name);
            api.Check(api.TypeInfo(input)(session, i, &info), Name);
            using var owned = new OrtHandle(OrtKind.TypeInfo, info);
            api.Check(api.CastTypeInfoToTensorInfo(info, &tensor), Name);
            // Sequences and maps have no tensor's description.
            values[i] = tensor == 0 ? new OnnxValueInfo(text, OnnxType.Unknown, []) : DescribeTensor(text, tensor);
        }
        return values;
    }

    private OnnxValueInfo DescribeTensor(string name, nint tensor)
    {
        var api = OrtApi.Loaded;
        int type;
        nuint rank;
        api.Check(api.GetTensorElementType(tensor, &type), Name);
        api.Check(api.GetDimensionsCount(tensor, &rank), Name);
        var sizes = new long[rank];
        var symbols = new nint[rank];
        fixed (long* size = sizes)
        fixed (nint* symbol = symbols)
        {
            api.Check(api.GetDimensions(tensor, size, rank), Name);
            api.Check(api.GetSymbolicDimensions(tensor, (byte**)symbol, rank), Name);
        }
        return new OnnxValueInfo(name, (OnnxType)type, [.. sizes.Zip(symbols, (size, symbol) => new OnnxAxis(size, OrtApi.Text((byte*)symbol)))]);
    }

    private OnnxMetadata ReadMetadata(nint session)
    {
        var api = OrtApi.Loaded;
        nint metadata;
        api.Check(api.GetModelMetadata(session, &metadata), Name);
        using var owned = new OrtHandle(OrtKind.Metadata, metadata);
        byte* producer, description;
        api.Check(api.GetProducerName(metadata, api.Allocator, &producer), Name);
        api.Check(api.GetDescription(metadata, api.Allocator, &description), Name);
        byte** keys;
        long count;
        api.Check(api.GetCustomMetadataKeys(metadata, api.Allocator, &keys, &count), Name);
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        for (long i = 0; i < count; i++)
        {
            byte* value;
            api.Check(api.LookupCustomMetadata(metadata, api.Allocator, keys[i], &value), Name);
            properties[api.Take(keys[i])] = api.Take(value);
        }
        if (count > 0)
            api.Check(api.AllocatorFree(api.Allocator, keys), Name);
        return new OnnxMetadata(api.Take(producer), api.Take(description), properties);
    }
}
