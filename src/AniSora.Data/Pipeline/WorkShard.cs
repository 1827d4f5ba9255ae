using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AniSora.Data.Pipeline;

/// <summary>A unit of work: some sources, worked on by one worker from probing to captions.</summary>
/// <param name="Folder">The data set.</param>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Sources">Its sources.</param>
public sealed record WorkShard(DatasetFolder Folder, int Number, IReadOnlyList<SourceRow> Sources)
{
    /// <summary>Number and a digest of the sources: what is stored under it is never mistaken for that of other sources.</summary>
    public string Name { get; } = $"{Number:d6}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Sources))))[..8]}";
}
