using System.IO.Hashing;
using AniSora.Data.Tables;

namespace AniSora.Evaluation.Benchmark;

/// <summary>A clip of a benchmark: a row of its <c>manifest.parquet</c> (columns in <c>docs/benchmark.md</c>).</summary>
/// <param name="Id"><c>SOURCE_ACTION_N</c>; names the clip's files.</param>
/// <param name="Source">Where it comes from, such as <c>fluent-emoji</c>; empty if unknown.</param>
/// <param name="Label">The action, such as <c>running</c>.</param>
/// <param name="Identity">What is shown, whatever its colour: clips that share it are not independent, and none may be trained on.</param>
/// <param name="Prompt">What happens, in words.</param>
/// <param name="Frames">T; 0 in a benchmark without manifest: the video says.</param>
/// <param name="Height">H in pixels; 0 as above.</param>
/// <param name="Width">W in pixels; 0 as above.</param>
/// <param name="Rate">Frames per second; 0 as above.</param>
/// <param name="Licence">SPDX expression, or <c>unknown</c>.</param>
/// <param name="Attribution">Who made it, in words.</param>
/// <param name="FigureInDemo">Whether the shipped model was trained on the same figure, in other actions and directions.</param>
/// <param name="FramesDigest">XXH128 of the frames <c>[T, H, W, 3]</c>, hexadecimal; empty as above.</param>
/// <param name="MaskDigest">XXH128 of the motion mask <c>[H, W]</c>, 0 and 255; empty without one.</param>
public sealed record BenchmarkClip(
    string Id, string Source, string Label, string Identity, string Prompt, int Frames, int Height, int Width, double Rate, string Licence, string Attribution,
    bool FigureInDemo, string FramesDigest, string MaskDigest) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "benchmark";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Whether it has a motion mask.</summary>
    public bool HasMask => MaskDigest.Length > 0;

    /// <summary>The digest that rows have of pixels: XXH128 in lower-case hexadecimal.</summary>
    public static string DigestOf(ReadOnlySpan<byte> pixels) => Convert.ToHexStringLower(XxHash128.Hash(pixels));

    /// <summary>A clip of which its files alone are known.</summary>
    /// <param name="id"><c>SOURCE_ACTION_N</c> or <c>ACTION_N</c>; a source may itself have underscores.</param>
    /// <param name="prompt">What happens, in words.</param>
    /// <param name="hasMask">Whether there is a motion mask.</param>
    internal static BenchmarkClip Published(string id, string prompt, bool hasMask)
    {
        string[] parts = id.Split('_');
        string label = parts.Length > 1 ? parts[^2] : id;
        return new(id, string.Join('_', parts[..Math.Max(0, parts.Length - 2)]), label, id, prompt, 0, 0, 0, 0, "unknown", "", false, "", hasMask ? "unknown" : "");
    }
}
