using AniSora.Inference;
using AniSora.Onnx.Export;
using AniSora.Tests;
using AniSora.Torch;
using AniSora.Torch.Recording;
using Onnx;
using static AniSora.Torch.torch;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace AniSora.Onnx.Tests.Export;

/// <summary>What stands in the files, and that bad ends leave good files alone.</summary>
public sealed class OnnxExportTests(ExportFixture files) : IClassFixture<ExportFixture>
{
    private static readonly GraphAxis Batch = new("batch"), Steps = new("steps");

    [Fact]
    public void NamesFollowTheModuleTree()
    {
        using var scope = NewDisposeScope();
        var model = Export(Net(), out _);
        var names = model.Graph.Node.Select(n => n.Name).ToList();
        Assert.Contains("net.0/MatMul", names);
        Assert.Contains("net.0/Add", names);
        Assert.Contains("net.2/MatMul", names);
        Assert.Contains("net.1/Erf", names);
        Assert.Equal(names.Count, names.Distinct().Count());
        var weights = model.Graph.Initializer.ToDictionary(i => i.Name);
        Assert.Equal([6, 64], weights["net.0.weight.transposed"].Dims);
        Assert.Equal([64], weights["net.0.bias"].Dims);
        Assert.Contains(model.Graph.Node, n => n.Output[0] == "net.0.linear");
        Assert.Equal("y", Assert.Single(model.Graph.Output).Name);
        Assert.Contains(model.Graph.Node, n => n.Output[0] == "y");
    }

    [Fact]
    public void WeightsAreTransposedBeforeAndEachSizeIsComputedOnce()
    {
        using var scope = NewDisposeScope();
        var net = Net();
        var model = Export(net, out _, x => net.call(x.view(x.shape[0] * x.shape[1], 6)).view(x.shape[0], x.shape[1], 6).reshape(-1, 3));
        var count = model.Graph.Node.CountBy(n => n.OpType).ToDictionary();
        Assert.False(count.ContainsKey("Transpose"));
        Assert.Equal(2, count["Shape"]);
        Assert.Equal(2, model.Graph.Node.Count(n => n.OpType == "Mul" && n.Name.StartsWith("sizes/", StringComparison.Ordinal)));
        Assert.All(model.Graph.Initializer, i => Assert.Contains(model.Graph.Node, n => n.Input.Contains(i.Name)));
    }

    [Fact]
    public void WhatOnlyDependsOnWeightsIsComputedOnce()
    {
        using var scope = NewDisposeScope();
        var norm = nn.LayerNorm(6);
        var model = Export(norm, out _, x => x * (norm.weight! + 1).exp().view(1, 6) + arange(6, dtype: float32) * 0.5 + norm.bias!.expand(4, 6).sum(0));
        Assert.Equal(["Mul", "Add", "Add"], model.Graph.Node.Select(n => n.OpType));
    }

    [Fact]
    public void WhatNobodyReadsOrChangesNothingIsLeftOut()
    {
        using var scope = NewDisposeScope();
        var model = Export(nn.Identity(), out _, x =>
        {
            _ = TorchOp.Find("special_i0").Call(x); // no translation, but nobody needs it
            return x.contiguous().clone().detach().view(x.shape).to(float32).expand(x.shape).permute(0, 1, 2)[TensorIndex.Slice(0, x.shape[0])] * 2.0;
        });
        Assert.Equal("Mul", Assert.Single(model.Graph.Node).OpType);
    }

    [Fact]
    public void WhatIsComputedTwiceIsWrittenOnce()
    {
        using var scope = NewDisposeScope();
        var norm = nn.LayerNorm(6);
        var model = Export(norm, out _, x => (x * 2 + norm.weight!.exp()).relu() - (x * 2 + norm.weight!.exp()).tanh());
        Assert.Equal(["Mul", "Add", "Relu", "Tanh", "Sub"], model.Graph.Node.Select(n => n.OpType));
        Assert.Single(model.Graph.Initializer, i => i.Dims.Count == 1);
    }

