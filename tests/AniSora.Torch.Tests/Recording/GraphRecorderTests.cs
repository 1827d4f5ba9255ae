using AniSora.Torch.Recording;
using static AniSora.Torch.Tests.Recording.Recorded;

namespace AniSora.Torch.Tests.Recording;

public sealed class GraphRecorderTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public GraphRecorderTests() => manual_seed(11);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_graph_runs_at_sizes_that_were_not_recorded()
    {
        var net = nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 4));
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x => net.call(x.reshape(x.shape[0] * x.shape[1], 6)).view(x.shape[0], x.shape[1], 4), net, [5, 7], [1, 1], [2, 0]);
        Assert.Equal("batch·steps", graph.Nodes[0].Arguments[1].Value is SizeFormula[] sizes ? sizes[0].ToString() : "");
        Assert.Contains(graph.Constants, c => c is { Name: "net.0.weight", IsParameter: true });
        Assert.Contains(graph.Nodes, n => n.Scope == "net.1");
        Assert.Contains("net.0.weight", graph.ToString());
        Assert.Contains("y = net.2.linear_2 float32[batch, steps, 4]".Replace("net.2.linear_2", graph.Outputs[0].Value.Name, StringComparison.Ordinal), graph.ToString());
    }

    [Fact]
    public void Constants_are_kept_and_weights_have_the_names_of_the_module_tree()
    {
        var table = arange(6, dtype: float32);
        var net = new Scaled();
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x => net.call(x) + table, net, [3, 4]);
        var constant = Assert.Single(graph.Constants, c => !c.IsParameter);
        Assert.Equal("constant", constant.Name);
        Assert.Equal([0f, 1, 2, 3, 4, 5], constant.Constant!.ToArray<float>());
        Assert.Equal(["net.inner.weight", "net.offset"], graph.Constants.Where(c => c.IsParameter).Select(c => c.Name).Order());
        // A copy: what happens to the tensor later is no matter. Weights are the model's own.
        table.zero_();
        Assert.Equal(5, constant.Constant.max().item<float>());
        Assert.Equal(net.offset.Handle, graph.Constants.Single(c => c.Name == "net.offset").Constant!.Handle);
        Assert.Equal(["net.inner", "net", ""], graph.Nodes.Select(n => n.Scope));
    }

    [Fact]
    public void A_tensor_filled_in_CSharp_is_a_constant_with_what_was_filled_in()
    {
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x =>
        {
            var table = zeros(2, 3);
            table.AsSpan<float>()[4] = 5;
            var row = table[1];
            row.data<float>()[0] = 7;
            var like = empty_like(x.narrow(0, 0, 1).narrow(1, 0, 1));
            like.AsSpan<float>().Fill(2);
            return x + table.view(6) + like;
        }, null, [3, 4]);
        Assert.Equal([0f, 0, 0, 7, 5, 0, 2, 2, 2, 2, 2, 2], graph.Constants.SelectMany(c => c.Constant!.ToArray<float>()));
        Assert.Equal(["view", "add.Tensor", "add.Tensor"], graph.Operators());
    }

    [Fact]
    public void Tensors_that_are_made_and_filled_by_operators_have_the_size_of_the_run()
    {
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x => empty_like(x).fill_(2) + empty(x.shape[1], 1).zero_() + x, null, [3, 4], [1, 7]);
        Assert.Empty(graph.Constants);
    }

    [Fact]
    public void What_does_not_depend_on_inputs_may_be_read_while_recording()
    {
        var net = nn.Linear(6, 6);
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x =>
        {
            double scale = net.weight!.abs().max().item<double>() + net.bias!.ToArray<float>()[0] + arange(4).sum().item<long>();
            return x * scale;
        }, net, [3, 4]);
        // Whatever led to the number is not part of the graph.
        Assert.Equal(["mul.Scalar"], graph.Operators().Select(o => o.Replace("mul.Tensor", "mul.Scalar", StringComparison.Ordinal)));
    }

    [Fact]
    public void Several_results_and_outputs_that_are_inputs()
    {
        using var graph = GraphRecorder.Record("test", [], [Batch, Steps], [new GraphInput("x", float32, Batch, Steps, 6), new GraphInput("unused", int64, Steps)], x =>
        {
            var halves = x[0].chunk(2, 2);
            var parts = x[0].split([1, 5], 2);
            var rows = x[0].unbind(2);
            var (values, indexes) = x[0].max(1);
            return [("x", x[0]), ("halves", halves[1] - halves[0]), ("parts", parts[1]), ("rows", rows[5]), ("values", values), ("indexes", indexes), ("seen", x[1])];
        });
        var (input, other) = (randn(3, 5, 6), arange(5));
        var outputs = graph.Run(input, other);
        Tensor[] expected = [input, input.narrow(2, 3, 3) - input.narrow(2, 0, 3), input.narrow(2, 1, 5), input.select(2, 5), input.amax([1]), input.argmax(1), other];
        foreach (var (one, two) in expected.Zip(outputs))
            Same(one, two);
        Assert.Equal(["x", "halves", "parts", "rows", "values", "indexes", "seen"], graph.Outputs.Select(o => o.Name));
        // An output is another object than the input it is.
        outputs[0].Dispose();
        Assert.Equal(90, input.numel());
    }

    [Fact]
    public void Undefined_results_are_left_out()
    {
        using var graph = RunsAt([Batch], [Batch, 3, 4, 4], x =>
            TorchOp.Find("convolution_backward").CallMany(ones_like(x), x, full([3, 3, 1, 1], 2f), TorchArg.None, new long[] { 1, 1 }, new long[] { 0, 0 }, new long[] { 1, 1 }, false, new long[] { 0, 0 }, 1, new[] { true, false, false })[0], null, [5]);
        Assert.Equal([true, false, false], graph.Nodes[^1].Results.Select(r => r is not null));
        Assert.Contains(", _, _ =", graph.ToString());
    }

    [Fact]
    public void Axes_may_stand_in_formulas_and_empty_ones_are_sizes_too()
    {
        using var graph = RunsAt([Batch, Steps], [Batch, 4 * Steps - 3, 6], x => cat([x.narrow(1, 0, 1), x.narrow(1, 1, x.shape[1] - 1)], 1).mean([0]), null, [3, 5], [2, 1]);
        Assert.Equal("-3 + 4·steps", graph.Outputs[0].Value.Shape[0].ToString());
        var error = Assert.Throws<ArgumentException>(() => graph.Run(zeros(2, 4, 6)));
        Assert.Contains("x float32[batch, -3 + 4·steps, 6]", error.Message);
        Assert.Throws<ArgumentException>(() => graph.Run(zeros(2, 5)));
        Assert.Throws<ArgumentException>(() => graph.Run(zeros(2, 5, 7)));
        Assert.Throws<ArgumentException>(() => graph.Run(zeros(2, 5, 6), zeros(1)));
    }

    [Fact]
    public void Indices_and_devices_and_types()
    {
        var rows = tensor([3L, 1]);
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x => x[TensorIndex.Ellipsis, TensorIndex.Tensor(rows)].to(CPU).to(float64, CPU).cpu() + zeros([1], dtype: float64, device: CPU), null, [3, 4]);
        Assert.DoesNotContain("to.device", graph.Operators());
    }

    [Fact]
    public void Nothing_to_vary_is_one_pass_and_a_check()
    {
        int calls = 0;
        using var graph = Record([], [3, 6], x =>
        {
            calls++;
            return x.relu();
        });
        Assert.Equal(2, calls);
        Assert.Empty(graph.Axes);
        Same(ones(3, 6), graph.Run(ones(3, 6))[0]);
    }

    [Fact]
    public void Three_axes_are_recorded_by_eight_passes_a_check_and_one_far_out_along_each()
    {
        var seen = new List<string>();
        using var graph = Record([Batch, Height, Width], [Batch, Height, Width], x =>
        {
            seen.Add(string.Join(' ', x.shape));
            return x.flatten();
        });
        Assert.Equal(["2 2 3", "3 2 3", "2 3 3", "3 3 3", "2 2 4", "3 2 4", "2 3 4", "3 3 4", "4 4 5", "11 2 3", "2 11 3", "2 2 12"], seen);
        Assert.Equal("batch·height·width", graph.Outputs[0].Value.Shape[0].ToString());
    }

    [Fact]
    public void A_model_that_takes_no_more_is_tried_no_further()
    {
        Tensor Few(Tensor x) => x.shape[1] <= 5 ? x.relu() : throw new ArgumentException("at most 5");
        Assert.Contains("at most 5", Assert.Throws<ArgumentException>(() => Record(Few)).Message);
        using var graph = Record([Batch, Steps with { Far = 5 }], [Batch, Steps, 6], Few);
    }

    [Fact]
    public void Not_a_number_and_infinity_are_results_too()
    {
        using var graph = Record(x => (x - x) / 0.0 + cat([x.narrow(2, 0, 3), x.narrow(2, 3, 3) / 0.0], 2));
        Assert.True(graph.Run(ones(2, 2, 6))[0].isnan().all().item<bool>());
    }

    [Fact]
    public void A_function_with_a_gradient_of_its_own_and_recomputed_blocks()
    {
        var net = new Recomputed();
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x => new Square().Apply(net.call(x))[0], net, [3, 4]);
        Assert.All(graph.Constants, c => Assert.True(c.IsParameter));
        Assert.Equal(["net.inner", "net", ""], graph.Nodes.Select(n => n.Scope));
    }

    private sealed class Scaled : Module<Tensor, Tensor>
    {
        public readonly Parameter offset = new(randn(6));
        private readonly Linear inner = nn.Linear(6, 6, hasBias: false);

        public Scaled() : base(nameof(Scaled)) => RegisterComponents();

        public override Tensor forward(Tensor input) => inner.call(input) + offset;
    }

    private sealed class Recomputed : Module<Tensor, Tensor>
    {
        private readonly Linear inner = nn.Linear(6, 6);

        public Recomputed() : base(nameof(Recomputed)) => RegisterComponents();

        public override Tensor forward(Tensor input) => Recompute.Block(this, x => inner.call(x[0]).tanh(), input);
    }

    private sealed class Square : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs) => [inputs[0]!.square()];

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved) => throw new NotSupportedException();
    }
}
