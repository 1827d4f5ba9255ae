using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AniSora.Data.Models;

/// <summary>
/// Describes an ONNX model that looks at pictures, and how a picture is prepared for it: a JSON file beside the model. With it any predictor
/// of a score or segmenter of a foreground can be used without a line of code.
/// </summary>
public sealed record PictureModelManifest
{
    /// <summary>What the model is called; stored with what it says.</summary>
    public required string Name { get; init; }

    /// <summary>Its licence: SPDX expression, or where it stands.</summary>
    public required string Licence { get; init; }

    /// <summary>The model's files, relative to the manifest, with their SHA-256 in hexadecimal: all ONNX files and their external data.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <summary>The ONNX file, one of <see cref="Files"/>.</summary>
    public required string Model { get; init; }

    /// <summary>How a picture becomes the model's input.</summary>
    public required PictureInput Input { get; init; }

    /// <summary>The output to take; empty for the first.</summary>
    public string Output { get; init; } = "";

    /// <summary>A second model that takes the first one's output, such as the head on an image encoder; null for none.</summary>
    public HeadModel? Head { get; init; }

    /// <summary>For scores: which element of the output. For foregrounds all of it counts.</summary>
    public int Index { get; init; }

    /// <summary>What the output is multiplied with.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What is then added.</summary>
    public double Offset { get; init; }

    /// <summary>Smallest value said.</summary>
    public double Min { get; init; } = double.NegativeInfinity;

    /// <summary>Largest value said.</summary>
    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="InputException">It is missing, or a field is missing or wrong.</exception>
    public static PictureModelManifest Read(string path)
    {
        var manifest = ConfigFile.Load<PictureModelManifest>(path);
        if (manifest.Input is not { Width: > 0, Height: > 0, Mean.Count: 3, Deviation.Count: 3 } || manifest.Input.Deviation.Any(d => d <= 0))
            throw new InputException($"{path}: input: width and height must be above 0, mean and deviation three numbers each, the deviations above 0");
        foreach (string model in new[] { manifest.Model, manifest.Head?.Model ?? manifest.Model })
        {
            if (!manifest.Files.ContainsKey(model))
                throw new InputException($"{path}: model \"{model}\" is not among files; list it there with its SHA-256");
        }
        return manifest;
    }

    /// <summary>Reads a manifest and checks that the model's files are the ones it names.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="InputException">As for <see cref="Read"/>, or a file beside it is missing or another one.</exception>
    public static PictureModelManifest Load(string path)
    {
        var manifest = Read(path);
        foreach (var (file, expected) in manifest.Files)
        {
            string full = Beside(path, file);
            if (!File.Exists(full))
                throw new InputException($"{path}: its file {file} is missing; put it beside the manifest");
            using var stream = File.OpenRead(full);
            string actual = Convert.ToHexStringLower(SHA256.HashData(stream));
            if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
                throw new InputException($"{path}: files: {file} has SHA-256 {actual}, not {expected}: it is damaged or another version; fetch it again, or write its checksum here");
        }
        return manifest;
    }

    /// <summary>Name and a checksum over everything that decides what the model says.</summary>
    [JsonIgnore]
    public string Identity => $"{Name}@{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, ConfigFile.Json))))[..12]}";

    /// <summary>A file beside a manifest.</summary>
    internal static string Beside(string manifest, string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(manifest))!, file);
}

/// <summary>How a picture becomes a model's input: resized, then per channel <c>(pixel / 255 - mean) / deviation</c>.</summary>
public sealed record PictureInput
{
    /// <summary>The input's name; empty for the model's first.</summary>
    public string Name { get; init; } = "";

    /// <summary>W in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>H in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Order of the axes.</summary>
    public TensorLayout Layout { get; init; } = TensorLayout.Nchw;

    /// <summary>Order of the channels.</summary>
    public ChannelOrder Channels { get; init; } = ChannelOrder.Rgb;

    /// <summary>What happens to another aspect ratio.</summary>
    public ResizeMode Resize { get; init; } = ResizeMode.Fit;

    /// <summary>Subtracted, per channel in the model's order, on the scale 0 … 1.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0, 0, 0];

    /// <summary>Divided by, likewise.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [1, 1, 1];
}

/// <summary>A second model on the first one's output.</summary>
public sealed record HeadModel
{
    /// <summary>The ONNX file, one of the manifest's files.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the first output is divided by its Euclidean length, as CLIP embeddings are.</summary>
    public bool Normalise { get; init; }

    /// <summary>The input; empty for the first.</summary>
    public string Input { get; init; } = "";

    /// <summary>The output; empty for the first.</summary>
    public string Output { get; init; } = "";
}

/// <summary>Order of a picture tensor's axes.</summary>
public enum TensorLayout
{
    /// <summary>Batch, channels, height, width.</summary>
    Nchw,
    /// <summary>Batch, height, width, channels.</summary>
    Nhwc,
}

/// <summary>Order of a picture tensor's channels.</summary>
public enum ChannelOrder
{
    /// <summary>Red first.</summary>
    Rgb,
    /// <summary>Blue first.</summary>
    Bgr,
}

/// <summary>How a picture comes to a model's size.</summary>
public enum ResizeMode
{
    /// <summary>Aspect ratio kept, overhang cut off on both sides alike.</summary>
    Cover,
    /// <summary>Aspect ratio kept, all shown, borders filled with mid-grey.</summary>
    Fit,
}
