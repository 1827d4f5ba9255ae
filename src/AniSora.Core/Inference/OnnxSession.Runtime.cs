using Microsoft.ML.OnnxRuntime;

namespace AniSora.Inference;

public sealed partial class OnnxSession
{
    private const string Suffix = "ExecutionProvider";

    private static readonly Lazy<OrtEnv> _runtime = new(Start);

    /// <summary>ONNX Runtime's version, such as <c>1.31.1</c>; loads the library.</summary>
    /// <exception cref="InputException">The library cannot be loaded.</exception>
    public static string RuntimeVersion => _runtime.Value.GetVersionString();

    /// <summary>What models can be run on, in ONNX Runtime's order of preference: <c>cpu</c>, and <c>cuda</c> where its GPU package was built in.</summary>
    /// <exception cref="InputException">The library cannot be loaded.</exception>
    public static IReadOnlyList<string> Providers =>
        [.. _runtime.Value.GetAvailableProviders().Select(p => p.Replace(Suffix, "", StringComparison.Ordinal).ToLowerInvariant()).Intersect(["cpu", "cuda"])];

    private static OrtEnv Start()
    {
        try
        {
            // Only what ends the process is worth a line on stderr: everything else comes back as an error.
            var quiet = new EnvironmentCreationOptions { logId = "anisora", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            return OrtEnv.IsCreated ? OrtEnv.Instance() : OrtEnv.CreateInstanceWithOptions(ref quiet);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new InputException($"ONNX Runtime cannot be loaded ({e.GetBaseException().Message.Split('\n')[0]}): run `make restore build` again", e);
        }
    }

    private static OnnxSession Load(string name, OnnxSessionOptions options, Func<SessionOptions, InferenceSession> open)
    {
        using var prepared = Prepare(options, name);
        try
        {
            return new OnnxSession(name, open(prepared));
        }
        catch (OnnxRuntimeException e)
        {
            throw Error(name, e, "copy or export the model again, with the files beside it");
        }
    }

    private static SessionOptions Prepare(OnnxSessionOptions options, string model)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        string provider = Providers.FirstOrDefault(p => p.Equals(options.Provider, StringComparison.OrdinalIgnoreCase)) ?? throw new InputException(
            $"--provider {options.Provider}: ONNX Runtime {RuntimeVersion} runs models on {string.Join(", ", Providers)} only; choose one of these, or build with -p:TorchDevice=cuda, which adds cuda");
        var prepared = new SessionOptions
        {
            // A number that is named: with ONNX Runtime's own choice, threads are pinned to cores, where libtorch's wait too.
            IntraOpNumThreads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        try
        {
            // Threads that spin while they wait take the cores from whatever runs beside: decoders, libtorch, other sessions.
            prepared.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            if (provider == "cuda")
                prepared.AppendExecutionProvider_CUDA();
            return prepared;
        }
        catch (OnnxRuntimeException e)
        {
            prepared.Dispose();
            throw Error($"{model}: provider {provider}", e, "install what it needs, or take --provider cpu");
        }
    }

    // The library's messages quote whole models now and then.
    private static InputException Error(string subject, OnnxRuntimeException e, string fix)
    {
        string message = e.Message.ReplaceLineEndings(" ").Trim();
        return new($"{subject}: ONNX Runtime: {(message.Length > 400 ? message[..400] + "…" : message)}; {fix}", e);
    }
}
