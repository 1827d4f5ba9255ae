using AniSora.Inference;
using AniSora.Onnx.Export;
using AniSora.Torch;
using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Tests.Export;

/// <summary>Modules with weights, compared with libtorch at sizes that were not recorded, in each way to store weights.</summary>
public sealed class OnnxLayerTests(ExportFixture files) : IClassFixture<ExportFixture>
{
    private static readonly GraphAxis Batch = new("batch"), Size = new("size", 4);

    /// <summary>Layers with the shape of their input: -1 for the batch, -2 for a size, -3 for twice that.</summary>
    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Make, long[] Shape)> Layers = new(StringComparer.Ordinal)
    {
        ["linear"] = (() => nn.Linear(6, 5), [-1, -2, 6]),
        ["linear without bias"] = (() => nn.Linear(6, 5, hasBias: false), [-1, 6]),
        ["large linear"] = (() => nn.Linear(64, 48), [-1, -2, 64]),
        ["conv1d"] = (() => nn.Conv1d(6, 4, 3, stride: 2, padding: 1), [-1, 6, -3]),
        ["conv2d"] = (() => nn.Conv2d(4, 6, 3, dilation: 2, padding: 2, groups: 2), [-1, 4, -2, 7]),
        ["conv2d in pairs"] = (() => nn.Conv2d(4, 6, (3, 1), (2, 1), (1, 0), bias: false), [-1, 4, -3, -2]),
        ["conv2d of one picture"] = (() => nn.Conv2d(4, 6, 3), [4, -2, 9]),
        ["conv3d"] = (() => nn.Conv3d(4, 8, 3, padding: 1), [-1, 4, -2, 5, 6]),
        ["conv2d reflected"] = (() => nn.Conv2d(4, 4, 3, padding: 1, padding_mode: PaddingModes.Reflect), [-1, 4, -2, 5]),
        ["layer_norm"] = (() => Shaken(nn.LayerNorm(6)), [-1, -2, 6]),
        ["layer_norm of two axes, bare"] = (() => nn.LayerNorm([5, 6], elementwise_affine: false), [-1, 5, 6]),
        ["group_norm"] = (() => Shaken(nn.GroupNorm(2, 6)), [-1, 6, -2, 5]),
        ["group_norm bare"] = (() => nn.GroupNorm(3, 6, affine: false), [-1, 6, -2]),
        ["sequential"] = (() => nn.Sequential(nn.Linear(6, 64), nn.GELU(), nn.Linear(64, 6), nn.SiLU()), [-1, -2, 6]),
    };

    public static TheoryData<string, OnnxWeightFormat> Cases
    {
        get
        {
            var cases = new TheoryData<string, OnnxWeightFormat>();
            foreach (string name in Layers.Keys)
                foreach (var format in Enum.GetValues<OnnxWeightFormat>())
                    cases.Add(name, format);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ALayerGivesWhatLibtorchGives(string name, OnnxWeightFormat format)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (make, shape) = Layers[name];
        var layer = make();
        SizeFormula Axis(long size) => size switch { -1 => Batch, -2 => Size, -3 => 2 * Size, _ => size };
        GraphAxis[] axes = shape.Any(s => s < -1) ? shape.Contains(-1) ? [Batch, Size] : [Size] : [Batch];
        using var graph = GraphRecorder.Record(name, [("", layer)], axes, [new GraphInput("x", float32, [.. shape.Select(Axis)])], x => [("y", layer.call(x[0]))]);
        string path = files.NextPath($"{name} {format}");
        OnnxExport.Write(graph, path, new OnnxExportOptions { Weights = format });
        using var session = OnnxSession.Open(path, new OnnxSessionOptions { Threads = 1 });
        foreach (var (batch, size) in new[] { (1L, 9L), (5, 6) })
        {
            var x = randn([.. shape.Select(s => s switch { -1 => batch, -2 => size, -3 => 2 * size, _ => s })], generator: new Generator(7));
            // Rounding a weight to 11 bits, or weight and input to 8: errors of many terms add up as their root.
            double bound = format switch { OnnxWeightFormat.Float16 => 2e-3, OnnxWeightFormat.Int8 => 0.03, _ => 1e-5 };
            ExportFixture.Compare(layer.call(x), ExportFixture.Run(session, x)[0], bound, $"{name} as {format}");
        }
    }

    private static T Shaken<T>(T module)
        where T : nn.Module
    {
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
            parameter.add_(randn(parameter.shape));
        return module;
    }
}
