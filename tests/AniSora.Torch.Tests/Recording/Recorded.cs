using AniSora.Torch.Recording;

namespace AniSora.Torch.Tests.Recording;

/// <summary>Records functions for tests, and compares the graph with them.</summary>
internal static class Recorded
{
    public static readonly GraphAxis Batch = new("batch");
    public static readonly GraphAxis Steps = new("steps");
    public static readonly GraphAxis Height = new("height");
    public static readonly GraphAxis Width = new("width", 3);

    /// <summary>A function of x [batch, steps, 6].</summary>
    public static RecordedGraph Record(Func<Tensor, Tensor> forward, nn.Module? module = null) => Record([Batch, Steps], [Batch, Steps, 6], forward, module);

    public static RecordedGraph Record(GraphAxis[] axes, SizeFormula[] shape, Func<Tensor, Tensor> forward, nn.Module? module = null) =>
        GraphRecorder.Record("test", module is null ? [] : [("net", module)], axes, [new GraphInput("x", float32, shape)], x => [("y", forward(x[0]))]);

    /// <summary>Records a function of x, and requires that the graph gives the same at other sizes.</summary>
    public static RecordedGraph RunsAt(GraphAxis[] axes, SizeFormula[] shape, Func<Tensor, Tensor> forward, nn.Module? module, params long[][] sizes)
    {
        var graph = Record(axes, shape, forward, module);
        foreach (long[] size in sizes)
        {
            var input = randn([.. shape.Select(s => s.At(axes.Zip(size).ToDictionary(p => p.First.Name, p => p.Second)))], generator: new Generator(7));
            using var noGrad = no_grad();
            Same(forward(input), graph.Run(input)[0]);
        }
        return graph;
    }

    public static void Same(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.dtype, actual.dtype);
        if (expected.numel() > 0)
            Assert.InRange((expected.to(float64) - actual.to(float64)).abs().max().item<double>(), 0, 1e-5 * (1 + expected.to(float64).abs().max().item<double>()));
    }

    public static string[] Operators(this RecordedGraph graph) => [.. graph.Nodes.Select(n => n.Op.FullName)];
}
