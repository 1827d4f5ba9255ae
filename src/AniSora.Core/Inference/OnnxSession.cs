using Microsoft.ML.OnnxRuntime;

namespace AniSora.Inference;

/// <summary>
/// A model that ONNX Runtime loaded and optimised once and runs as often as needed. What goes in and comes out are ONNX Runtime's own values,
/// over memory that is not copied; what is added to its session are checks with messages that say what is wrong, cancellation, and threads
/// that leave the cores to others. Runs may go on from several threads at the same time; <see cref="Dispose"/> waits for them.
/// </summary>
public sealed partial class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly ReaderWriterLockSlim _use = new();
    private bool _disposed;

    private OnnxSession(string name, InferenceSession session)
    {
        (Name, _session) = (name, session);
        Inputs = [.. session.InputNames.Select(n => new OnnxValueInfo(n, session.InputMetadata[n]))];
        Outputs = [.. session.OutputNames.Select(n => new OnnxValueInfo(n, session.OutputMetadata[n]))];
        Metadata = session.ModelMetadata;
    }

    /// <summary>The model's file, for messages.</summary>
    public string Name { get; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs { get; }

    /// <summary>What it gives.</summary>
    public IReadOnlyList<OnnxValueInfo> Outputs { get; }

    /// <summary>What the file says of itself.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>Loads a model file; weights in files of their own are found beside it.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="options">How to run it; null for all cores.</param>
    /// <exception cref="InputException">The file or one that it names is missing or damaged, an operator is unknown, or the provider is not there.</exception>
    public static OnnxSession Open(string path, OnnxSessionOptions? options = null) =>
        Directory.Exists(path) ? throw new InputException($"{path}: is a folder; give an ONNX file")
        : !File.Exists(path) ? throw new InputException($"{path}: no such file; give an ONNX file")
        : Load(path, options ?? new(), prepared => new InferenceSession(Path.GetFullPath(path), prepared));

    /// <summary>Loads a model from memory; it cannot have weights in files of their own.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="model">The content of an ONNX file; not needed any more afterwards.</param>
    /// <param name="options">How to run it; null for all cores.</param>
    /// <exception cref="InputException">The model is damaged, an operator is unknown, or the provider is not there.</exception>
    public static OnnxSession FromBytes(string name, byte[] model, OnnxSessionOptions? options = null) =>
        Load(name, options ?? new(), prepared => new InferenceSession(model, prepared));

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">A tensor for every input, in any order.</param>
    /// <param name="outputs">The outputs wanted; null for all.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    /// <returns>The outputs in the order wanted, in memory of ONNX Runtime's; the caller disposes the collection, or each of them.</returns>
    /// <exception cref="InputException">An input is missing, unknown, or of another type or shape than the model's, or the run failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyDictionary<string, OrtValue> inputs, IReadOnlyCollection<string>? outputs = null, CancellationToken cancellation = default)
    {
        CheckInputs(inputs);
        foreach (string name in outputs ?? [])
            Known("output", Outputs, name);
        return Run(options => _session.Run(options, inputs, outputs ?? _session.OutputNames), cancellation);
    }

    /// <summary>Runs a model of one input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    /// <returns>The first output; the caller disposes it.</returns>
    /// <exception cref="InputException">As for the general form.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public OrtValue Run(OrtValue input, CancellationToken cancellation = default) =>
        Run(new Dictionary<string, OrtValue> { [Inputs[0].Name] = input }, [Outputs[0].Name], cancellation)[0];

    /// <summary>Runs the model into memory of the caller's: nothing is copied and, with sizes that do not change, nothing allocated.</summary>
    /// <param name="inputs">A tensor for every input, in any order.</param>
    /// <param name="outputs">The outputs wanted, each with a tensor of the shape that it will have.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    /// <exception cref="InputException">A tensor is missing, unknown, or of another type or shape than the model's, or the run failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the outputs' content is undefined.</exception>
    public void RunInto(IReadOnlyDictionary<string, OrtValue> inputs, IReadOnlyDictionary<string, OrtValue> outputs, CancellationToken cancellation = default)
    {
        CheckInputs(inputs);
        foreach (var (name, tensor) in outputs)
            RequireFit("output", Known("output", Outputs, name), tensor);
        Run(options =>
        {
            _session.Run(options, [.. inputs.Keys], [.. inputs.Values], [.. outputs.Keys], [.. outputs.Values]);
            return 0;
        }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The package frees its session at once, under the runs of other threads.
        _use.EnterWriteLock();
        try
        {
            _disposed = true;
            _session.Dispose();
        }
        finally
        {
            _use.ExitWriteLock();
        }
    }

    private T Run<T>(Func<RunOptions, T> run, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _use.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var options = new RunOptions();
            using var stop = cancellation.Register(() => options.Terminate = true);
            return run(options);
        }
        catch (OnnxRuntimeException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OnnxRuntimeException e)
        {
            throw Error(Name, e, "check that the inputs' sizes fit each other");
        }
        finally
        {
            _use.ExitReadLock();
        }
    }
}
