using System.Runtime.InteropServices;

namespace AniSora.Onnx;

/// <summary>ONNX Runtime's shared library, which ships inside the npm package <c>onnxruntime-node</c>; loaded when first needed.</summary>
public static unsafe class OnnxRuntime
{
    private const string Package = "onnxruntime-node";

    private static readonly Lazy<IReadOnlyList<string>> _providers = new(ListProviders);

    /// <summary>Where the library was found, as <see cref="NodeModules.Find"/> looks for it; null if it is nowhere.</summary>
    public static string? Find() => NodeModules.Find(Package, FileName);

    /// <summary>Its version, such as <c>1.30.0</c>; loads the library.</summary>
    /// <exception cref="InputException">The library is missing or cannot be loaded.</exception>
    public static string Version => OrtApi.Loaded.Version;

    /// <summary>What it can run models on, in its order of preference: <c>cpu</c>, and where the library was built with them <c>cuda</c>, <c>tensorrt</c>, …</summary>
    /// <exception cref="InputException">The library is missing or cannot be loaded.</exception>
    public static IReadOnlyList<string> Providers => _providers.Value;

    private static string FileName => $"bin/napi-v6/linux/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64")}/libonnxruntime.so.1";

    internal static string Require() => NodeModules.Require(Package, FileName, "ONNX Runtime");

    /// <summary>The library's own name of a provider, such as <c>CUDAExecutionProvider</c>.</summary>
    /// <exception cref="InputException">The library has no such provider.</exception>
    internal static string Provider(string name) =>
        NativeProviders().FirstOrDefault(p => string.Equals(Short(p), name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException($"--provider {name}: {OrtApi.Loaded.Path} runs models on {string.Join(", ", Providers)} only; choose one of these, or set ANISORA_NATIVE to a build that has it");

    internal static string Short(string provider) => provider.Replace("ExecutionProvider", "", StringComparison.Ordinal).ToLowerInvariant();

    private static IReadOnlyList<string> ListProviders() => [.. NativeProviders().Select(Short)];

    private static string[] NativeProviders()
    {
        byte** names;
        int count;
        var api = OrtApi.Loaded;
        api.Check(api.GetAvailableProviders(&names, &count), "ONNX Runtime");
        var result = new string[count];
        for (int i = 0; i < count; i++)
            result[i] = OrtApi.Text(names[i]);
        api.Check(api.ReleaseAvailableProviders(names, count), "ONNX Runtime");
        return result;
    }
}
