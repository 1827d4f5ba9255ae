namespace AniSora.Torch.Tests;

public class TorchOpTests
{
    [Fact]
    public void Any_operator_can_be_called_by_name()
    {
        using var scope = NewDisposeScope();
        var x = tensor([-1f, 2]);
        Numeric.Close([-.1, 2], TorchOp.Find("leaky_relu").Call(x, 0.1));
        Numeric.Close([-.1, 2], TorchOp.Find("aten::leaky_relu").Call(x, 0.1));
        Assert.Same(TorchOp.Find("add", "Tensor"), TorchOp.Find("aten::add", "Tensor"));
        Assert.Equal([-1, 2], TorchOp.Find("aminmax").CallMany(x).Select(t => t.item<float>()));
        Assert.True(TorchOp.Find("is_floating_point").CallScalar(x).ToBoolean());
        Assert.Equal("add.Tensor", TorchOp.Find("add", "Tensor").FullName);
        Assert.StartsWith("aten::add.Tensor(Tensor self", TorchOp.Find("add", "Tensor").Schema);
        Tensor[] list = [zeros(1), zeros(2)];
        TorchOp.Find("_foreach_add_", "Scalar").Run(list, 3);
        Numeric.Close([3, 3], list[1]);
        Numeric.Close([0, 1], TorchOp.Find("bucketize", "Tensor").Call(x, tensor([0f, 3])));
    }

    [Fact]
    public void Every_call_is_announced_before_it_is_made()
    {
        using var scope = NewDisposeScope();
        var called = new List<string>();
        var x = zeros(2, 3);
        TorchOp.Calling = called.Add;
        try
        {
            x.add(1);
            Assert.Throws<TorchException>(() => x.matmul(x));
        }
        finally
        {
            TorchOp.Calling = null;
        }
        x.exp();
        Assert.Equal(["add.Scalar", "matmul"], called);
    }

    [Fact]
    public void Long_lists_of_arguments_arrive_whole()
    {
        using var scope = NewDisposeScope();
        var many = Enumerable.Range(0, 500).Select(i => full(1, (float)i)).ToArray();
        Numeric.Close(Enumerable.Range(0, 500).Select(i => (double)i), cat(many));
        Assert.Equal(500, zeros(500).split([.. Enumerable.Repeat(1L, 500)]).Length);
    }

    [Fact]
    public void Errors_name_operator_arguments_and_reason_in_one_line()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<TorchException>(() => zeros(2, 3).matmul(zeros([4, 5], float64)));
        Assert.Equal("matmul(float32[2, 3], float64[4, 5]): mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", error.Message);
        Assert.Equal(("matmul", "float32[2, 3], float64[4, 5]"), (error.Operator, error.Arguments));

        error = Assert.Throws<TorchException>(() => zeros(2, 3).reshape(4, -1));
        Assert.StartsWith("reshape(float32[2, 3], [4, -1]): shape '[4, -1]' is invalid for input of size 6", error.Message);
        error = Assert.Throws<TorchException>(() => cat([zeros(2, 3), zeros(2, 4)], 0));
        Assert.StartsWith("cat([float32[2, 3], float32[2, 4]], 0): Sizes of tensors must match", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains("nope", Assert.Throws<TorchException>(() => TorchOp.Find("nope")).Message);
        Assert.Contains("'other' is required", Assert.Throws<TorchException>(() => TorchOp.Find("add", "Tensor").Call(zeros(1))).Message);
        Assert.Contains("takes 1 arguments, got 2", Assert.Throws<TorchException>(() => TorchOp.Find("relu").Call(zeros(1), 2)).Message);
        Assert.Throws<TorchException>(() => TorchOp.Find("relu").Call(3));
        Assert.Contains("returns 2 values, not 1", Assert.Throws<TorchException>(() => TorchOp.Find("aminmax").Call(zeros(3))).Message);
        Assert.Contains("does not return one tensor", Assert.Throws<TorchException>(() => TorchOp.Find("is_floating_point").Call(zeros(3))).Message);
        Assert.Throws<ArgumentNullException>(() => cat([zeros(1), null!]));
    }

