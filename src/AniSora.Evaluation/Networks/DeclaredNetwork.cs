using AniSora.Data;
using AniSora.Data.Models;
using AniSora.Inference;
using AniSora.Kernels;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Evaluation.Networks;

/// <summary>A network that a manifest declares, ready to look at frames. Thread-safe; each call works on the thread that makes it.</summary>
public sealed class DeclaredNetwork : IDisposable
{
    private static readonly OnnxSessionOptions _options = new() { Threads = 1 };

    private readonly OnnxSession _model;
    private readonly OnnxSession? _head;
    private readonly OnnxValueInfo _input, _output;
    private readonly OnnxValueInfo? _second;
    private readonly bool _batched;

    /// <summary>Loads a network.</summary>
    /// <param name="path">Its manifest.</param>
    /// <exception cref="InputException">A file is missing or damaged, or the declared input or output is not the model's; the message names file and field.</exception>
    public DeclaredNetwork(string path)
    {
        (File, Manifest) = (path, PictureModelManifest.Load<NetworkManifest>(path));
        var input = Manifest.Input;
        if ((Role is NetworkRole.Interpolation or NetworkRole.Flow) && input.Resize != ResizeMode.Stretch)
            throw new InputException($"{path}: input.resize: a network of two frames sees all of both, and what it says is brought back to their size; write stretch");
        if ((Role == NetworkRole.VideoText) != (Manifest.Text is not null))
            throw new InputException($"{path}: text: a network for video_text has one, and no other; {(Manifest.Text is null ? "add" : "remove")} it");
        _model = OnnxSession.Open(PictureModelManifest.Beside(path, Manifest.Model), _options);
        _input = Named("input.name", Manifest.Model, input.Name, _model.Inputs);
        _output = Named("output", Manifest.Model, Manifest.Output, _model.Outputs);
        _second = Role is NetworkRole.Interpolation or NetworkRole.Flow ? Named("second_input", Manifest.Model, Manifest.SecondInput, _model.Inputs, 1) : null;
        long[] picture = input.Layout == TensorLayout.Nchw ? [3, input.Height, input.Width] : [input.Height, input.Width, 3];
        RequireFit(_input, Role == NetworkRole.VideoText ? [1, VBench.ConsistencyFrames, .. picture] : [1, .. picture]);
        if (_second is not null)
            RequireFit(_second, [1, .. picture]);
        _batched = _input.Metadata.Dimensions[0] < 0 && Manifest.Head is null;
        _head = Manifest.Head is { } head ? OnnxSession.Open(PictureModelManifest.Beside(path, head.Model), _options) : null;
        Tokens = Manifest.Text is { } text ? new ClipTokens(path, text) : null;
        TextModel = Manifest.Text is { } tower ? OnnxSession.Open(PictureModelManifest.Beside(path, tower.Model), _options) : null;
    }

    /// <summary>Its manifest's file.</summary>
    public string File { get; }

    /// <summary>What it declares.</summary>
    public NetworkManifest Manifest { get; }

    /// <summary>What it is asked for.</summary>
    public NetworkRole Role => Manifest.Role;

    private ClipTokens? Tokens { get; }

    private OnnxSession? TextModel { get; }

