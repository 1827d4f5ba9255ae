using AniSora.Torch.Recording;

namespace AniSora.Torch.Tests.Recording;

public class GraphRecorderTests
{
    private static readonly GraphAxis Batch = new("batch");
    private static readonly GraphAxis Steps = new("steps");

    [Fact]
    public void A_graph_runs_at_sizes_that_were_not_recorded()
    {
        using var scope = NewDisposeScope();
        var net = nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 4));
        using var graph = Record(net, x => net.call(x.reshape(x.shape[0] * x.shape[1], 6)).view(x.shape[0], x.shape[1], 4));
        var input = randn(5, 7, 6);
        Assert.True(allclose(net.call(input), graph.Run([input])[0], 1e-5, 1e-6));
        Assert.Equal("batch·steps", graph.Nodes[0].Arguments[1].Value is SizeFormula[] sizes ? sizes[0].ToString() : "");
        Assert.Contains(graph.Constants, c => c is { Name: "net.0.weight", IsParameter: true });
        Assert.Contains(graph.Nodes, n => n.Scope == "net.1");
        Assert.Contains("net.0.weight", graph.ToString());
    }

    [Fact]
    public void A_path_that_depends_on_the_size_is_an_error()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<InputException>(() => Record(null, x => x.shape[1] > 2 ? x.relu() : x.tanh()));
        Assert.Contains("path depends on the size", error.Message);
        Assert.Contains("steps 2", error.Message);
    }

    private static RecordedGraph Record(nn.Module? module, Func<Tensor, Tensor> forward) =>
        GraphRecorder.Record("test", module is null ? [] : [("net", module)], [Batch, Steps], [new GraphInput("x", float32, Batch, Steps, 6)], x => [("y", forward(x[0]))]);
}
