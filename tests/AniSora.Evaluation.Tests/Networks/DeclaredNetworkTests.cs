using System.Security.Cryptography;
using AniSora.Data.Models;
using AniSora.Evaluation.Networks;
using Google.Protobuf;
using Onnx;

namespace AniSora.Evaluation.Tests.Networks;

public sealed class DeclaredNetworkTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("anisora-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_declared_network_takes_its_role_and_its_published_name_alone()
    {
        Declare("dino", NetworkRole.Subject, "DINO ViT-B/16", Graph("mean", ["N", 3, 4, 4], ["N", 3], n => n.OpType = "GlobalAveragePool"));
        Declare("mine", NetworkRole.Background, "MyNet", Graph("mean", ["N", 3, 4, 4], ["N", 3], n => n.OpType = "GlobalAveragePool"));
        var metrics = Metric.Choose(["subject_consistency", "background_consistency", "temporal_flicker"]);
        using var set = await NetworkSet.OpenAsync(_root, metrics, cancellation: TestContext.Current.CancellationToken);
        Assert.Null(set.ResNet);
        Assert.Equal(["subject consistency", "background consistency (MyNet stand-in)", "temporal flicker"], metrics.Select(m => new MetricColumn(m, set).Title));
        Assert.Equal("i2v subject (ResNet-18 stand-in)", new MetricColumn(Metric.Choose(["i2v_subject"])[0], set).Title);

        // The mean of each channel, after (pixel / 255 - 0.5) / 0.5.
        byte[] rgb = [.. Enumerable.Range(0, 2 * 16).SelectMany(i => i < 16 ? new byte[] { 255, 0, 0 } : [0, 255, 255])];
        Assert.Equal([[1, -1, -1], [-1, 1, 1]], set.Declared(NetworkRole.Subject)!.Rows(rgb, new VideoSize(2, 4, 4), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Networks_of_two_frames_give_a_frame_and_a_flow_in_the_pictures_own_size()
    {
        var size = new VideoSize(1, 8, 8);
        byte[] black = new byte[3 * 64], white = [.. Enumerable.Repeat((byte)255, 3 * 64)];
        string between = Declare("amt", NetworkRole.Interpolation, "AMT-S", Graph("mean", [1, 3, 4, 4], [1, 3, 4, 4], n => n.OpType = "Mean", second: true), ResizeMode.Stretch);
        using (var network = new DeclaredNetwork(between))
            Assert.All(network.Between(black, white, size), value => Assert.InRange(value, 127, 128));

        // Two channels of the first input, doubled in size of the picture: (pixel/255 - 0.5)/0.5 = -1, two pixels.
        string flow = Declare("raft", NetworkRole.Flow, "RAFT-things", Graph("slice", [1, 3, 4, 4], [1, 2, 4, 4], n =>
        {
            n.OpType = "Slice";
            n.Attribute.Add(Ints("axes", 1));
            n.Attribute.Add(Ints("starts", 0));
            n.Attribute.Add(Ints("ends", 2));
        }, second: true, secondUsed: false), ResizeMode.Stretch);
        using var raft = new DeclaredNetwork(flow);
        var field = raft.Flow(black, white, size);
        Assert.Equal((8, 8), (field.Width, field.Height));
        Assert.All(field.U.Concat(field.V), v => Assert.Equal(-2, v));
    }

    [Fact]
    public void A_declaration_that_does_not_fit_the_model_names_file_and_field()
    {
        byte[] model = Graph("mean", ["N", 3, 8, 8], ["N", 3], n => n.OpType = "GlobalAveragePool");
        Fails(() => new DeclaredNetwork(Declare("size", NetworkRole.Subject, "x", model)), "size.json", "input", "float [N, 3, 8, 8]", "float [1, 3, 4, 4]");
        string file = Declare("output", NetworkRole.Subject, "x", Graph("mean", ["N", 3, 4, 4], ["N", 3], n => n.OpType = "GlobalAveragePool"));
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"output\": \"\"", "\"output\": \"nope\""));
        Fails(() => new DeclaredNetwork(file), "output.json", "output", "\"nope\"", "\"out\"");
        Fails(() => new DeclaredNetwork(Declare("pair", NetworkRole.Flow, "x", Graph("mean", [1, 3, 4, 4], [1, 3, 4, 4], n => n.OpType = "Mean", second: true))), "pair.json", "resize", "stretch");
        string damaged = Declare("damaged", NetworkRole.Subject, "x", model);
        File.AppendAllText(Path.Combine(_root, "damaged.onnx"), "x");
        Fails(() => new DeclaredNetwork(damaged), "damaged.json", "files", "SHA-256");
        Fails(() => new DeclaredNetwork(Path.Combine(_root, "none.json")), "none.json", "not found");
    }

    [Fact]
    public async Task Two_networks_for_one_role_are_refused()
    {
        byte[] model = Graph("mean", ["N", 3, 4, 4], ["N", 3], n => n.OpType = "GlobalAveragePool");
        Declare("a", NetworkRole.Subject, "x", model);
        Declare("b", NetworkRole.Subject, "y", model);
        var e = await Assert.ThrowsAsync<InputException>(() => NetworkSet.OpenAsync(_root, [], cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("b.json: role", e.Message);
    }

    private static void Fails(Action action, params string[] named)
    {
        string message = Assert.Throws<InputException>(action).Message;
        Assert.All(named, text => Assert.Contains(text, message, StringComparison.Ordinal));
    }

    private string Declare(string name, NetworkRole role, string network, byte[] model, ResizeMode resize = ResizeMode.Cover)
    {
        File.WriteAllBytes(Path.Combine(_root, name + ".onnx"), model);
        string manifest = Path.Combine(_root, name + ".json");
        ConfigFile.Save(manifest, new NetworkManifest
        {
            Role = role,
            Name = network,
            Licence = "MIT",
            Model = name + ".onnx",
            Files = new Dictionary<string, string> { [name + ".onnx"] = Convert.ToHexStringLower(SHA256.HashData(model)) },
            Input = new PictureInput { Width = 4, Height = 4, Resize = resize, Mean = [0.5, 0.5, 0.5], Deviation = [0.5, 0.5, 0.5] },
        });
        return manifest;
    }

    private static AttributeProto Ints(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    /// <summary>A graph of one node.</summary>
    private static byte[] Graph(string name, object[] input, object[] output, Action<NodeProto> node, bool second = false, bool secondUsed = true)
    {
        static ValueInfoProto Value(string name, object[] shape)
        {
            var dims = new TensorShapeProto();
            dims.Dim.AddRange(shape.Select(d => d is int size ? new TensorShapeProto.Types.Dimension { DimValue = size } : new() { DimParam = (string)d }));
            return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = dims } } };
        }
        var op = new NodeProto { Name = name };
        op.Input.Add("first");
        if (second && secondUsed)
            op.Input.Add("second");
        op.Output.Add("out");
        node(op);
        var graph = new GraphProto { Name = name };
        graph.Node.Add(op);
        graph.Input.Add(Value("first", input));
        if (second)
            graph.Input.Add(Value("second", input));
        graph.Output.Add(Value("out", op.OpType == "GlobalAveragePool" ? [.. output, 1, 1] : output));
        var model = new ModelProto { IrVersion = 3, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 8 });
        return model.ToByteArray();
    }
}
