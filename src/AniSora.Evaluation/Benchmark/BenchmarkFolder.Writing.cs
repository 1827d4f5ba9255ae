using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Tables;

namespace AniSora.Evaluation.Benchmark;

public sealed partial class BenchmarkFolder
{
    /// <summary>Writes a clip's files.</summary>
    /// <param name="root">The benchmark's folder.</param>
    /// <param name="id">The clip's.</param>
    /// <param name="video">The frames.</param>
    /// <param name="mask"><c>[H, W]</c>, 255 where motion is allowed, otherwise 0; null if there is none.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void WriteClip(string root, string id, Video video, byte[]? mask)
    {
        RequireName(id, root);
        foreach (var which in Enum.GetValues<KeyFrame>())
            Media.WritePng(ImageOf(root, id, which), Frame(video, which).ToArray(), video.Height, video.Width);
        if (mask is not null)
            Media.WritePng(Path.Combine(root, "mask", id + ".png"), mask, video.Height, video.Width, 1);
        Media.WriteLossless(Path.Combine(root, "video", id + ".mp4"), video);
    }

    /// <summary>Writes the prompts, and with them a manifest: what makes a folder of clips a benchmark of ours.</summary>
    /// <param name="root">The folder, with the clips' files.</param>
    /// <param name="clips">The clips.</param>
    /// <param name="manifest">False writes the published layout and no more.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void WriteTables(string root, IEnumerable<BenchmarkClip> clips, bool manifest = true)
    {
        BenchmarkClip[] sorted = [.. clips.OrderBy(c => c.Id, StringComparer.Ordinal)];
        static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"")}\"";
        AtomicFile.WriteText(PromptsOf(root), string.Concat(sorted.Select(c => $"{Quoted(c.Id)},{Quoted(c.Prompt)}\n").Prepend("id,prompt\n")));
        if (manifest)
            Table<BenchmarkClip>.Write(ManifestOf(root), sorted, $"benchmark {ChecksumOf(sorted)}");
    }

    /// <summary>The checksum of a benchmark with these rows.</summary>
    public static string ChecksumOf(IEnumerable<BenchmarkClip> clips)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var clip in clips.OrderBy(c => c.Id, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(clip) + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