    [Fact]
    public void What_requires_a_gradient_is_recorded_and_nothing_else()
    {
        using var scope = NewDisposeScope();
        Tensor plain = ones(2, 2), weight = ones(2, 2).requires_grad_();
        Tensor[] none = [plain + plain, plain.mm(plain), plain.exp(), cat([plain, plain]), plain.clone(), plain.clamp(0, 1)];
        Tensor[] some = [plain + weight, weight.mm(plain), weight.exp(), cat([plain, weight]), weight.clone(), weight.clamp(0, 1)];
        Assert.All(none, t => Assert.False(t.requires_grad));
        Assert.All(some, t => Assert.True(t.requires_grad));
        using (no_grad())
            Assert.False((plain + weight).requires_grad);

        var later = (plain + plain).requires_grad_();
        (later * weight).sum().backward();
        Numeric.Close([1, 1, 1, 1], later.grad!);
        Numeric.Close([2, 2, 2, 2], weight.grad!);
    }

    [Fact]
    public void Views_and_in_place_changes_of_plain_tensors_are_still_noticed()
    {
        using var scope = NewDisposeScope();
        Tensor plain = ones(2, 2), weight = ones(2, 2).requires_grad_();
        var row = plain[0];
        var product = plain * weight;
        row.add_(ones(2));
        Numeric.Close([2, 2, 1, 1], plain);
        Assert.Contains("modified by an inplace operation", Assert.Throws<TorchException>(() => product.sum().backward()).Message);
        plain[1].copy_(weight[1]);
        Assert.True(plain.requires_grad);
    }

    [Fact]
    public void Small_tensors_of_one_thread_may_end_on_another()
    {
        var made = Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4)
            .Select(t => Enumerable.Range(0, 500).Select(i => full([1 + i % 300], (float)(1000 * t + i))).ToArray()).ToArray();
        for (var round = 0; round < 3; round++)
        {
            // Every block is given back here and handed out again: nothing may lie where another tensor does.
            for (var i = 0; i < 500; i += 2)
                foreach (var tensors in made)
                {
                    tensors[i].Dispose();
                    tensors[i] = full([1 + (i + 7) % 300], -1f);
                }
            for (var t = 0; t < made.Length; t++)
                for (var i = 1; i < 500; i += 2)
                    Assert.Equal(Enumerable.Repeat((float)(1000 * t + i), 1 + i % 300), made[t][i].data<float>().ToArray());
        }
        foreach (var tensor in made.SelectMany(tensors => tensors))
            tensor.Dispose();
    }

    [Fact]
    public void An_observer_sees_every_call_of_its_thread_until_it_ends()
    {
        using var scope = NewDisposeScope();
        var seen = new List<string>();
        using (TorchOp.Observe((op, arguments, results) =>
        {
            _ = results.Length == 0 ? null : results[0].abs();
            seen.Add($"{op.FullName}/{arguments.Length}/{results.Length}");
        }))
        {
            var x = ones(2) + 1;
            x.add_(x);
            x.chunk(2);
            x[0].item<float>();
            var other = new Thread(() => zeros(1).Dispose());
            other.Start();
            other.Join();
        }
        zeros(1);
        Assert.Equal(["ones/4/1", "add.Scalar/2/1", "add_.Tensor/2/1", "chunk/3/2", "select.int/3/1", "item/1/0"], seen);
    }

    [Fact]
    public void Threads_work_side_by_side()
    {
        var failures = 0;
        var threads = Enumerable.Range(0, 4).Select(t => new Thread(() =>
        {
            try
            {
                for (var i = 0; i < 40; i++)
                {
                    using var scope = NewDisposeScope();
                    var w = full([8, 8], (double)t, float32).requires_grad_();
                    w.matmul(ones(8, 8)).square().sum().backward();
                    Numeric.Close(Enumerable.Repeat(2.0 * 64 * t, 64), w.grad!);
                    Assert.Throws<TorchException>(() => w.reshape(5));
                }
            }
            catch (Exception)
            {
                Interlocked.Increment(ref failures);
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.Equal(0, failures);
    }
}
