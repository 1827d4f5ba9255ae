using static AniSora.Torch.Tests.Recording.Recorded;

namespace AniSora.Torch.Tests.Recording;

/// <summary>In a graph nothing changes: in-place calls become others where that is the same, and are refused where it is not.</summary>
public sealed class RecordedInPlaceTests : IDisposable
{
    private static readonly Parameter Weight = (Parameter)new Parameter(ones(6)).DetachFromDisposeScope();

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string, Func<Tensor, Tensor>, string[]> Safe => new()
    {
        { "a sum", x => x.relu().add_(1).mul_(x), ["relu", "add.Scalar", "mul.Tensor"] },
        { "after its own change", x => { var y = x.relu(); y.add_(1); return y.mul_(2) + y; }, ["relu", "add.Scalar", "mul.Scalar", "add.Tensor"] },
        { "the one view that is used", x => x.tanh().view(-1).add_(1), ["tanh", "view", "add.Scalar"] },
        { "the same object again", x => x.tanh().contiguous().add_(1), ["tanh", "contiguous", "add.Scalar"] },
        { "a mask", x => (x * 2).masked_fill_(x.gt(0), -1), ["mul.Scalar", "gt.Scalar", "masked_fill.Scalar"] },
        { "a fill", x => x.tanh().fill_(3) + x, ["tanh", "fill.Scalar", "add.Tensor"] },
        { "a copy of another type", x => x.tanh().copy_(x.to(float64)), ["tanh", "to.dtype", "copy"] },
        { "a part that nobody sees again", x => { var y = x.tanh(); y[0] = x[1]; return x; }, [] },
    };

    public static TheoryData<string, Func<Tensor, Tensor>, string> Unsafe => new()
    {
        { "input", x => x.add_(1), "the model: aten::add_.Scalar changes x in place, which is an input: call add instead" },
        { "view of an input", x => x.view(-1).add_(1), "changes x in place, which is an input" },
        { "an input as it is", x => x.contiguous().add_(1), "changes x in place, which is an input" },
        { "weight", x => Weight.add_(1) + x, "which is a weight: call add instead" },
        { "view of a weight", x => Weight.view(2, 3).add_(1) + x.sum(), "changes net.weight in place, which is a weight" },
        { "constant", x => Constant.add_(1) + x, "which is a constant: call add instead" },
        { "base read after a change of its view", x => { var y = x.tanh(); y.view(-1).add_(1); return y * 2; }, "a tensor is used whose memory aten::add_.Scalar changed in place: call the form without underscore there" },
        { "part set", x => { var y = x.tanh(); y[0] = x[1]; return y; }, "whose memory aten::copy_ changed in place" },
        { "view read after a change of its base", x => { var y = x.tanh(); var v = y[0]; y.add_(1); return v; }, "changed in place" },
        { "wider type", x => x.tanh().add_(ones([6], dtype: float64).view(1, 1, 6)), "keeps float32[2, 2, 6] in place where add would give float64[2, 2, 6]: convert its arguments first" },
        { "given result", x => TorchOp.Find("tanh", "out").CallInPlace(x.relu(), x), "" },
    };

    private static Tensor Constant { get; } = ones(6).DetachFromDisposeScope();

    [Theory]
    [MemberData(nameof(Safe))]
    public void Safe_ones_are_recorded_as_those_that_return_a_tensor(string name, Func<Tensor, Tensor> forward, string[] operators)
    {
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 6], forward, null, [5, 3], [2, 1]);
        Assert.True(graph.Operators().Select(Kind).SequenceEqual(operators.Select(Kind)), $"{name}: {graph}");

        // Numbers reach libtorch as tensors or as scalars.
        static string Kind(string op) => op.Replace(".Tensor", "", StringComparison.Ordinal).Replace(".Scalar", "", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unsafe))]
    public void Others_are_refused(string name, Func<Tensor, Tensor> forward, string message)
    {
        var module = new Holder();
        var error = Xunit.Record.Exception(() => Recorded.Record(forward, module));
        Assert.True(error is InputException && error.Message.Contains(message, StringComparison.Ordinal) && !error.Message.Contains('\n', StringComparison.Ordinal), $"{name}: {error}");
    }

    private sealed class Holder : Module<Tensor, Tensor>
    {
        private readonly Parameter weight = Weight;

        public Holder() : base(nameof(Holder)) => RegisterComponents();

        public override Tensor forward(Tensor input) => input + weight;
    }
}