    /// <summary>The output for each frame.</summary>
    /// <param name="rgb">Frames <c>[T, H, W, 3]</c>.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>T rows.</returns>
    /// <exception cref="InputException">The model fails.</exception>
    public float[][] Rows(ReadOnlySpan<byte> rgb, VideoSize size, CancellationToken cancellation = default)
    {
        int batch = _batched ? size.Frames : 1;
        var rows = new float[size.Frames][];
        float[] prepared = Prepare(rgb, size);
        int each = prepared.Length / size.Frames;
        for (int t = 0; t < size.Frames; t += batch)
        {
            using var frames = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, prepared.AsMemory(t * each, batch * each), Shape(batch));
            using var said = Said(new() { [_input.Name] = frames }, cancellation);
            var values = said.GetTensorDataAsSpan<float>();
            for (int i = 0; i < batch; i++)
                rows[t + i] = values.Slice(i * values.Length / batch, values.Length / batch).ToArray();
        }
        return rows;
    }

    /// <summary>The score of each frame: one element of the output, scaled and clamped as the manifest says.</summary>
    /// <inheritdoc cref="Rows"/>
    public double[] Scores(ReadOnlySpan<byte> rgb, VideoSize size, CancellationToken cancellation = default) =>
        [.. Rows(rgb, size, cancellation).Select(row => Manifest.Index >= 0 && Manifest.Index < row.Length
            ? Math.Clamp(row[Manifest.Index] * Manifest.Scale + Manifest.Offset, Manifest.Min, Manifest.Max)
            : throw new InputException($"{File}: index: {Manifest.Index} is none of the output's {row.Length} elements"))];

    /// <summary>The frame in the middle of two; the output is a picture on the input's scale.</summary>
    /// <param name="first">RGB <c>[H, W, 3]</c>.</param>
    /// <param name="second">The following frame.</param>
    /// <param name="size">H, W.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns><c>[H, W, 3]</c>.</returns>
    /// <exception cref="InputException">The model fails, or its output is no picture.</exception>
    public byte[] Between(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, VideoSize size, CancellationToken cancellation = default)
    {
        var input = Manifest.Input;
        int pixels = input.Width * input.Height;
        float[] said = Pair(first, second, size, 3 * pixels, cancellation);
        var picture = new byte[4 * pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                int channel = input.Channels == ChannelOrder.Rgb ? c : 2 - c;
                double value = said[input.Layout == TensorLayout.Nchw ? channel * pixels + i : 3 * i + channel] * input.Deviation[channel] + input.Mean[channel];
                picture[4 * i + c] = (byte)Math.Clamp(Math.Round(255 * value), 0, 255);
            }
            picture[4 * i + 3] = 255;
        }
        return new Picture(input.Width, input.Height, picture).Fitted(size.Width, size.Height, Fit.Stretch).Over();
    }

    /// <summary>The motion from one frame to the next; the output is <c>[1, 2, H, W]</c>, pixels of the input to the right and downwards.</summary>
    /// <inheritdoc cref="Between"/>
    public FlowField Flow(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, VideoSize size, CancellationToken cancellation = default)
    {
        var input = Manifest.Input;
        int pixels = input.Width * input.Height;
        float[] said = Pair(first, second, size, 2 * pixels, cancellation);
        float[] u = new float[size.FramePlaces], v = new float[size.FramePlaces];
        for (int y = 0, i = 0; y < size.Height; y++)
        {
            for (int x = 0; x < size.Width; x++, i++)
            {
                int from = y * input.Height / size.Height * input.Width + x * input.Width / size.Width;
                (u[i], v[i]) = (said[from] * size.Width / input.Width, said[pixels + from] * size.Height / input.Height);
            }
        }
        return new FlowField(size.Width, size.Height, u, v);
    }

    /// <summary>The cosine of a video and a text, -1 … 1.</summary>
    /// <param name="rgb">Frames <c>[T, H, W, 3]</c>, of which <see cref="VBench.MiddleFrames"/> are looked at.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A model fails.</exception>
    public double Agreement(ReadOnlySpan<byte> rgb, VideoSize size, string text, CancellationToken cancellation = default)
    {
        byte[] chosen = new byte[3 * size.FramePlaces * VBench.ConsistencyFrames];
        int[] at = VBench.MiddleFrames(size.Frames);
        for (int k = 0; k < at.Length; k++)
            rgb.Slice(3 * at[k] * size.FramePlaces, 3 * size.FramePlaces).CopyTo(chosen.AsSpan(3 * k * size.FramePlaces));
        float[] prepared = Prepare(chosen, size with { Frames = at.Length });
        using var video = OrtValue.CreateTensorValueFromMemory(prepared, [1, .. Shape(at.Length)]);
        using var seen = Said(new() { [_input.Name] = video }, cancellation);
        using var tokens = OrtValue.CreateTensorValueFromMemory(Tokens!.Of(text), [1, Manifest.Text!.Length]);
        using var read = TextModel!.Run(new Dictionary<string, OrtValue> { [TextModel.Inputs[0].Name] = tokens },
            [Named("text.output", Manifest.Text.Model, Manifest.Text.Output, TextModel.Outputs).Name], cancellation)[0];
        return VBench.Cosine(seen.GetTensorDataAsSpan<float>(), read.GetTensorDataAsSpan<float>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _head?.Dispose();
        TextModel?.Dispose();
    }

    private long[] Shape(int frames) => Manifest.Input.Layout == TensorLayout.Nchw ? [frames, 3, Manifest.Input.Height, Manifest.Input.Width] : [frames, Manifest.Input.Height, Manifest.Input.Width, 3];

    private float[] Prepare(ReadOnlySpan<byte> rgb, VideoSize size)
    {
        int each = 3 * Manifest.Input.Width * Manifest.Input.Height;
        var prepared = new float[size.Frames * each];
        for (int t = 0; t < size.Frames; t++)
            Manifest.Input.Prepare(Rgba(rgb.Slice(3 * t * size.FramePlaces, 3 * size.FramePlaces)), size.Width, size.Height, prepared.AsSpan(t * each, each));
        return prepared;
    }

    internal static byte[] Rgba(ReadOnlySpan<byte> rgb)
    {
        var rgba = new byte[rgb.Length / 3 * 4];
        for (int p = 0, q = 0; p < rgb.Length; p += 3, q += 4)
            (rgba[q], rgba[q + 1], rgba[q + 2], rgba[q + 3]) = (rgb[p], rgb[p + 1], rgb[p + 2], 255);
        return rgba;
    }

    private float[] Pair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, VideoSize size, int expected, CancellationToken cancellation)
    {
        var one = size with { Frames = 1 };
        using var a = OrtValue.CreateTensorValueFromMemory(Prepare(first, one), Shape(1));
        using var b = OrtValue.CreateTensorValueFromMemory(Prepare(second, one), Shape(1));
        using var said = Said(new() { [_input.Name] = a, [_second!.Name] = b }, cancellation);
        return said.GetTensorDataAsSpan<float>() is { } values && values.Length == expected
            ? values.ToArray()
            : throw new InputException($"{File}: output: is {OnnxValueInfo.Describe(said)}, which does not have the {expected} values of a {(Role == NetworkRole.Flow ? "flow" : "frame")} of {Manifest.Input.Width}×{Manifest.Input.Height}");
    }

    private OrtValue Said(Dictionary<string, OrtValue> inputs, CancellationToken cancellation)
    {
        var output = _model.Run(inputs, [_output.Name], cancellation)[0];
        if (_head is null)
            return output;
        using (output)
        {
            if (Manifest.Head!.Normalise)
                System.Numerics.Tensors.TensorPrimitives.Divide(output.GetTensorDataAsSpan<float>(), System.Numerics.Tensors.TensorPrimitives.Norm(output.GetTensorDataAsSpan<float>()), output.GetTensorMutableDataAsSpan<float>());
            return _head.Run(new Dictionary<string, OrtValue> { [Named("head.input", Manifest.Head.Model, Manifest.Head.Input, _head.Inputs).Name] = output },
                [Named("head.output", Manifest.Head.Model, Manifest.Head.Output, _head.Outputs).Name], cancellation)[0];
        }
    }

    private void RequireFit(OnnxValueInfo info, long[] declared)
    {
        int[] has = info.Metadata.Dimensions;
        if (info.Type != TensorElementType.Float || has.Length != declared.Length || has.Zip(declared).Any(p => p.First >= 0 && p.First != p.Second))
            throw new InputException($"{File}: input: {Manifest.Model} takes \"{info.Name}\" as {info.Signature}, and what is declared (width, height, layout) is float [{string.Join(", ", declared)}]; make them agree");
    }

    private OnnxValueInfo Named(string field, string model, string name, IReadOnlyList<OnnxValueInfo> values, int index = 0) =>
        name.Length == 0 && index < values.Count ? values[index]
        : values.FirstOrDefault(v => v.Name == name)
        ?? throw new InputException($"{File}: {field}: {model} has no \"{name}\"; it has {string.Join(", ", values.Select(v => $"\"{v.Name}\" ({v.Signature})"))}");
}
