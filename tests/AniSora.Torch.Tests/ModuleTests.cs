using AniSora.Torch.Modules;
using static AniSora.Torch.torch;
using static AniSora.Torch.torch.nn;

namespace AniSora.Torch.Tests;

public sealed class ModuleTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Fields_are_registered_under_their_names()
    {
        using var net = new Net();
        Assert.Equal(
            ["scale", "conv.weight", "conv.bias", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "to_out.0.weight"],
            net.named_parameters().Select(p => p.name));
        Assert.Equal(["table"], net.named_buffers().Select(b => b.name));
        Assert.Equal(["conv", "blocks", "to_out"], net.named_children().Select(c => c.name));
        Assert.Equal(["conv", "blocks", "blocks.0", "blocks.1", "to_out", "to_out.0"], net.named_modules().Select(m => m.name));
        Assert.Equal(net.named_parameters().Select(p => p.name).Append("table").Order(), net.state_dict().Keys.Order());
        Assert.Equal(["net.scale"], net.state_dict(prefix: "net").Keys.Where(k => k.EndsWith("scale", StringComparison.Ordinal)));
        Assert.Same(net.conv.weight, net.get_parameter("conv.weight"));
        Assert.Null(net.get_parameter("conv.nothing"));
        Assert.Null(net.get_parameter("nothing.weight"));
        Assert.True(net.has_buffer("table"));
        Assert.Equal(["scale"], net.named_parameters(recurse: false).Select(p => p.name));
    }

    [Fact]
    public void Registered_tensors_outlive_the_scope_they_were_made_in()
    {
        Net net;
        using (NewDisposeScope())
            net = new Net();
        using (net)
            Assert.All(net.state_dict().Values, t => Assert.False(t.IsInvalid));
        Assert.All(net.state_dict().Values, t => Assert.True(t.IsInvalid));
    }

    [Fact]
    public void Parts_that_would_be_skipped_in_silence_are_errors()
    {
        AssertThrows(() => new HasArray(), "field '_layers' of module HasArray", "Linear inside a Linear[]", "ModuleList<T>");
        AssertThrows(() => new HasList(), "'_layers'", "ModuleList<T>");
        AssertThrows(() => new HasDictionary(), "'_layers'", "ModuleDict<T>");
        AssertThrows(() => new HasParameterArray(), "'_weights'", "Parameter inside", "ParameterList");
        AssertThrows(() => new HasNestedList(), "'_layers'", "ModuleList<T>");
        AssertThrows(() => new HasTuple(), "'_pair'", "ModuleList<T>");
        AssertThrows(() => new HasAutoProperty(), "'Layer'", "auto-property");
        AssertThrows(() => new HasPrivateInBase(), "'_hidden'", "private in a base class");
    }

    [Fact]
    public void A_constructor_without_RegisterComponents_is_an_error()
    {
        using var net = new Forgetful();
        Assert.Contains("RegisterComponents()", Assert.Throws<InvalidOperationException>(() => net.parameters().ToList()).Message);
        // As a part of another module it is registered by that one.
        using var outer = new Outer<Forgetful>(new Forgetful());
        Assert.Equal(["inner.layer.weight"], outer.named_parameters().Select(p => p.name));
    }

    [Fact]
    public void A_field_assigned_later_is_an_error()
    {
        using var net = new Late();
        Assert.Empty(net.parameters());
        net.layer = Linear(1, 1);
        Assert.Contains("after RegisterComponents()", Assert.Throws<InvalidOperationException>(() => net.state_dict()).Message);
    }

    [Fact]
    public void Collections_of_registered_parts_and_other_things_are_fine()
    {
        using var net = new Shortcuts();
        Assert.Equal(["a.weight", "b.weight"], net.named_parameters().Select(p => p.name));
    }

    [Fact]
    public void A_module_cannot_contain_itself()
    {
        var list = ModuleList<Module>();
        var outer = ModuleList<Module>(list);
        Assert.Throws<ArgumentException>(() => list.Add(outer));
    }

    [Fact]
    public void Names_are_checked()
    {
        using var net = new Net();
        Assert.Throws<ArgumentException>(() => net.register_module("a.b", Identity()));
        Assert.Throws<ArgumentException>(() => net.register_buffer("", zeros(1)));
        Assert.Throws<InvalidOperationException>(() => net.register_buffer("scale", zeros(1)));
        Assert.Throws<InvalidOperationException>(() => net.register_module("conv", Identity()));
    }

    [Fact]
    public void Buffers_may_stay_out_of_checkpoints()
    {
        using var net = new Late();
        net.register_buffer("cache", zeros(2), persistent: false);
        Assert.Empty(net.state_dict());
        Assert.Single(net.named_buffers());
        Assert.Empty(net.named_buffers(include_nonpersistent: false));
    }

    [Fact]
    public void A_shared_parameter_comes_once_but_is_saved_under_both_names()
    {
        using var net = new Tied();
        Assert.Equal(["a.weight"], net.named_parameters().Select(p => p.name));
        Assert.Equal(["a.weight", "b.weight"], net.state_dict().Keys);
    }

    [Fact]
    public void State_makes_the_round_trip()
    {
        using var a = new Net();
        using var b = new Net();
        var (missing, unexpected) = b.load_state_dict(a.state_dict());
        Assert.Empty(missing.Concat(unexpected));
        foreach (var (name, tensor) in a.state_dict())
            Assert.Equal(tensor.bytes.ToArray(), b.state_dict()[name].bytes.ToArray());
        Assert.All(b.parameters(), p => Assert.True(p.requires_grad && p.is_leaf));
    }

    [Fact]
    public void State_that_does_not_fit_changes_nothing()
    {
        using var net = new Net();
        var before = net.scale.ToArray<float>();
        var state = net.state_dict().ToDictionary(s => s.Key, s => s.Value.detach() + 1);
        state["conv.bias"] = zeros(99);
        state["extra"] = zeros(1);
        state.Remove("table");
        var e = Assert.Throws<InvalidOperationException>(() => net.load_state_dict(state));
        Assert.Contains("missing: table", e.Message);
        Assert.Contains("unexpected: extra", e.Message);
        Assert.Contains("conv.bias is [4], given [99]", e.Message);
        Assert.Equal(before, net.scale.ToArray<float>());

        var (missing, unexpected) = net.load_state_dict(state, strict: false, skip: ["conv.bias"]);
        Assert.Equal(["table"], missing);
        Assert.Equal(["extra"], unexpected);
        Assert.Equal(before.Select(v => v + 1), net.scale.ToArray<float>());
    }

    [Fact]
    public void Weights_make_the_round_trip_over_a_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder["net.safetensors"];
        using var a = new Net();
        using var b = new Net();
        SafeTensorsFile.Save(path, a.state_dict());
        SafeTensors.LoadInto(b, path);
        foreach (var (name, tensor) in a.state_dict())
            Assert.Equal(tensor.bytes.ToArray(), b.state_dict()[name].bytes.ToArray());
        using var other = Linear(2, 2);
        var e = Assert.Throws<InputException>(() => SafeTensors.LoadInto(other, path));
        Assert.StartsWith(path, e.Message);
        Assert.Contains("missing: weight, bias", e.Message);
    }

    [Fact]
    public void Conversion_keeps_the_parameters_and_their_gradients()
    {
        using var net = new Net();
        var weight = net.conv.weight;
        var handle = weight.Handle;
        weight.sum().backward();
        Assert.Same(net, net.to(ScalarType.Float64));
        Assert.Same(weight, net.conv.weight);
        Assert.Equal(handle, weight.Handle);
        Assert.Equal(ScalarType.Float64, weight.dtype);
        Assert.Equal(ScalarType.Float64, weight.grad!.dtype);
        Assert.Equal(ScalarType.Int64, net.table.dtype);
        Assert.True(weight.requires_grad && weight.is_leaf);
        (weight * 2).sum().backward();
        Assert.All(weight.grad!.ToArray<double>(), g => Assert.Equal(3, g));
        Assert.Throws<ArgumentException>(() => net.to(ScalarType.Int32));
    }

    [Fact]
    public void Modes_gradients_and_functions_reach_every_part()
    {
        using var net = new Net();
        net.eval();
        Assert.All(net.modules(), m => Assert.False(m.training));
        net.train();
        Assert.All(net.modules(), m => Assert.True(m.training));
        var seen = 0;
        Assert.Same(net, net.apply(_ => seen++));
        Assert.Equal(7, seen);
        foreach (var p in net.parameters())
            p.sum().backward();
        net.zero_grad(set_to_none: false);
        Assert.All(net.parameters(), p => Assert.Equal(0, p.grad!.sum().item<float>()));
        net.zero_grad();
        Assert.All(net.parameters(), p => Assert.Null(p.grad));
        net.requires_grad_(false);
        Assert.All(net.parameters(), p => Assert.False(p.requires_grad));
    }

    [Fact]
    public void Lists_rename_when_they_change()
    {
        using var a = Linear(1, 1, hasBias: false);
        using var b = Linear(1, 2, hasBias: false);
        var list = ModuleList(a, b);
        list.Insert(0, Linear(1, 3, hasBias: false));
        Assert.Equal([3L, 1, 2], list.named_parameters().Select(p => p.parameter.size(0)));
        Assert.Equal(["0.weight", "1.weight", "2.weight"], list.named_parameters().Select(p => p.name));
        Assert.True(list.Remove(a));
        list[0] = b;
        list.RemoveAt(1);
        Assert.Equal(["0.weight"], list.named_parameters().Select(p => p.name));
        list.Clear();
        Assert.Empty(list.parameters());

        var dictionary = ModuleDict(("first", a), ("second", b));
        Assert.Equal(["first.weight", "second.weight"], dictionary.named_parameters().Select(p => p.name));
        Assert.True(dictionary.Remove("first"));
        Assert.Equal([b], dictionary.children());

        var parameters = ParameterList(Parameter(zeros(1)), Parameter(zeros(2)));
        parameters.append(Parameter(zeros(3)));
        Assert.Equal(["0", "1", "2"], parameters.named_parameters().Select(p => p.name));
    }

    [Fact]
    public void Sequential_runs_in_order()
    {
        using var chain = Sequential(("double", Linear(Parameter(tensor(new[] { 2f }).reshape(1, 1)))), ("relu", ReLU()));
        chain.append(Identity());
        Assert.Equal(["double", "relu", "2"], chain.named_children().Select(c => c.name));
        Assert.Equal([0f, 6f], chain.call(tensor(new[] { -1f, 3f }).reshape(2, 1)).ToArray<float>());
        Assert.Equal([5f], Sequential().call(tensor(new[] { 5f })).ToArray<float>());
    }

    private static void AssertThrows(Func<Module> create, params string[] parts)
    {
        var message = Assert.Throws<InvalidOperationException>(create).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }

