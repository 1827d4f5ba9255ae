using System.Runtime.CompilerServices;

namespace AniSora.Models.Fast.Tests;

public class TorchFunctionTests
{
    /// <summary>a² · b and a + c, where c may be absent.</summary>
    private sealed class Mixed : TorchFunction
    {
        public int Backwards { get; private set; }

        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            var (a, b, c) = (inputs[0]!, inputs[1]!, inputs[2]);
            Save(a, b);
            return [a.square() * b, c is null ? a.clone() : a + c];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            Backwards++;
            var (a, b) = (saved[0], saved[1]);
            return [gradOutputs[0] * a * b * 2 + gradOutputs[1], NeedsGrad(1) ? gradOutputs[0] * a.square() : null, NeedsGrad(2) ? gradOutputs[1] : null];
        }
    }

    private sealed class SavesResult : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            var result = inputs[0]!.exp();
            Save(result);
            return [result];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved) => [gradOutputs[0] * saved[0]];
    }

    private sealed class Fails(bool forward) : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs) => forward ? throw new TimeoutException("forward failed") : [inputs[0]! * 1];

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved) => throw new TimeoutException("backward failed");
    }

    /// <summary>Says where the gradients lay that it gave.</summary>
    private sealed class Tells : TorchFunction
    {
        public nint[] Places { get; private set; } = [];

        protected override Tensor[] Forward(Tensor?[] inputs) => [inputs[0]! + inputs[1]!];

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            Tensor?[] grads = [gradOutputs[0] * 2, gradOutputs[0] * 3];
            Places = [.. grads.Select(g => Runtime.StableApi.DataPointer(g!))];
            return grads;
        }
    }

    [Fact]
    public void A_weights_first_gradient_is_taken_and_not_copied()
    {
        using var scope = NewDisposeScope();
        Tensor a = randn(4, 5).requires_grad_(), b = randn(4, 5).requires_grad_();
        for (int pass = 1; pass <= 2; pass++)
        {
            var function = new Tells();
            function.Apply(a, b)[0].sum().Backward();
            if (pass == 1)
                Assert.Equal(function.Places, (nint[])[Runtime.StableApi.DataPointer(a.grad!), Runtime.StableApi.DataPointer(b.grad!)]);
            Assert.Equal((2f * pass, 3f * pass), (a.grad!.min().item<float>(), b.grad!.max().item<float>()));
        }
    }

    private sealed class ForgetsAGradient : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs) => [inputs[0]! * inputs[1]!];

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved) => [gradOutputs[0]];
    }

    /// <summary>Computes a function without keeping its intermediates, and again in the backward pass, which so re-enters the engine.</summary>
    private sealed class Recomputed(Func<Tensor, Tensor> function) : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Save(inputs[0]);
            return [function(inputs[0]!)];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            using var _ = enable_grad();
            var x = saved[0].detach().requires_grad_();
            return [Differentiation.Gradients([function(x)], [x], [gradOutputs[0]])[0]];
        }
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        using var scope = NewDisposeScope();
        Tensor a = Numeric.Of(Numeric.Values(3, 1), 3), b = Numeric.Of(Numeric.Values(3, 2), 3), c = Numeric.Of(Numeric.Values(3, 3), 3);
        Numeric.CheckGradients(t => cat(new Mixed().Apply(t[0], t[1], t[2])), a, b, c);
        Numeric.CheckGradients(t => cat(new Mixed().Apply(t[0], t[1], null)), a, b);
        Numeric.CheckGradients(t => new Mixed().Apply(t[0], t[1], null)[0], a, b);
        Numeric.CheckGradients(t => new SavesResult().Apply(t[0])[0], a);
        Numeric.CheckGradients(t => new Recomputed(x => x.sin() * x).Apply(t[0])[0], a);
    }

    [Fact]
    public void Second_derivatives_are_recorded_when_asked_for()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3.0).requires_grad_();
        var y = new Mixed().Apply(x, tensor(1.0), null)[0];
        var first = Differentiation.Gradients([y], [x], create: true)[0];
        Numeric.Close([6], first);
        Numeric.Close([2], Differentiation.Gradients([first], [x])[0]);
    }

    [Fact]
    public void Exceptions_come_out_as_they_are()
    {
        using var scope = NewDisposeScope();
        var x = tensor(1f).requires_grad_();
        Assert.Equal("forward failed", Assert.Throws<TimeoutException>(() => new Fails(forward: true).Apply(x)).Message);
        var y = new Fails(forward: false).Apply(x)[0];
        var error = Assert.Throws<TimeoutException>(() => (y * 2).Backward());
        Assert.Equal("backward failed", error.Message);
        Assert.Contains(nameof(Fails), error.StackTrace);
        var product = new ForgetsAGradient().Apply(x, tensor(2f))[0];
        Assert.Contains("1 gradients for 2 inputs", Assert.Throws<InvalidOperationException>(() => product.Backward()).Message);
        // The engine is fit for use afterwards.
        x.square().Backward();
        Numeric.Close([2], x.grad!);
    }

    [Fact]
    public void Without_anything_to_differentiate_there_is_no_graph()
    {
        using var scope = NewDisposeScope();
        var function = new Mixed();
        Assert.False(function.Apply(tensor(1f), tensor(2f), null)[0].requires_grad);
        Assert.Throws<InvalidOperationException>(() => function.Apply(tensor(1f), tensor(2f), null));
        using (no_grad())
            Assert.False(new Mixed().Apply(tensor(1f).requires_grad_(), tensor(2f), null)[0].requires_grad);
    }

    [Fact]
    public void The_function_goes_when_the_graph_does()
    {
        var function = Use();
        GC.Collect();
        Assert.False(function.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Use()
        {
            using var scope = NewDisposeScope();
            var function = new Mixed();
            function.Apply(tensor(1f).requires_grad_(), tensor(2f), null)[0].Backward();
            return new WeakReference(function);
        }
    }
}
