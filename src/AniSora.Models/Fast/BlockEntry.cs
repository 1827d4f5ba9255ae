namespace AniSora.Models.Fast;

/// <summary>
/// The places where a model's blocks begin: a block passes what it computes from through <see cref="Enter"/>, and whoever trains the model
/// may put a mark there. When the backward pass comes to the mark, the gradients of everything after it are whole: TorchSharp has no
/// hooks on tensors, and this is enough to send a block's gradients away while those before it are still computed.
/// </summary>
/// <remarks>
/// libtorch works off what is ready in the reverse order of the forward pass, on one thread for each device, and adds a weight's gradient
/// up as soon as it is there. So when the mark's turn comes, all that was recorded after it is done.
/// </remarks>
public static class BlockEntry
{
    [ThreadStatic] private static Func<nn.Module, Tensor, Tensor>? _observer;

    /// <summary>To be called with a block's input outside of its activation checkpoint, if it has one.</summary>
    /// <param name="block">Owns all the weights that the block uses, and nobody else uses them.</param>
    /// <param name="input">One of its inputs, which everything in the block is computed after.</param>
    /// <returns>The input, to be used in its place.</returns>
    public static Tensor Enter(nn.Module block, Tensor input) => _observer is { } observer && is_grad_enabled() ? observer(block, input) : input;

    /// <summary>Hears of the blocks that this thread enters; null = no longer.</summary>
    internal static void Observe(Func<nn.Module, Tensor, Tensor>? observer) => _observer = observer;

    /// <summary>A mark on the way of the gradients.</summary>
    /// <param name="input">Something differentiable.</param>
    /// <param name="passed">Called when the backward pass comes by, possibly on another thread. </param>
    /// <returns>The same, with the mark.</returns>
    internal static Tensor Mark(Tensor input, Action passed) => new Passage(passed).Apply(input)[0];

    private sealed class Passage(Action passed) : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs) => [inputs[0]!.alias()];

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            passed();
            return [gradOutputs[0]];
        }
    }
}