#pragma warning disable CA1823, IDE0052, CS0414 // Fields that are read by reflection alone are the subject here.
    private abstract class Unused(string name) : Module<Tensor, Tensor>(name)
    {
        public override Tensor forward(Tensor input) => input;
    }

    private sealed class Net : Unused
    {
        public readonly Parameter scale = Parameter(rand(3));
        public readonly Conv3d conv = Conv3d(2, 4, (1, 3, 3));
        public readonly ModuleList<Module> blocks = ModuleList<Module>(Linear(2, 2), Linear(2, 3, hasBias: false));
        public readonly Tensor table = arange(4, ScalarType.Int64);
        private readonly string _text = "not a part";
        private readonly Tensor[] _cache = [];

        [ComponentName(Name = "to_out")]
        private readonly ModuleList<Linear> _projection = ModuleList(Linear(2, 2, hasBias: false));

        public Net() : base(nameof(Net)) => RegisterComponents();
    }

    private sealed class Forgetful() : Unused(nameof(Forgetful))
    {
        private readonly Linear layer = Linear(1, 1, hasBias: false);
    }

    private sealed class Outer<T> : Unused where T : Module
    {
        private readonly T inner;

        public Outer(T inner) : base("Outer")
        {
            this.inner = inner;
            RegisterComponents();
        }
    }

    private sealed class Late : Unused
    {
        public Linear? layer;

        public Late() : base(nameof(Late)) => RegisterComponents();
    }

    private sealed class Shortcuts : Unused
    {
        private readonly Linear a = Linear(1, 1, hasBias: false);
        private readonly Linear b = Linear(1, 1, hasBias: false);
        private readonly Linear[] _both;
        private readonly List<int> _numbers = [1, 2];
        private readonly Dictionary<string, object> _notes = new() { ["x"] = 1 };
        private readonly (Linear, int) _first;
        private readonly Func<Linear> _later = () => Linear(1, 1);

        public Shortcuts() : base(nameof(Shortcuts))
        {
            _both = [a, b];
            _first = (a, 1);
            RegisterComponents();
        }
    }

    private sealed class Tied : Unused
    {
        private readonly Linear a = Linear(2, 2, hasBias: false);
        private readonly Linear b;

        public Tied() : base(nameof(Tied))
        {
            b = Linear(a.weight);
            RegisterComponents();
        }
    }

    private sealed class HasArray : Unused
    {
        private readonly Linear[] _layers = [Linear(1, 1)];

        public HasArray() : base("x") => RegisterComponents();
    }

    private sealed class HasList : Unused
    {
        private readonly IReadOnlyList<Module> _layers = new List<Module> { Linear(1, 1) };

        public HasList() : base("x") => RegisterComponents();
    }

    private sealed class HasDictionary : Unused
    {
        private readonly Dictionary<string, Linear> _layers = new() { ["a"] = Linear(1, 1) };

        public HasDictionary() : base("x") => RegisterComponents();
    }

    private sealed class HasParameterArray : Unused
    {
        private readonly Parameter[] _weights = [Parameter(zeros(1))];

        public HasParameterArray() : base("x") => RegisterComponents();
    }

    private sealed class HasNestedList : Unused
    {
        private readonly List<object[]> _layers = [[1, Linear(1, 1)]];

        public HasNestedList() : base("x") => RegisterComponents();
    }

    private sealed class HasTuple : Unused
    {
        private readonly (Linear, int) _pair = (Linear(1, 1), 2);

        public HasTuple() : base("x") => RegisterComponents();
    }

    private sealed class HasAutoProperty : Unused
    {
        public Linear Layer { get; } = Linear(1, 1);

        public HasAutoProperty() : base("x") => RegisterComponents();
    }

    private abstract class Base() : Unused("base")
    {
        private readonly Linear _hidden = Linear(1, 1);
    }

    private sealed class HasPrivateInBase : Base
    {
        public HasPrivateInBase() => RegisterComponents();
    }
}
