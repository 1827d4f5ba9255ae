using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules;

/// <summary>A tensor that is trained: as a module's field it is registered, saved and given to optimisers.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>Makes a parameter of a tensor.</summary>
    /// <param name="data">The values. The parameter takes the tensor over, so <paramref name="data"/> is disposed by this; a result
    /// of recorded operations is cut off from its history.</param>
    /// <param name="requires_grad">Whether gradients are computed for it.</param>
    public Parameter(Tensor data, bool requires_grad = true) : base(Leaf(data)) => this.requires_grad = requires_grad;

    private static Tensor Leaf(Tensor data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.is_leaf)
            return data;
        using (data)
            return data.detach();
    }
}
