using System.Text.Json;
using System.Text.Json.Serialization;

namespace AniSora.Models;

/// <summary>Reads and writes model configurations as snake_case JSON, the form in which the published checkpoints carry theirs.</summary>
internal static class ModelJson
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    internal static T Parse<T>(string json, string file)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options)
                ?? throw new InputException($"{file}: the file holds only null; expected a JSON object with the model's configuration");
        }
        catch (JsonException e)
        {
            var field = string.IsNullOrEmpty(e.Path) ? "" : $" at {e.Path}";
            throw new InputException($"{file}: not a valid model configuration{field} (line {e.LineNumber + 1}): correct the field or restore the file");
        }
    }

    internal static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot read the model configuration ({e.Message}): name a readable config.json");
        }
    }
}
