using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using AniSora.Torch.Modules;

namespace AniSora.Torch;

/// <summary>The fields of a module class in which parts may lie, found once per class.</summary>
internal static class ModuleFields
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Type, ModuleField[]> _cache = new();

    /// <summary>The fields that user code declared; the modules of this library register their parts themselves.</summary>
    public static ModuleField[] Of(Type type) => _cache.GetOrAdd(type, Find);

    /// <summary>The modules and parameters inside a collection or tuple; nothing for anything else.</summary>
    public static IEnumerable<object> PartsIn(object? value) => value switch
    {
        torch.nn.Module or torch.Tensor or string or null => [],
        IDictionary dictionary => Parts(dictionary.Values).Concat(Parts(dictionary.Keys)),
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => tuple[i] is { } item ? Parts(new[] { item }) : []),
        // Not any IEnumerable: a lazy sequence could run code.
        ICollection collection => Parts(collection),
        IEnumerable set when IsGenericCollection(set.GetType()) => Parts(set),
        _ => [],
    };

    private static IEnumerable<object> Parts(IEnumerable items)
    {
        foreach (var item in items)
        {
            if (item is torch.nn.Module or Parameter)
                yield return item;
            else
                foreach (var part in PartsIn(item))
                    yield return part;
        }
    }

    private static bool IsGenericCollection(Type type) =>
        type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReadOnlyCollection<>));

    private static ModuleField[] Find(Type type)
    {
        var found = new List<ModuleField>();
        for (var level = type; level != null && level.Assembly != typeof(torch.nn.Module).Assembly; level = level.BaseType)
            foreach (var field in level.GetFields(Declared))
                if (MayHoldParts(field.FieldType))
                    found.Add(new ModuleField(field, type));
        return [.. found];
    }

    private static bool MayHoldParts(Type type) =>
        type != typeof(string) && !type.IsPointer && !typeof(Delegate).IsAssignableFrom(type)
        && (!type.IsValueType || typeof(ITuple).IsAssignableFrom(type) || typeof(IEnumerable).IsAssignableFrom(type))
        && !(type.IsArray && IsPlain(type.GetElementType()!))
        && !(type.IsGenericType && type.GetGenericArguments().All(IsPlain));

    /// <summary>Collections of numbers and texts are common in modules, may be long, and need no look.</summary>
    private static bool IsPlain(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string);
}

/// <summary>One field of a module class.</summary>
internal sealed class ModuleField
{
    private readonly Type _type;

    public ModuleField(FieldInfo info, Type type)
    {
        Info = info;
        _type = type;
        var given = info.GetCustomAttribute<ComponentNameAttribute>()?.Name;
        Name = given ?? info.Name;
        if (given != null)
            return;
        if (info.Name[0] == '<')
            Obstacle = "is an auto-property, whose field has no usable name: make it a field, or add [field: ComponentName(Name = \"...\")]";
        else if (info.IsPrivate && info.DeclaringType != type)
            Obstacle = "is private in a base class, where TorchSharp does not see it: make it protected, or register it by name";
    }

    public FieldInfo Info { get; }

    /// <summary>The name to register under.</summary>
    public string Name { get; }

    /// <summary>Why the field cannot be registered, or null.</summary>
    public string? Obstacle { get; }

    public override string ToString()
    {
        var shown = Info.Name[0] == '<' ? Info.Name[1..Info.Name.IndexOf('>')] : Info.Name;
        return $"field '{shown}' of module {_type.Name}";
    }
}
