using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using YamlDotNet.RepresentationModel;

namespace AniSora;

/// <summary>
/// Resolves a typed configuration: a preset, then a YAML file over it, then <c>path=value</c> settings over both.
/// Every name must exist in the preset, so that a mistyped setting is an error and not silently ignored.
/// </summary>
public static class ConfigFile
{
    /// <summary>How configurations are written: snake_case names, enumerations by name, indented.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The preset with the file's and the command line's settings applied.</summary>
    /// <param name="preset">The defaults.</param>
    /// <param name="yamlPath">A YAML file with the same structure, or null.</param>
    /// <param name="settings">Settings such as <c>optimizer.learning_rate=1e-3</c>; values are JSON, anything else is text.</param>
    /// <exception cref="InputException">A name is unknown or a value has the wrong type; the message names both.</exception>
    public static T Resolve<T>(T preset, string? yamlPath = null, IEnumerable<string>? settings = null)
        where T : class
    {
        var root = JsonSerializer.SerializeToNode(preset, Json)!.AsObject();
        if (yamlPath is not null)
            Merge(root, ReadYaml(yamlPath), yamlPath, "");
        foreach (string setting in settings ?? [])
        {
            int equals = setting.IndexOf('=');
            if (equals <= 0)
                throw new InputException($"--set {setting}: write it as path=value, for example optimizer.learning_rate=1e-3");
            Set(root, setting[..equals].Trim(), Parse(setting[(equals + 1)..].Trim()), $"--set {setting}");
        }
        return Read<T>(root, yamlPath ?? "--set");
    }

    /// <summary>Reads a stored configuration (JSON).</summary>
    /// <exception cref="InputException">The file is missing, is no JSON or does not fit.</exception>
    public static T Load<T>(string path)
        where T : class
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: file not found");
        try
        {
            return Read<T>(JsonNode.Parse(File.ReadAllText(path)) ?? throw new JsonException("the file holds null"), path);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: no readable JSON, or damaged ({e.Message})");
        }
    }

    /// <summary>Writes a configuration atomically.</summary>
    public static void Save<T>(string path, T config) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, config, Json));

    /// <summary>A configuration as it is stored.</summary>
    public static JsonObject ToJson<T>(T config) => JsonSerializer.SerializeToNode(config, Json)!.AsObject();

    private static T Read<T>(JsonNode root, string source)
        where T : class
    {
        try
        {
            return root.Deserialize<T>(Json) ?? throw new JsonException("empty");
        }
        catch (JsonException e) when (e.Message.Split(" required properties including: ") is [_, var missing])
        {
            throw new InputException($"{source}: {missing.TrimEnd('.')} must be given", e);
        }
        catch (JsonException e)
        {
            string fault = e.Message.Contains("could not be mapped", StringComparison.Ordinal)
                ? "is unknown: mistyped, or of another kind or version of run"
                : e.Message.Contains("doesn't allow setting null", StringComparison.Ordinal) ? "is null, and needs a value: leave it out for the usual one"
                : $"has a value of the wrong type ({e.Message.Split('.')[0]})";
            throw new InputException($"{source}: setting '{e.Path?.TrimStart('$', '.')}' {fault}");
        }
    }

    private static JsonNode? Parse(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }

    private static void Set(JsonObject root, string path, JsonNode? value, string source)
    {
        string[] parts = path.Split('.');
        var node = root;
        for (int i = 0; i < parts.Length; i++)
        {
            if (!node.ContainsKey(parts[i]))
                throw Unknown(node, string.Join('.', parts[..(i + 1)]), parts[i], source);
            if (i == parts.Length - 1)
                node[parts[i]] = value;
            else
                node = node[parts[i]] as JsonObject ?? throw new InputException($"{source}: '{parts[i]}' has no settings inside it");
        }
    }

    private static void Merge(JsonObject into, JsonObject from, string source, string prefix)
    {
        foreach (var (name, value) in from)
        {
            if (!into.ContainsKey(name))
                throw Unknown(into, prefix + name, name, source);
            if (value is JsonObject child && into[name] is JsonObject target)
                Merge(target, child, source, $"{prefix}{name}.");
            else
                into[name] = value?.DeepClone();
        }
    }

    private static InputException Unknown(JsonObject node, string path, string name, string source) =>
        new($"{source}: unknown setting '{path}'; did you mean '{Nearest.To(name, node.Select(p => p.Key))}'? (known here: {string.Join(", ", node.Select(p => p.Key))})");

    private static JsonObject ReadYaml(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: configuration file not found");
        try
        {
            var stream = new YamlStream();
            using var reader = File.OpenText(path);
            stream.Load(reader);
            return stream.Documents.Count == 0 ? [] : (JsonObject)ToJson(stream.Documents[0].RootNode)!;
        }
        catch (Exception e) when (e is YamlDotNet.Core.YamlException or InvalidCastException)
        {
            throw new InputException($"{path}: not a YAML mapping of settings ({e.Message})");
        }
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, ToJson(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode scalar => scalar.Style == YamlDotNet.Core.ScalarStyle.Plain ? Parse(scalar.Value ?? "null") : JsonValue.Create(scalar.Value),
        _ => null,
    };
}
