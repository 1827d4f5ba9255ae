using System.Collections.Concurrent;

namespace AniSora.Onnx.Export;

/// <summary>What modules are as graphs: a builder for each type, TorchSharp's layers among them.</summary>
public static class OnnxModules
{
    private static readonly ConcurrentDictionary<Type, Func<GraphBuilder, nn.Module, Value[], Value[]>> _builders = new();

    static OnnxModules()
    {
        Layers.Products.Register();
        Layers.Norms.Register();
        Layers.Activations.Register();
        Layers.Poolings.Register();
        Layers.Shapes.Register();
    }

    /// <summary>Types that have a builder.</summary>
    public static IEnumerable<Type> Known => _builders.Keys;

    /// <summary>Adds or replaces the builder of a type and of what is derived from it.</summary>
    /// <param name="build">From the module and what its <c>forward</c> is given to what that gives.</param>
    /// <typeparam name="TModule">The module's type.</typeparam>
    public static void RegisterMany<TModule>(Func<GraphBuilder, TModule, Value[], Value[]> build)
        where TModule : nn.Module => _builders[typeof(TModule)] = (graph, module, inputs) => build(graph, (TModule)module, inputs);

    /// <summary>The same for a module of one tensor that gives one.</summary>
    /// <param name="build">From the module and its input to its output.</param>
    /// <typeparam name="TModule">The module's type.</typeparam>
    public static void Register<TModule>(Func<GraphBuilder, TModule, Value, Value> build)
        where TModule : nn.Module => RegisterMany<TModule>((graph, module, inputs) => [build(graph, module, inputs[0])]);

    internal static Func<GraphBuilder, nn.Module, Value[], Value[]>? Find(Type? type)
    {
        for (; type is not null; type = type.BaseType)
            if (_builders.TryGetValue(type, out var build))
                return build;
        return null;
    }
}
