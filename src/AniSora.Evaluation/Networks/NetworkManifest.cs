using AniSora.Data.Models;

namespace AniSora.Evaluation.Networks;

/// <summary>
/// A network that a user has: which part it plays, beside what <see cref="PictureModelManifest"/> says of its files, its input and its output
/// (<c>docs/metrics.md</c>). Its <see cref="PictureModelManifest.Name"/> is the published network's only if it is that network.
/// </summary>
public sealed record NetworkManifest : PictureModelManifest
{
    /// <summary>What it is asked for.</summary>
    public required NetworkRole Role { get; init; }

    /// <summary>For networks of two frames: the second input; empty for the model's second.</summary>
    public string SecondInput { get; init; } = "";

    /// <summary>For <see cref="NetworkRole.VideoText"/>: the text's side.</summary>
    public TextTower? Text { get; init; }
}

/// <summary>The network that makes features of a text, and its tokenizer: byte-pair encoding with CLIP's conventions.</summary>
public sealed record TextTower
{
    /// <summary>The ONNX file, one of the manifest's files: token numbers <c>[1, length]</c>, int64, to features.</summary>
    public required string Model { get; init; }

    /// <summary>Its output; empty for the first.</summary>
    public string Output { get; init; } = "";

    /// <summary>The vocabulary: JSON, token to number. One of the manifest's files.</summary>
    public required string Vocabulary { get; init; }

    /// <summary>The merges, a pair on each line. One of the manifest's files.</summary>
    public required string Merges { get; init; }

    /// <summary>Tokens of a text, begin and end included; shorter ones are filled with 0.</summary>
    public int Length { get; init; } = 77;

    /// <summary>The token before every text.</summary>
    public string Begin { get; init; } = "<|startoftext|>";

    /// <summary>The token after every text.</summary>
    public string End { get; init; } = "<|endoftext|>";
}
