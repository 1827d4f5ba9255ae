using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AniSora.Data.Models;

/// <summary>
/// Describes an ONNX model that looks at pictures, and how a picture is prepared for it: a JSON file beside the model. With it any predictor
/// of a score or segmenter of a foreground can be used without a line of code.
/// </summary>
public record PictureModelManifest
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
    public static PictureModelManifest Read(string path) => Read<PictureModelManifest>(path);

    /// <summary>Reads a manifest that says more of its model.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="InputException">It is missing, or a field is missing or wrong.</exception>
    public static T Read<T>(string path)
        where T : PictureModelManifest
    {
        var manifest = ConfigFile.Load<T>(path);
        if (manifest.Input is not { Width: > 0, Height: > 0, Mean.Count: 3, Deviation.Count: 3 } || manifest.Input.Deviation.Any(d => d <= 0))
            throw new InputException($"{path}: input: width and height must be above 0, mean and deviation three numbers each, the deviations above 0");
        if (manifest.Input.ResizeTo != 0 && (manifest.Input.ResizeTo < Math.Max(manifest.Input.Width, manifest.Input.Height) || manifest.Input.Resize != ResizeMode.Cover))
            throw new InputException($"{path}: input.resize_to: {manifest.Input.ResizeTo} is the side of a square from which {manifest.Input.Width}×{manifest.Input.Height} are cut out: it must be as large as these, and resize must be cover");
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
    public static PictureModelManifest Load(string path) => Load<PictureModelManifest>(path);

    /// <summary>Reads a manifest that says more of its model, and checks that the model's files are the ones it names.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="InputException">As for <see cref="Load"/>.</exception>
    public static T Load<T>(string path)
        where T : PictureModelManifest
    {
        var manifest = Read<T>(path);
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
    public string Identity => $"{Name}@{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, GetType(), ConfigFile.Json))))[..12]}";

    /// <summary>A file beside a manifest.</summary>
    public static string Beside(string manifest, string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(manifest))!, file);
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

    /// <summary>Side of the square that the picture covers before the input's size is cut out of its middle; 0 for the size itself.</summary>
    public int ResizeTo { get; init; }

    /// <summary>Subtracted, per channel in the model's order, on the scale 0 … 1.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0, 0, 0];

    /// <summary>Divided by, likewise.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [1, 1, 1];

    /// <summary>Makes a picture the model's input.</summary>
    /// <param name="rgba"><c>[H, W, 4]</c>, straight alpha; mid-grey is put behind it.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="into">Receives <c>[3, Height, Width]</c> or <c>[Height, Width, 3]</c>, by <see cref="Layout"/>.</param>
    public void Prepare(ReadOnlySpan<byte> rgba, int width, int height, Span<float> into)
    {
        int pixels = Width * Height, scaledWidth = Math.Max(ResizeTo, Width), scaledHeight = Math.Max(ResizeTo, Height);
        byte[] scaled = new byte[4 * scaledWidth * scaledHeight];
        new FrameScaler(width, height, null, scaledWidth, scaledHeight, Resize switch { ResizeMode.Cover => Fit.Cover, ResizeMode.Fit => Fit.Contain, _ => Fit.Stretch }).Scale(rgba, scaled);
        byte[] rgb = new Picture(scaledWidth, scaledHeight, scaled).Over(BackgroundSpec.Grey.First);
        int left = (scaledWidth - Width) / 2, top = (scaledHeight - Height) / 2;
        for (int c = 0; c < 3; c++)
        {
            int from = Channels == ChannelOrder.Rgb ? c : 2 - c;
            float factor = (float)(1 / (255 * Deviation[c])), offset = (float)(-Mean[c] / Deviation[c]);
            for (int y = 0, i = 0; y < Height; y++)
            {
                for (int x = 0, p = 3 * ((top + y) * scaledWidth + left) + from; x < Width; x++, i++, p += 3)
                    into[Layout == TensorLayout.Nchw ? c * pixels + i : 3 * i + c] = rgb[p] * factor + offset;
            }
        }
    }
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
    /// <summary>All shown, stretched.</summary>
    Stretch,
}
