namespace AniSora.Torch.Tests;

public class AutogradTests
{
    [Fact]
    public void Gradients_add_up_until_cleared()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2]).requires_grad_();
        Assert.Null(x.grad);
        x.square().sum().backward();
        x.square().sum().backward();
        Numeric.Close([4, 8], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
        x.square().backward([tensor([1f, 10])]);
        Numeric.Close([2, 40], x.grad!);
    }

    [Fact]
    public void Second_derivatives_and_gradients_of_intermediate_results()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0).requires_grad_();
        var cube = x.pow(3);
        var first = autograd.grad([cube], [x], create_graph: true)[0];
        Numeric.Close([12], first);
        Numeric.Close([12], autograd.grad([first], [x])[0]);

        var middle = x * 3;
        middle.retain_grad();
        middle.square().backward();
        Numeric.Close([12], middle.grad!);
        Numeric.Close([36], x.grad!);
    }

    [Fact]
    public void Only_named_inputs_and_unused_ones()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor(2f).requires_grad_(), b = tensor(3f).requires_grad_(), unused = tensor(1f).requires_grad_();
        (a * b).backward(null, inputs: [a]);
        Numeric.Close([3], a.grad!);
        Assert.Null(b.grad);
        Assert.Null(autograd.grad([a * b], [a, unused], allow_unused: true)[1]);
        Assert.Throws<TorchException>(() => autograd.grad([a * b], [unused]));
        Assert.Throws<ArgumentException>(() => autograd.backward([a * b], [tensor(1f), tensor(1f)]));
    }

    [Fact]
    public void Modes_nest_and_end()
    {
        using var scope = NewDisposeScope();
        var x = tensor(1f).requires_grad_();
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            Assert.False((x * 2).requires_grad);
            x.add_(1);
        }
        Assert.True(is_grad_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
        Assert.StartsWith("MulBackward", (x * 2).grad_fn);
        Assert.Null(x.grad_fn);
        Assert.True(x.is_leaf);
        Assert.False((x * 2).is_leaf);
        Assert.False((x * 2).detach().requires_grad);
    }

    [Fact]
    public void Data_can_be_replaced_under_a_tensor()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2).requires_grad_();
        var handle = x.Handle;
        x.set_data(ones(3, float64));
        Assert.Equal(handle, x.Handle);
        Assert.Equal((float64, 3L), (x.dtype, x.numel()));
        Assert.True(x.requires_grad);
    }

    [Fact]
    public void Errors_say_what_happened()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2]).requires_grad_();
        Assert.Contains("scalar outputs", Assert.Throws<TorchException>(() => (x * 2).backward()).Message);
        Assert.Contains("leaf Variable", Assert.Throws<TorchException>(() => x.add_(1)).Message);
        var y = x.square().sum();
        y.backward();
        Assert.Contains("second time", Assert.Throws<TorchException>(() => y.backward()).Message);
        var z = x * 1;
        var loss = (z * z).sum();
        z.mul_(2);
        Assert.Contains("modified by an inplace operation", Assert.Throws<TorchException>(() => loss.backward()).Message);
        Assert.Contains("floating point", Assert.Throws<TorchException>(() => zeros(1, int64).requires_grad_()).Message);
    }
}
