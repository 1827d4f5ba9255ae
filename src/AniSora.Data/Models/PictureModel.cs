using AniSora.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AniSora.Data.Models;

/// <summary>A model that a manifest describes, ready to look at pictures. Thread-safe; each picture is worked on by the thread that asks.</summary>
public sealed class PictureModel : IDisposable
{
    private static readonly OnnxSessionOptions _options = new() { Threads = 1 };

    private readonly PictureModelManifest _manifest;
    private readonly string _path, _input, _output;
    private readonly OnnxSession _model;
    private readonly OnnxSession? _head;

    /// <summary>Loads a model.</summary>
    /// <param name="path">Its manifest.</param>
    /// <exception cref="InputException">The manifest or a file it names is missing or damaged, or they do not belong together.</exception>
    public PictureModel(string path)
    {
        _path = path;
        _manifest = PictureModelManifest.Load(path);
        _model = OnnxSession.Open(PictureModelManifest.Beside(path, _manifest.Model), _options);
        _head = _manifest.Head is { } head ? OnnxSession.Open(PictureModelManifest.Beside(path, head.Model), _options) : null;
        _input = Named(_manifest.Input.Name, _model.Inputs);
        _output = Named(_manifest.Output, _model.Outputs);
    }

    /// <summary>Name and checksum, as stored with what the model says.</summary>
    public string Identity => _manifest.Identity;

    /// <summary>The model's name.</summary>
    public string Name => _manifest.Name;

    /// <summary>The score of a picture: one element of the output, scaled and clamped as the manifest says.</summary>
    /// <param name="rgba"><c>[H, W, 4]</c>, straight alpha; mid-grey is put behind it.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The model fails, or its output has no such element.</exception>
    public double Score(ReadOnlySpan<byte> rgba, int width, int height, CancellationToken cancellation = default)
    {
        using var output = Run(rgba, width, height, cancellation);
        var values = output.GetTensorDataAsSpan<float>();
        return _manifest.Index >= 0 && _manifest.Index < values.Length
            ? Said(values[_manifest.Index])
            : throw new InputException($"{_path}: index {_manifest.Index}: the output is {OnnxValueInfo.Describe(output)}; choose one of its elements");
    }

    /// <summary>The foreground of a picture: where the output, scaled as the manifest says, is one half or more.</summary>
    /// <param name="rgba"><c>[H, W, 4]</c>, straight alpha; mid-grey is put behind it.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="mask">Receives <c>[H, W]</c>: 255 inside, 0 outside.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The model fails, or its output is no picture.</exception>
    public void Foreground(ReadOnlySpan<byte> rgba, int width, int height, Span<byte> mask, CancellationToken cancellation = default)
    {
        if (_manifest.Input.Resize != ResizeMode.Fit)
            throw new InputException($"{_path}: input.resize: a segmenter sees the whole picture; write fit");
        using var output = Run(rgba, width, height, cancellation);
        long[] shape = output.GetTensorTypeAndShape().Shape;
        if (shape.Length < 2 || shape[..^2].Any(s => s != 1))
            throw new InputException($"{_path}: the output is {OnnxValueInfo.Describe(output)}; a segmenter's is [1, 1, H, W]");
        int mapHeight = (int)shape[^2], mapWidth = (int)shape[^1];
        var map = output.GetTensorDataAsSpan<float>();
        // Where the picture lies inside the model's: centred, borders on two sides.
        double scale = Math.Min((double)_manifest.Input.Width / width, (double)_manifest.Input.Height / height);
        double perX = (double)mapWidth / _manifest.Input.Width, perY = (double)mapHeight / _manifest.Input.Height;
        double left = (_manifest.Input.Width - scale * width) / 2, top = (_manifest.Input.Height - scale * height) / 2;
        for (int y = 0, i = 0; y < height; y++)
        {
            int row = Math.Clamp((int)((top + (y + 0.5) * scale) * perY), 0, mapHeight - 1) * mapWidth;
            for (int x = 0; x < width; x++, i++)
                mask[i] = Said(map[row + Math.Clamp((int)((left + (x + 0.5) * scale) * perX), 0, mapWidth - 1)]) >= 0.5 ? Kernels.MaskShape.Inside : (byte)0;
        }
    }

    private double Said(float value) => Math.Clamp(value * _manifest.Scale + _manifest.Offset, _manifest.Min, _manifest.Max);

    private OrtValue Run(ReadOnlySpan<byte> rgba, int width, int height, CancellationToken cancellation)
    {
        var input = _manifest.Input;
        long[] shape = input.Layout == TensorLayout.Nchw ? [1, 3, input.Height, input.Width] : [1, input.Height, input.Width, 3];
        var prepared = new float[3 * input.Width * input.Height];
        input.Prepare(rgba, width, height, prepared);
        using var picture = OrtValue.CreateTensorValueFromMemory(prepared, shape);
        var output = _model.Run(new Dictionary<string, OrtValue> { [_input] = picture }, [_output], cancellation)[0];
        if (_head is null)
            return output;
        using (output)
        {
            if (_manifest.Head!.Normalise)
                Normalise(output.GetTensorMutableDataAsSpan<float>());
            return _head.Run(new Dictionary<string, OrtValue> { [Named(_manifest.Head.Input, _head.Inputs)] = output }, [Named(_manifest.Head.Output, _head.Outputs)], cancellation)[0];
        }
    }

    private static void Normalise(Span<float> values)
    {
        double squares = 0;
        foreach (float v in values)
            squares += (double)v * v;
        float factor = squares > 0 ? (float)(1 / Math.Sqrt(squares)) : 0;
        foreach (ref float v in values)
            v *= factor;
    }

    private string Named(string name, IReadOnlyList<OnnxValueInfo> values) =>
        name.Length == 0 ? values[0].Name
        : values.Any(v => v.Name == name) ? name
        : throw new InputException($"{_path}: the model has no \"{name}\"; it has {string.Join(", ", values.Select(v => $"\"{v.Name}\" ({v.Signature})"))}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _head?.Dispose();
    }
}