    [Fact]
    public void AnInputOrAWeightMayBeAnOutput()
    {
        using var scope = NewDisposeScope();
        var norm = nn.LayerNorm(6);
        using var graph = GraphRecorder.Record("same", [("norm", norm)], [Batch], [new GraphInput("x", float32, Batch, 6)],
            x => [("again", x[0]), ("weight", norm.weight!), ("twice", x[0] * 2), ("twice again", x[0] * 2)]);
        string path = files.NextPath("same");
        OnnxExport.Write(graph, path);
        using var session = OnnxSession.Open(path);
        var x = randn(3, 6);
        var got = ExportFixture.Run(session, x);
        ExportFixture.Compare(x, got[0], 0, "again");
        ExportFixture.Compare(ones(6), got[1], 0, "weight");
        ExportFixture.Compare(x * 2, got[3], 0, "twice again");
    }

    [Fact]
    public void TheFileSaysWhatItIs()
    {
        using var scope = NewDisposeScope();
        var net = Net();
        using var graph = GraphRecorder.Record("upsampler", [("net", net)], [Batch, Steps], [new GraphInput("x", float32, Batch, 4 * Steps - 3, 6)], x => [("y", cat([net.call(x[0]), x[0]], 1))]);
        string path = files.NextPath("says");
        var exported = OnnxExport.Write(graph, path, new OnnxExportOptions { Producer = "anisora", ProducerVersion = "1.2", Description = "for ä test", Metadata = new Dictionary<string, string> { ["licence"] = "MIT", ["config"] = "{}" } });
        Assert.Equal(4 * (64 * 6 + 64 + 64 * 6 + 6), exported.WeightBytes - exported.WeightBytes % 16, 1000.0);
        using var session = OnnxSession.Open(path);
        Assert.Equal("anisora", session.Metadata.ProducerName);
        Assert.Equal("for ä test", session.Metadata.Description);
        Assert.Equal("MIT", session.Metadata.CustomMetadataMap["licence"]);
        Assert.Equal("float [batch, 4*steps - 3, 6]", session.Inputs[0].Signature);
        Assert.Equal("float [batch, 8*steps - 6, 6]", session.Outputs[0].Signature);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        Assert.Equal(("1.2", 8L, 17L, "upsampler"), (model.ProducerVersion, model.IrVersion, model.OpsetImport[0].Version, model.Graph.Name));
        var x = randn(2, 9, 6);
        ExportFixture.Compare(cat([net.call(x), x], 1), ExportFixture.Run(session, x)[0], 1e-5, "upsampler");
    }

    [Fact]
    public void GraphsOfAModelShareTheirWeights()
    {
        using var scope = NewDisposeScope();
        var net = Net();
        string first = files.NextPath("shared"), second = files.NextPath("shared"), weights = Path.Combine(files.Folder, "shared.weights");
        using RecordedGraph a = Record(net, x => net.call(x)), b = Record(net, x => net.call(x).relu());
        var outside = new OnnxExportOptions { ExternalDataAbove = 100 };
        var done = OnnxExport.Write([new(a, first, outside), new(b, second, outside)], weights);
        Assert.Equal([weights, weights], done.Select(d => d.WeightsPath));
        // Two matrices of 1,536 bytes on pages of their own; biases are too small to be there.
        Assert.Equal(4096 + 1536, new FileInfo(weights).Length);
        var x = randn(2, 3, 6);
        using (var session = OnnxSession.Open(second))
            ExportFixture.Compare(net.call(x).relu(), ExportFixture.Run(session, x)[0], 1e-5, "shared");
        Assert.All(ModelProto.Parser.ParseFrom(File.ReadAllBytes(first)).Graph.Initializer.Where(i => i.DataLocation == TensorProto.Types.DataLocation.External),
            i => Assert.Equal("shared.weights", i.ExternalData.Single(e => e.Key == "location").Value));

        // Written again, one of them: the file that the other names stays.
        OnnxExport.Write(a, first, outside with { Weights = OnnxWeightFormat.Float16 });
        Assert.True(File.Exists(weights));
        done = OnnxExport.Write([new(a, first, outside), new(b, second, outside)], weights);
        Assert.Equal("shared.2.weights", Path.GetFileName(done[0].WeightsPath));
        Assert.False(File.Exists(weights));
        using (var session = OnnxSession.Open(first))
            ExportFixture.Compare(net.call(x), ExportFixture.Run(session, x)[0], 1e-5, "shared");
    }

