namespace AniSora.Models.Fast;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): a block's intermediate results are not kept for the backward pass but
/// computed again there. Memory then grows with the number of blocks instead of the number of operations, for one more forward pass.
/// The gradients are the same bit for bit.
/// </summary>
public static class ActivationCheckpointing
{
    [ThreadStatic] private static bool _on;

    /// <summary>Until the result is disposed, blocks that are run through <c>Block</c> on this thread are recomputed.</summary>
    /// <param name="on">False leaves everything as it is.</param>
    public static IDisposable Blocks(bool on = true) => new Scope(on);

    /// <summary>Runs a block, to be recomputed if that is on and something is recorded.</summary>
    /// <param name="module">Owns all parameters that the block uses.</param>
    /// <param name="body">The block: from tensors to tensors, the same every time. Random numbers of
    /// the CPU are drawn again as they were; TorchSharp has no access to the state of a GPU's.</param>
    /// <param name="inputs">Everything differentiable that goes in, other than the parameters.</param>
    /// <returns>What the body gave.</returns>
    public static Tensor[] Block(nn.Module module, Func<Tensor[], Tensor[]> body, params Tensor[] inputs)
    {
        if (!is_grad_enabled())
            return body(inputs);
        inputs = [BlockEntry.Enter(module, inputs[0]), .. inputs[1..]];
        // Gradients of an input that the block uses more than once are added up inside the block first, as a recomputed block does; in
        // another order the sum would differ in its last bit.
        if (!_on)
            return body([.. inputs.Select(t => t.view_as(t))]);
        var parameters = module.parameters().Where(p => p.requires_grad).ToArray();
        return new Function(body, inputs.Length).Apply([.. inputs, .. parameters]);
    }

    /// <summary>Runs a block with one result.</summary>
    /// <inheritdoc cref="Block(nn.Module, Func{Tensor[], Tensor[]}, Tensor[])"/>
    public static Tensor Block(nn.Module module, Func<Tensor[], Tensor> body, params Tensor[] inputs) =>
        Block(module, x => [body(x)], inputs)[0];

    /// <summary>
    /// The parameters are inputs too, so that their gradients reach them through the outer pass: whoever waits for them there, such as
    /// a reducer of gradients, hears of each once.
    /// </summary>
    private sealed class Function(Func<Tensor[], Tensor[]> body, int inputs) : TorchFunction
    {
        private readonly Precision _precision = Precision.Current;
        private Tensor? _random;

        protected override Tensor[] Forward(Tensor?[] all)
        {
            _random = get_rng_state().DetachFromDisposeScope();
            Save(all);
            return body([.. all.Take(inputs).Select(t => t!)]);
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            using var recording = enable_grad();
            using var precision = Precision.Use(_precision);
            var now = get_rng_state();
            set_rng_state(_random!);
            var again = saved.Take(inputs).Select((t, i) => t.detach().requires_grad_(NeedsGrad(i))).ToArray();
            var outputs = body(again);
            set_rng_state(now);

            int[] wanted = [.. Enumerable.Range(0, saved.Length).Where(NeedsGrad)];
            Tensor[] sources = [.. wanted.Select(i => i < inputs ? again[i] : saved[i])];
            int[] recorded = [.. Enumerable.Range(0, outputs.Length).Where(i => outputs[i].requires_grad)];
            var grads = Differentiation.Gradients([.. recorded.Select(i => outputs[i])], sources, [.. recorded.Select(i => gradOutputs[i])], allowUnused: true);
            var results = new Tensor?[saved.Length];
            for (int i = 0; i < wanted.Length; i++)
                results[wanted[i]] = grads[i];
            return results;
        }
    }

    private sealed class Scope : IDisposable
    {
        private readonly bool _outer = _on;

        public Scope(bool on) => _on |= on;

        public void Dispose() => _on = _outer;
    }
}
