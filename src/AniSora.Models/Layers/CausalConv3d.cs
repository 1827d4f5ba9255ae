using AniSora.Models.Fast;
namespace AniSora.Models.Layers;

/// <summary>
/// A 3D convolution that looks back in time, never ahead: [B, C, T, H, W] → [B, C', T, H, W]. Before the clip's beginning stand
/// copies of its first frame; around the picture stand zeros.
/// </summary>
internal sealed class CausalConv3d : Module<Tensor, ChunkState, Tensor>
{
    internal readonly Conv3d conv;
    internal readonly long _timePad;

    public CausalConv3d(long inChannels, long outChannels, long kernel)
        : base(nameof(CausalConv3d))
    {
        conv = Conv3d(inChannels, outChannels, kernel);
        _timePad = kernel - 1;
        RegisterComponents();
    }

    /// <summary>Weights [C', C, k, k, k], for initialisation.</summary>
    public Tensor Weight => conv.weight;

    /// <summary>Bias [C'], for initialisation.</summary>
    public Tensor Bias => conv.bias!;

    public override Tensor forward(Tensor x, ChunkState state)
    {
        if (_timePad == 0)
            return FastOps.Conv3d(x, conv.weight, conv.bias);
        if (state.Before(this) is { } before)
            x = cat([before, x], 2);
        state.Keep(this, x, _timePad);
        return FastOps.CausalConv3d(x, conv.weight, conv.bias, repeatFirst: state.IsFirst);
    }
}