    [Fact]
    public void AMissingWeightsFileIsNamed()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "net.onnx");
        var net = Net();
        using var graph = Record(net, x => net.call(x));
        string weights = OnnxExport.Write(graph, path, new OnnxExportOptions { ExternalDataAbove = 0 }).WeightsPath!;
        Assert.Equal(Path.Combine(folder.Path, "net.weights"), weights);
        File.Delete(weights);
        Assert.Contains("net.weights", Assert.Throws<InputException>(() => OnnxSession.Open(path)).Message);
    }

    [Fact]
    public void AnOperatorWithoutTranslationIsNamedWithItsPlaceAndCanBeAdded()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "net.onnx");
        var net = nn.Sequential(new Bessel());
        using var graph = Record(net, x => net.call(x));
        string message = Assert.Throws<InputException>(() => OnnxExport.Write(graph, path)).Message;
        Assert.StartsWith("aten::special_i0 in net.0: has no translation to ONNX", message);
        Assert.Contains("OnnxExportOptions.Translations", message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        // The first terms of the series: enough for small numbers.
        var series = new OnnxTranslations { { "special_i0", c => c.Add(c.Mul(c.Mul(c.Tensor(), c.Tensor()), 0.25), 1) } };
        OnnxExport.Write(graph, path, new OnnxExportOptions { Translations = series });
        using var session = OnnxSession.Open(path);
        var x = randn(2, 3, 6) * 0.05;
        ExportFixture.Compare(net.call(x), ExportFixture.Run(session, x)[0], 1e-5, "series");
    }

    [Fact]
    public void AFailedExportLeavesTheOldFilesAlone()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "net.onnx");
        var net = Net();
        using RecordedGraph good = Record(net, x => net.call(x)), bad = Record(net, x => TorchOp.Find("special_i0").Call(x));
        var outside = new OnnxExportOptions { ExternalDataAbove = 0 };
        OnnxExport.Write(good, path, outside);
        var before = Snapshot(folder.Path);
        Assert.Throws<InputException>(() => OnnxExport.Write(bad, path, outside));
        Assert.Equal(before, Snapshot(folder.Path));
        // Stopped at the first weight.
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => OnnxExport.Write(good, path, outside, stop.Token));
        Assert.Equal(before, Snapshot(folder.Path));
        // A name that cannot be replaced, after the weights were written.
        Directory.CreateDirectory(Path.Combine(folder.Path, "folder.onnx"));
        Assert.Contains("folder.onnx", Assert.Throws<InputException>(() => OnnxExport.Write(good, Path.Combine(folder.Path, "folder.onnx"), outside)).Message);
        Assert.Equal(before, Snapshot(folder.Path));
        Assert.Throws<InputException>(() => OnnxExport.Write(good, path, new OnnxExportOptions { ExternalDataAbove = 3_000_000_000 }));
    }

    [Fact]
    public void TheReferenceCheckerFindsFaults()
    {
        string path = files.NextPath("fault");
        // Shapes that do not follow from each other, which ONNX Runtime only warns of.
        File.WriteAllBytes(path, new TinyModel().Input("x", TensorElementType.Float, 2, 3).Output("y", TensorElementType.Float, 5).Node("Relu", ["x"], "y").ToBytes());
        Assert.Contains("fault", Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => ReferenceChecker.Check(path)).Message);
    }

    [Fact]
    public void AWrongShapeIsNamed()
    {
        using var scope = NewDisposeScope();
        Export(Net(), out string path);
        using var session = OnnxSession.Open(path);
        Assert.Contains("input \"x\" is float [batch, steps, 6], got float [2, 3, 5]", Assert.Throws<InputException>(() => ExportFixture.Run(session, randn(2, 3, 5))).Message);
    }

    [Fact]
    public void AnAxisMayBeOfLengthZero()
    {
        using var scope = NewDisposeScope();
        var net = nn.Sequential(nn.Linear(6, 6), nn.LayerNorm(6), nn.GELU());
        var conv = nn.Conv1d(9, 9, 3, padding: 1);
        Tensor Forward(Tensor x, Tensor y)
        {
            var (b, s) = (x.shape[0], x.shape[1]);
            var z = net.call(x.reshape(b * s, 6)).view(b, s, 2, 3).transpose(1, 2).flatten(2).softmax(-1);
            return cat([z.view(b, 2, s, 3).permute(0, 2, 1, 3).reshape(b, s, 6), y.narrow(1, 0, s), conv.call(y).narrow(1, s, 9 - s)], 1) + x.mean([2]).sum(1).view(b, 1, 1);
        }
        using var graph = GraphRecorder.Record("empty", [("net", net), ("conv", conv)], [Batch, Steps with { Far = 8 }],
            [new GraphInput("x", float32, Batch, Steps, 6), new GraphInput("y", float32, Batch, 9, 6)], x => [("out", Forward(x[0], x[1]))]);
        string path = files.NextPath("empty");
        OnnxExport.Write(graph, path);
        using var session = OnnxSession.Open(path);
        foreach (var (batch, steps) in new[] { (2L, 0L), (0, 3), (3, 9), (1, 1) })
        {
            Tensor x = randn(batch, steps, 6), y = randn(batch, 9, 6);
            ExportFixture.Compare(Forward(x, y), ExportFixture.Run(session, x, y)[0], 1e-5, $"{batch} × {steps}");
        }
    }

    [Theory]
    [InlineData(OnnxWeightFormat.Float16, 0.51)]
    [InlineData(OnnxWeightFormat.Int8, 0.27)]
    public void SmallerWeightsMakeSmallerFiles(OnnxWeightFormat format, double part)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var net = nn.Sequential(nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 256));
        using var graph = GraphRecorder.Record("net", [("net", net)], [Batch], [new GraphInput("x", float32, Batch, 256)], x => [("y", net.call(x[0]))]);
        string path = files.NextPath($"net {format}"), whole = files.NextPath("net whole");
        OnnxExport.Write(graph, whole);
        OnnxExport.Write(graph, path, new OnnxExportOptions { Weights = format });
        Assert.InRange(new FileInfo(path).Length, 0, part * new FileInfo(whole).Length);
    }

    [Fact]
    public void AWeightBeyondHalfPrecisionStaysWhole()
    {
        using var scope = NewDisposeScope();
        var net = nn.Linear(16, 16, hasBias: false);
        using (no_grad())
            net.weight.mul_(1e6);
        using var graph = GraphRecorder.Record("net", [("net", net)], [Batch], [new GraphInput("x", float32, Batch, 16)], x => [("y", net.call(x[0]))]);
        string path = files.NextPath("beyond half");
        OnnxExport.Write(graph, path, new OnnxExportOptions { Weights = OnnxWeightFormat.Float16 });
        using var session = OnnxSession.Open(path);
        var x = randn(3, 16);
        ExportFixture.Compare(net.call(x), ExportFixture.Run(session, x)[0], 1e-5, "large weights");
    }

    private static nn.Module<Tensor, Tensor> Net()
    {
        manual_seed(2);
        return nn.Sequential(nn.Linear(6, 64), nn.GELU(), nn.Linear(64, 6));
    }

    private static RecordedGraph Record(nn.Module module, Func<Tensor, Tensor> forward) =>
        GraphRecorder.Record("net", [("net", module)], [Batch, Steps], [new GraphInput("x", float32, Batch, Steps, 6)], x => [("y", forward(x[0]))]);

    private ModelProto Export(nn.Module<Tensor, Tensor> net, out string path, Func<Tensor, Tensor>? forward = null)
    {
        using var graph = Record(net, forward ?? net.call);
        path = files.NextPath("net");
        OnnxExport.Write(graph, path);
        return ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
    }

    private static Dictionary<string, string> Snapshot(string folder) => Directory.GetFiles(folder).ToDictionary(f => f, f => Convert.ToHexString(File.ReadAllBytes(f)));

    private sealed class Bessel() : nn.Module<Tensor, Tensor>("Bessel")
    {
        public override Tensor forward(Tensor x) => TorchOp.Find("special_i0").Call(x);
    }
}
