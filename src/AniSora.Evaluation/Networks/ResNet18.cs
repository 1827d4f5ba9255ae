using AniSora.Data.Models;
using AniSora.Inference;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;

namespace AniSora.Evaluation.Networks;

/// <summary>
/// ResNet-18 with ImageNet's weights, which stands in where a published network is not at hand. The package's graph takes one picture of 224×224
/// and gives its last features; here it takes any number of frames of <see cref="Side"/>², a third of the work, and gives the maps of all four stages.
/// </summary>
public sealed class ResNet18 : IDisposable
{
    /// <summary>H and W that frames are brought to.</summary>
    public const int Side = 128;

    /// <summary>The last map of each stage in the package's graph, and its channels.</summary>
    private static readonly (string Output, int Channels)[] _stages = [("ReLU283_Output_0", 64), ("ReLU315_Output_0", 128), ("ReLU347_Output_0", 256), ("ReLU393_Output_0", 512)];

    // The package's preparing graph subtracts a mean picture, here its mean colour, blue first, and scales nothing.
    private static readonly PictureInput _input = new()
    {
        Width = Side,
        Height = Side,
        Channels = ChannelOrder.Bgr,
        Resize = ResizeMode.Stretch,
        Mean = [103.06 / 255, 115.90 / 255, 123.15 / 255],
        Deviation = [1.0 / 255, 1.0 / 255, 1.0 / 255],
    };

    private readonly OnnxSession _session;

    /// <summary>Loads the network.</summary>
    /// <param name="path">The ONNX file of <see cref="NetworkPackage.ResNet18"/>.</param>
    /// <exception cref="InputException">The file is missing, damaged or another one.</exception>
    public ResNet18(string path) => _session = OnnxSession.FromBytes(path, Adapted(path), new OnnxSessionOptions { Threads = 1 });

    /// <summary>What its results depend on.</summary>
    public static string Identity { get; } = $"ResNet-18@{NetworkPackage.ResNet18.Source}/{Side}";

    /// <summary>Looks at frames.</summary>
    /// <param name="rgb">Frames <c>[T, H, W, 3]</c>.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public ResNetMaps Look(ReadOnlySpan<byte> rgb, VideoSize size, CancellationToken cancellation = default)
    {
        const int each = 3 * Side * Side;
        var prepared = new float[size.Frames * each];
        for (int t = 0; t < size.Frames; t++)
            _input.Prepare(DeclaredNetwork.Rgba(rgb.Slice(3 * t * size.FramePlaces, 3 * size.FramePlaces)), size.Width, size.Height, prepared.AsSpan(t * each, each));
        using var frames = OrtValue.CreateTensorValueFromMemory(prepared, [size.Frames, 3, Side, Side]);
        using var maps = _session.Run(new Dictionary<string, OrtValue> { [_session.Inputs[0].Name] = frames }, [.. _stages.Select(s => s.Output)], cancellation);
        return new(size.Frames, [.. maps.Zip(_stages, (map, stage) => (stage.Channels, map.GetTensorDataAsSpan<float>().ToArray()))]);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static byte[] Adapted(string path)
    {
        try
        {
            var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
            var output = model.Graph.Output[0];
            model.Graph.Output.Clear();
            model.Graph.ValueInfo.Clear();
            foreach (var (name, _) in _stages)
            {
                var stage = output.Clone();
                stage.Name = name;
                stage.Type.TensorType.Shape = null;
                model.Graph.Output.Add(stage);
            }
            // The pooling at the end has a fixed window; we take the mean of the last map, which is the same.
            model.Graph.Node.Remove(model.Graph.Node.Single(n => n.OpType == "AveragePool"));
            var shape = model.Graph.Input.Single(i => i.Type.TensorType.Shape.Dim.Count == 4 && i.Type.TensorType.Shape.Dim[1].DimValue == 3).Type.TensorType.Shape;
            foreach (int axis in new[] { 0, 2, 3 })
                shape.Dim[axis] = new TensorShapeProto.Types.Dimension { DimParam = $"axis{axis}" };
            return model.ToByteArray();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or InvalidProtocolBufferException or ArgumentException)
        {
            throw new InputException($"{path}: is not the ResNet-18 of {NetworkPackage.ResNet18.Source} ({e.Message}); delete its folder, so that it is fetched again", e);
        }
    }
}

/// <summary>What ResNet-18 sees in the frames of a clip.</summary>
/// <param name="Frames">T.</param>
/// <param name="Stages">Per stage its channels and its maps <c>[T, C, H, W]</c>.</param>
public sealed record ResNetMaps(int Frames, IReadOnlyList<(int Channels, float[] Maps)> Stages)
{
    /// <summary>Features: the mean of each channel of a stage over the picture.</summary>
    /// <param name="stage">0 … 3; the last one's are those that ResNet-18 classifies by.</param>
    /// <returns>T rows.</returns>
    public float[][] Features(int stage)
    {
        var (channels, maps) = Stages[stage];
        int places = maps.Length / (Frames * channels);
        return [.. Enumerable.Range(0, Frames).Select(t => Enumerable.Range(0, channels)
            .Select(c => System.Numerics.Tensors.TensorPrimitives.Sum<float>(maps.AsSpan((t * channels + c) * places, places)) / places).ToArray())];
    }

    /// <summary>The perceptual distance to another clip: the sum over stages, the mean over frames (<see cref="PerceptualDistance"/>).</summary>
    /// <param name="other">A clip of as many frames.</param>
    public double DistanceTo(ResNetMaps other) => Stages.Zip(other.Stages).Sum(pair =>
    {
        int frame = pair.First.Maps.Length / Frames;
        return Enumerable.Range(0, Frames).Average(t => PerceptualDistance.Of(pair.First.Maps.AsSpan(t * frame, frame), pair.Second.Maps.AsSpan(t * frame, frame), pair.First.Channels));
    });

    /// <summary>What sets of videos are compared by: the mean over time of the last stage's features, and the mean change from frame to frame of stage 3's; 768 values.</summary>
    public float[] VideoFeatures()
    {
        float[][] looks = Features(3), details = Features(2);
        return [.. Enumerable.Range(0, looks[0].Length).Select(c => looks.Average(row => row[c])),
            .. Enumerable.Range(0, details[0].Length).Select(c => Enumerable.Range(1, Frames - 1).Average(t => Math.Abs(details[t][c] - details[t - 1][c])))];
    }
}
