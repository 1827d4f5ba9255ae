using System.Security.Cryptography;
using System.Text;
using AniSora.Data;

namespace AniSora.Evaluation.Benchmark;

/// <summary>
/// What the benchmark shows, so that nobody trains on it by accident. The project keeps a hash of each identity (<c>identities.txt</c>), so
/// training commands know them where no benchmark lies on the machine. An identity goes by its name in the collections: pictures that
/// reach an index by another way, renamed in a folder, are not recognised.
/// </summary>
public static class BenchmarkIdentities
{
    private const int Digits = 16;

    /// <summary>The hashes of the benchmark's identities.</summary>
    public static IReadOnlySet<string> Known { get; } = Read();

    /// <summary>An identity's hash: the first 16 digits of its SHA-256.</summary>
    public static string HashOf(string identity) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..Digits];

    /// <summary>The identities that an index trains on and a benchmark shows, sorted; the clips that an index holds out do not count.</summary>
    /// <param name="index">The index.</param>
    /// <param name="where">Which of its clips are trained on, as for <see cref="ClipIndex.Query"/>.</param>
    /// <param name="hashes">The benchmark's identities; null for those that the project keeps.</param>
    /// <exception cref="InputException">The condition is not valid SQL.</exception>
    public static IReadOnlyList<string> Shared(ClipIndex index, string where, IReadOnlySet<string>? hashes = null) =>
        [.. index.Values("base_sequence", where).Where(identity => (hashes ?? Known).Contains(HashOf(identity)))];

    /// <summary>Refuses to train on what the benchmark shows.</summary>
    /// <param name="folder">The data set.</param>
    /// <param name="where">Which of its clips are trained on.</param>
    /// <exception cref="InputException">It does; the message names identities.</exception>
    public static void Refuse(string folder, string where)
    {
        using var index = ClipIndex.Open(folder);
        if (Shared(index, where) is { Count: > 0 } shared)
            throw new InputException($"{index.FilePath}: the clips to train on ({where}) show {shared.Count} of what the benchmark shows ({string.Join(", ", shared.Take(3))}{(shared.Count > 3 ? ", …" : "")}): a model trained on them cannot be measured by it; leave them out (--set data.where=\"…\" or balance.held_out when the set is made), or say --allow-benchmark-identities");
    }

    private static HashSet<string> Read()
    {
        using var reader = new StreamReader(typeof(BenchmarkIdentities).Assembly.GetManifestResourceStream("identities.txt")!);
        return [.. reader.ReadToEnd().Split('\n').Where(line => line.Length == Digits)];
    }
}
