using AniSora.Inference;
using AniSora.Onnx.Export;
using Onnx;

namespace AniSora.Onnx.Tests.Export;

/// <summary>What stands in the files, that a researcher's model leaves this way, and that bad ends leave good files alone.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private static readonly Dim Batch = Dim.Axis("batch"), Steps = Dim.Axis("steps");
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void NamesFollowTheModuleTree()
    {
        var model = Export(Net());
        var names = model.Graph.Node.Select(n => n.Name).ToList();
        Assert.Contains("0/MatMul", names);
        Assert.Contains("0/Add", names);
        Assert.Contains("2/MatMul", names);
        Assert.Contains("1/Erf", names);
        Assert.Equal(names.Count, names.Distinct().Count());
        var weights = model.Graph.Initializer.ToDictionary(i => i.Name);
        Assert.Equal([6, 64], weights["0.weight.transposed"].Dims);
        Assert.Equal([64], weights["0.bias"].Dims);
        Assert.Equal("output", Assert.Single(model.Graph.Output).Name);
        Assert.DoesNotContain(model.Graph.Node, n => n.OpType == "Transpose");
        Assert.All(model.Graph.Initializer, i => Assert.Contains(model.Graph.Node, n => n.Input.Contains(i.Name)));
    }

    [Fact]
    public void TheFileSaysWhatItIs()
    {
        string path = Name("upsampler");
        var done = OnnxExport.Save(Net(), path, [new OnnxInput("x", float32, Batch, (4 * Steps) - 3, 6)],
            new OnnxExportOptions { Producer = "anisora", ProducerVersion = "1.2", Description = "for ä test", Metadata = new Dictionary<string, string> { ["licence"] = "MIT", ["config"] = "{}" } }, ["y"]);
        Assert.Equal(4 * (64 * 6 + 64 + 64 * 6 + 6), done.WeightBytes - done.WeightBytes % 8, 1000.0);
        using var session = OnnxSession.Open(path);
        Assert.Equal("anisora", session.Metadata.ProducerName);
        Assert.Equal("for ä test", session.Metadata.Description);
        Assert.Equal("MIT", session.Metadata.CustomMetadataMap["licence"]);
        var model = Read(path);
        Assert.Equal(("1.2", 8L, 17L, "upsampler"), (model.ProducerVersion, model.IrVersion, model.OpsetImport[0].Version, model.Graph.Name));
        Assert.Equal(["batch", "4*steps - 3", ""], model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(d => d.DimParam));
        Assert.Equal("y", model.Graph.Output[0].Name);
        ReferenceChecker.Check(path);
    }

    [Fact]
    public void AResearchersModelExportsByOneMethod()
    {
        string path = Name("researcher");
        var model = new Researcher();
        model.train();
        var done = OnnxExport.Save(model, path, [new OnnxInput("x", float32, Batch, Steps, 8), new OnnxInput("scale", float32, Batch, 8)], outputs: ["mixed", "weights"]);
        Assert.True(model.training);
        Assert.True(done.Measured.RelativeError < 1e-5);
        var file = Read(path);
        Assert.Equal(["mixed", "weights"], file.Graph.Output.Select(o => o.Name));
        Assert.Contains(file.Graph.Node, n => n.Name == "blocks.1.fc/MatMul");
        Assert.Contains(file.Graph.Initializer, i => i.Name == "temperature");
        // Both blocks need the same sizes: each is computed once.
        Assert.Equal(file.Graph.Node.Where(n => n.OpType == "Shape").Count(), file.Graph.Node.Where(n => n.OpType == "Shape").Select(n => n.ToString()).Distinct().Count());
        ReferenceChecker.Check(path);
    }

    [Fact]
    public void ABuilderCanBeRegisteredForATypeOfAnother()
    {
        OnnxModules.Register<Doubling>((_, _, x) => x * 2);
        OnnxExport.Save(Sequential(new Doubling()), Name("doubling"), [new OnnxInput("x", float32, Batch, 6)]);
    }

    [Fact]
    public void AModuleWithoutABuilderIsNamedWithItsPlaceAndTheFix()
    {
        var error = Assert.Throws<InputException>(() => OnnxExport.Save(Sequential(Linear(6, 6), Sequential(new Unknown())), Name("net"), [new OnnxInput("x", float32, Batch, 6)]));
        Assert.StartsWith("1.0: Unknown has no form in ONNX: let it implement IOnnxModule", error.Message);
        Assert.Contains("OnnxModules.Register", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "ceil", "ceil_mode" },
        { "circular", "Circular" },
        { "adaptive", "give an axis whose length is a multiple of 4" },
        { "statistics", "track_running_stats" },
        { "rows", "no forward of 2 tensors" },
        { "wrong", "computes something else than forward" },
        { "shape", "the module gives Float32[1, 6]" },
        { "stranger", "RegisterComponents" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void WhatHasNoFormIsRefusedInOneLine(string what, string message)
    {
        var picture = new OnnxInput("x", float32, Batch, 4, Dim.Axis("height"), 8);
        var rows = new OnnxInput("x", float32, Batch, 6);
        (nn.Module Module, OnnxInput[] Inputs) = what switch
        {
            "ceil" => (MaxPool2d(2, ceil_mode: true), [picture]),
            "circular" => (Conv2d(4, 4, 3, padding: 1, padding_mode: TorchSharp.PaddingModes.Circular), [picture]),
            "adaptive" => (AdaptiveAvgPool2d([4, 4]), [picture]),
            "statistics" => ((nn.Module)BatchNorm2d(4, track_running_stats: false), new[] { picture }),
            "rows" => (Linear(6, 6), [rows, rows with { Name = "y" }]),
            "wrong" => (new Twin((_, x) => x * 3), [rows]),
            "shape" => (new Twin((_, x) => x.Sum([1])), [rows]),
            _ => (new Twin((g, x) => g.Call(Linear(6, 6), x)), [rows]),
        };
        string text = Assert.Throws<InputException>(() => OnnxExport.Save(Module, Name("net"), Inputs)).Message;
        Assert.Contains(message, text);
        Assert.DoesNotContain('\n', text);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void PartsOfAModelShareTheirWeights()
    {
        var net = Net();
        string first = Name("first"), second = Name("second"), weights = Path.Combine(_folder.Path, "shared.weights");
        var outside = new OnnxExportOptions { ExternalDataAbove = 100 };
        var whole = ModelPart.Of(net, "whole", [new OnnxInput("x", float32, Batch, 6)]);
        var part = new ModelPart("positive", net, whole.Inputs, (g, x) => [("y", g.Call(net, x[0]).Relu())], x => [net.call(x[0]).relu()]);
        var done = OnnxExport.Save([new(whole, first, outside), new(part, second, outside)], weights);
        Assert.Equal([weights, weights], done.Select(d => d.WeightsPath));
        // Two matrices of 1,536 bytes on pages of their own; biases are too small to be there.
        Assert.Equal(4096 + 1536, new FileInfo(weights).Length);
        Assert.All(Read(first).Graph.Initializer.Where(i => i.DataLocation == TensorProto.Types.DataLocation.External),
            i => Assert.Equal("shared.weights", i.ExternalData.Single(e => e.Key == "location").Value));
        ReferenceChecker.Check(second);

        // Written again, one of them: the file that the other names stays.
        OnnxExport.Save([new(whole, first, outside with { Weights = OnnxWeightFormat.Float16 })]);
        Assert.True(File.Exists(weights));
        done = OnnxExport.Save([new(whole, first, outside), new(part, second, outside)], weights);
        Assert.Equal("shared.2.weights", Path.GetFileName(done[0].WeightsPath));
        Assert.False(File.Exists(weights));
    }

    [Fact]
    public void AFailedExportLeavesTheOldFilesAlone()
    {
        string path = Name("net");
        var (net, input) = (Net(), new OnnxInput("x", float32, Batch, 6));
        var outside = new OnnxExportOptions { ExternalDataAbove = 0 };
        OnnxExport.Save(net, path, [input], outside);
        var before = Snapshot();
        Assert.Throws<InputException>(() => OnnxExport.Save(new Twin((_, x) => x * 3), path, [input], outside));
        Assert.Equal(before, Snapshot());
        // The second of two is wrong: the first does not take its name either.
        Assert.Throws<InputException>(() => OnnxExport.Save([new(ModelPart.Of(Net(), "a", [input]), path, outside), new(ModelPart.Of(new Twin((_, x) => x * 3), "b", [input]), Name("other"), outside)]));
        Assert.Equal(before, Snapshot());
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => OnnxExport.Save(net, path, [input], outside, null, stop.Token));
        Assert.Equal(before, Snapshot());
        // A name that cannot be replaced.
        Directory.CreateDirectory(Name("folder"));
        Assert.Contains("folder.onnx", Assert.Throws<InputException>(() => OnnxExport.Save(net, Name("folder"), [input], outside)).Message);
        Assert.Equal(before, Snapshot());
        Assert.Throws<InputException>(() => OnnxExport.Save(net, path, [input], new OnnxExportOptions { ExternalDataAbove = 3_000_000_000 }));
    }

    [Fact]
    public void AnAxisMayBeOfLengthZeroOrOne() => OnnxExport.Save(new Researcher(), Name("empty"), [new OnnxInput("x", float32, Batch, Steps, 8), new OnnxInput("scale", float32, Batch, 8)],
        new OnnxExportOptions { Sizes = [.. new[] { (0L, 3L), (3, 1), (1, 1), (2, 40) }.Select(s => new Dictionary<string, long> { ["batch"] = s.Item1, ["steps"] = s.Item2 })] });

    [Theory]
    [InlineData(OnnxWeightFormat.Float16, 0.51)]
    [InlineData(OnnxWeightFormat.Int8, 0.27)]
    public void SmallerWeightsMakeSmallerFiles(OnnxWeightFormat format, double part)
    {
        var net = Sequential(Linear(256, 256), GELU(), Linear(256, 256));
        OnnxInput[] input = [new("x", float32, Batch, 256)];
        OnnxExport.Save(net, Name("whole"), input);
        OnnxExport.Save(net, Name("small"), input, new OnnxExportOptions { Weights = format });
        Assert.InRange(new FileInfo(Name("small")).Length, 0, part * new FileInfo(Name("whole")).Length);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void WeightsOf16BitsAreStoredAsTheyAre(ScalarType type)
    {
        var net = Sequential(Linear(256, 64), GELU(), Linear(64, 256));
        net.to(type);
        OnnxInput[] input = [new("x", float32, Batch, 256)];
        // The graph computes in float32 what the module, in 16 bits, would round at every step: compared with its weights in float32.
        var whole = Sequential(Linear(256, 64), GELU(), Linear(64, 256));
        using (no_grad())
            foreach (var (own, from) in whole.parameters().Zip(net.parameters()))
                own.copy_(from);
        OnnxExport.Save([new(new ModelPart("net", net, input, (g, x) => [("y", g.Call(net, x[0]))], x => [whole.call(x[0])]), Name("net"))]);
        Assert.InRange(new FileInfo(Name("net")).Length, 0, 2 * 256 * 64 * 2 + 3000);
        Assert.Contains(Read(Name("net")).Graph.Initializer, i => i.DataType == (int)(type == ScalarType.BFloat16 ? TensorProto.Types.DataType.Bfloat16 : TensorProto.Types.DataType.Float16));
    }

    [Fact]
    public void AWeightBeyondHalfPrecisionStaysWhole()
    {
        var net = Linear(16, 16, hasBias: false);
        using (no_grad())
            net.weight!.mul_(1e6);
        var done = OnnxExport.Save(net, Name("large"), [new OnnxInput("x", float32, Batch, 16)], new OnnxExportOptions { Weights = OnnxWeightFormat.Float16 });
        Assert.True(done.Measured.RelativeError < 1e-5);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private static Module<Tensor, Tensor> Net() => Sequential(Linear(6, 64), GELU(), Linear(64, 6));

    private string Name(string stem) => Path.Combine(_folder.Path, $"{stem}.onnx");

    private ModelProto Export(nn.Module net)
    {
        OnnxExport.Save(net, Name("net"), [new OnnxInput("x", float32, Batch, Steps, 6)]);
        ReferenceChecker.Check(Name("net"));
        return Read(Name("net"));
    }

    private static ModelProto Read(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));

    private Dictionary<string, string> Snapshot() => Directory.GetFiles(_folder.Path).ToDictionary(f => f, f => Convert.ToHexString(File.ReadAllBytes(f)));

    /// <summary>Computes twice its input; its graph says something else.</summary>
    private sealed class Twin(Func<GraphBuilder, Value, Value> build) : Module<Tensor, Tensor>("Twin"), IOnnxModule
    {
        public override Tensor forward(Tensor x) => x * 2;

        public Value[] Build(GraphBuilder graph, params Value[] inputs) => [build(graph, inputs[0])];
    }

    private sealed class Unknown() : Module<Tensor, Tensor>("Unknown")
    {
        public override Tensor forward(Tensor x) => x;
    }

    private sealed class Doubling() : Module<Tensor, Tensor>("Doubling")
    {
        public override Tensor forward(Tensor x) => x * 2;
    }

    /// <summary>Self-attention with a learned temperature, two inputs and two outputs.</summary>
    private sealed class Researcher : Module<Tensor, Tensor, (Tensor, Tensor)>, IOnnxModule
    {
        private readonly ModuleList<Block> blocks;
        private readonly Parameter temperature;

        public Researcher()
            : base(nameof(Researcher))
        {
            blocks = new(new Block(), new Block());
            temperature = new Parameter(full([1], 0.3f));
            RegisterComponents();
        }

        public override (Tensor, Tensor) forward(Tensor x, Tensor scale)
        {
            foreach (var block in blocks)
                x = block.call(x);
            var scores = (x.matmul(x.transpose(1, 2)) * temperature).softmax(-1);
            return (scores.matmul(x * scale.unsqueeze(1)).reshape(-1, 2, 4), scores.mean([1]));
        }

        public Value[] Build(GraphBuilder graph, params Value[] inputs)
        {
            var (x, scale) = (inputs[0], inputs[1]);
            foreach (var block in blocks)
                x = graph.Call(block, x);
            var scores = (x.MatMul(x.Transpose(1, 2)) * graph.Weight(temperature)).Softmax(-1);
            return [scores.MatMul(x * scale.Unsqueeze(1)).Reshape(x.Shape[0] * x.Shape[1], 2, 4), scores.Mean([1])];
        }
    }

    private sealed class Block : Module<Tensor, Tensor>, IOnnxModule
    {
        private readonly LayerNorm norm = LayerNorm(8);
        private readonly Linear fc = Linear(8, 8);
        private readonly Dropout drop = Dropout(0.5);

        public Block()
            : base(nameof(Block)) => RegisterComponents();

        public override Tensor forward(Tensor x) => x + drop.call(fc.call(norm.call(x)).tanh());

        public Value[] Build(GraphBuilder graph, params Value[] x) => [x[0] + graph.Call(drop, graph.Call(fc, graph.Call(norm, x[0])).Tanh())];
    }
}
