using AniSora.Torch.Recording;
using static AniSora.Torch.Tests.Recording.Recorded;

namespace AniSora.Torch.Tests.Recording;

/// <summary>What cannot be recorded is an error that names the place, the reason and what to do.</summary>
public sealed class RecordingRefusedTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string, Func<Tensor, Tensor>, string, string> Models => new()
    {
        { "another operator at another size", x => x.shape[1] > 2 ? x.relu() : x.tanh(), "calls aten::tanh at one size and aten::relu at another (batch 2, steps 2 against batch 2, steps 3)", "record a graph for each" },
        { "more operators at another size", x => x.shape[0] > 2 ? x.relu().tanh() : x.relu(), "1 operators against 2", "make it the same for all" },
        { "as many parts as steps", x => x.unbind(1)[0], "calls aten::unbind.int with other arguments", "recording fixes one path" },
        { "a branch only above the fitted sizes", x => x.shape[0] > 3 ? x.relu() : x.tanh(), "batch 4, steps 4", "recording fixes one path" },
        { "item", x => x * x.max().item<float>(), "aten::item takes a number out of a tensor", "compute with tensor operators instead" },
        { "cast", x => x * (float)x.max(), "aten::item takes a number out of a tensor", "compute with tensor operators instead" },
        { "comparison", x => x.Equals(x) ? x : x + 1, "aten::equal takes a number out of a tensor", "compute with tensor operators instead" },
        { "array", x => x * x.ToArray<float>()[0], "the content of a tensor is read in C#", "compute with tensor operators instead" },
        { "elements", x => x * x.data<float>()[0, 0, 0], "the content of a tensor is read in C#", "read before recording" },
        { "span", x => x * x.relu().AsSpan<float>()[0], "the content of a tensor is read in C#", "read before recording" },
        { "bytes", x => x * x.relu().bytes[0], "the content of a tensor is read in C#", "read before recording" },
        { "noise", x => x + randn_like(x), "aten::randn_like draws random numbers", "give them to the graph as an input" },
        { "noise in place", x => x.relu().uniform_(0, 1), "aten::uniform_ draws random numbers", "give them to the graph as an input" },
        { "dropout", x => F.dropout(x, 0.5, training: true), "aten::dropout works as in training", "call eval() on the model first" },
        { "kept statistics", x => TorchOp.Find("batch_norm").Call(x.transpose(1, 2), TorchArg.None, TorchArg.None, zeros(6), ones(6), true, 0.1, 1e-5, false), "aten::batch_norm works as in training", "call eval()" },
        { "constant that depends on the size", x => x + tensor([.. Enumerable.Range(0, (int)x.shape[1]).Select(i => (float)i)]).unsqueeze(1), "constant: a tensor that was made in C# is another at batch 2, steps 2 than at batch 2, steps 3", "make it with tensor operators from sizes and inputs" },
        { "fraction that depends on the size", x => x * (1.0 / x.shape[1]), "only whole numbers may depend on the size", "give it as a whole number" },
        { "fraction above the fitted sizes", x => x * Math.Max(3.5, x.shape[1]), "takes 3.5 at batch 2, steps 2 and 4 at batch 4, steps 4", "give it as a whole number" },
        { "halves", x => x.narrow(1, 0, x.shape[1] / 2), "aten::narrow in net.part: takes 2 at batch 4, steps 4 where 1 was expected: the size is no sum of products of the axes batch, steps", "have the input in whole blocks" },
        { "halves by an operator", x => F.avg_pool1d(x.transpose(1, 2), 2), "returns [4, 6, 2] at batch 4, steps 4 where [batch, 6, 1] was expected", "fix that axis's size" },
        { "whole blocks of 8", x => F.pad(x, [0, 0, 0, (8 - x.shape[1] % 8) % 8]).mean([1]), "takes [0, 0, 0, 5] at batch 2, steps 11 where [0, 0, 0, 8 - steps] was expected", "have the input in whole blocks" },
        { "another path where it is long", x => x.shape[1] > 8 ? x.relu() : x.tanh(), "batch 2, steps 11", "recording fixes one path" },
        { "square", x => x.unsqueeze(2).expand(-1, -1, x.shape[1] * x.shape[1], -1), "was expected: the size is no sum of products", "fix that axis's size" },
        { "content gives the size", x => x.masked_select(x.gt(0)), "the size of what aten::masked_select returns depends on the content of a tensor", "use where" },
        { "mask as index", x => x[x.gt(0)], "the size of what aten::index.Tensor returns depends on the content", "use where" },
        { "places of what is not zero", x => x.nonzero(), "the size of what aten::nonzero returns depends on the content", "use where" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Models_that_have_no_graph(string name, Func<Tensor, Tensor> forward, string reason, string fix)
    {
        var net = new Wrapper(forward);
        var error = Xunit.Record.Exception(() => Recorded.Record(net.call, net));
        Assert.True(error is InputException, $"{name}: {error}");
        Assert.Contains(reason, error.Message);
        Assert.Contains(fix, error.Message);
        Assert.Contains("net.part", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        // The thread records again, and nothing else is observed.
        Assert.False(GraphRecorder.IsRecording);
        using var graph = Recorded.Record(x => x.relu());
    }

    [Fact]
    public void A_model_that_keeps_a_tensor_for_the_next_call()
    {
        Tensor? kept = null;
        var path = Assert.Throws<InputException>(() => Recorded.Record(x =>
        {
            kept ??= x.sum().DetachFromDisposeScope();
            return x + kept;
        }));
        Assert.Contains("depends on the size of its input or on an earlier call", path.Message);
        kept!.Dispose();

        Tensor last = zeros(1);
        var constant = Assert.Throws<InputException>(() => Recorded.Record([], [2, 6], x =>
        {
            var y = x + last;
            last = x.sum().clone().DetachFromDisposeScope();
            return y;
        }));
        Assert.Contains("constant: a tensor that was made in C# is another at the only size", constant.Message);
        Assert.Contains("keep none from an earlier call", constant.Message);
        last.Dispose();
    }

    [Fact]
    public void A_weight_that_changes_with_every_call_is_found_by_running_the_graph()
    {
        var net = nn.Linear(6, 6);
        var error = Assert.Throws<InputException>(() => Recorded.Record(x =>
        {
            var y = net.call(x);
            // Unseen by the recorder, as by another thread.
            var thread = new Thread(() =>
            {
                using var noGrad = no_grad();
                net.weight!.add_(1);
            });
            thread.Start();
            thread.Join();
            return y;
        }, net));
        Assert.Contains("gives another y than the model", error.Message);
        Assert.Contains("keep nothing while GraphRecorder.IsRecording", error.Message);
    }

    [Fact]
    public void A_recording_inside_of_a_recording()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Recorded.Record(x =>
        {
            Assert.True(GraphRecorder.IsRecording);
            using var inner = Recorded.Record(y => y.relu());
            return x;
        }));
        Assert.Contains("inside of a recording", error.Message);
        Assert.False(GraphRecorder.IsRecording);
    }

    [Fact]
    public void Axes_inputs_and_outputs_that_do_not_fit()
    {
        SizeFormula[] shape = [Batch, Steps];
        Throws("axis steps is given away by no input", [Batch, Steps], [Batch + 0, 3]);
        Throws("axis steps is given away by no input", [Batch, Steps], [Batch, SizeFormula.Of("batch") * Steps]);
        Throws("the inputs have an axis steps that is not among the dynamic axes", [Batch], shape);
        Throws("each axis needs a name of its own, got 'batch' twice", [Batch, Batch, Steps], shape);
        Throws("lower size must be 1 or more", [Batch, new("steps", 0)], shape);
        Throws("without '·'", [Batch, new("a·b")], [Batch, SizeFormula.Of("a·b")]);
        Throws("at most 6", [.. Enumerable.Range(0, 7).Select(i => new GraphAxis($"a{i}"))], shape);
        var output = Assert.Throws<ArgumentException>(() => GraphRecorder.Record("test", [], [], [new GraphInput("x", float32, 2)], x => [("y", x[0]), ("y", x[0])]));
        Assert.Contains("each output needs a name of its own, got 'y' twice", output.Message);
        var example = Assert.Throws<ArgumentException>(() => GraphRecorder.Record("test", [], [], [new GraphInput("x", float32, 2) { Example = s => ones(s, dtype: float64) }], x => [("y", x[0])]));
        Assert.Contains("the example for input x is float64[2]", example.Message);

        static void Throws(string message, GraphAxis[] axes, SizeFormula[] shape) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => Recorded.Record(axes, shape, x => x)).Message);
    }

    [Fact]
    public void In_evaluation_dropout_and_batch_statistics_are_operators_like_others()
    {
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], x => TorchOp.Find("batch_norm").Call(F.dropout(x, 0.5, training: false).transpose(1, 2), TorchArg.None, TorchArg.None, zeros(6), ones(6), false, 0.1, 1e-5, false), null, [3, 4]);
        using var plain = RunsAt([Batch, Steps], [Batch, Steps, 6], x => F.dropout(x, 0, training: true).transpose(1, 2), null, [3, 4]);
    }

    /// <summary>A function one module below the root, so that messages can say where it is.</summary>
    private sealed class Wrapper : Module<Tensor, Tensor>
    {
        private readonly Part part;

        public Wrapper(Func<Tensor, Tensor> function) : base(nameof(Wrapper))
        {
            part = new Part(function);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => part.call(input);

        private sealed class Part(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>(nameof(Part))
        {
            public override Tensor forward(Tensor input) => function(input);
        }
    }
}
