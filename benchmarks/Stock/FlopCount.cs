namespace AniSora.Benchmarks.Stock;

/// <summary>Counts the multiplications and additions of matrix products and convolutions in a stock model's forward passes.</summary>
internal sealed class FlopCount
{
    /// <summary>Listens to every layer of some models.</summary>
    public FlopCount(IEnumerable<nn.Module> models)
    {
        foreach (var layer in models.SelectMany(m => m.modules()))
        {
            switch (layer)
            {
                case Linear linear: linear.register_forward_hook((_, _, y) => Add(y, y.numel(), linear.weight)); break;
                case Conv2d conv: conv.register_forward_hook((_, _, y) => Add(y, y.numel(), conv.weight)); break;
                case Conv3d conv: conv.register_forward_hook((_, _, y) => Add(y, y.numel(), conv.weight)); break;
                // Scores [B, S, S] and what they mix, for all heads together D numbers each.
                case StockAttention attention: attention.register_forward_hook((_, x, _, _, y) => Add(y, 4.0 * x.numel() * x.shape[1])); break;
            }
        }
    }

    /// <summary>So far.</summary>
    public double Flops { get; private set; }

    private Tensor Add(Tensor y, long outputs, Tensor weight) => Add(y, 2.0 * outputs * weight.numel() / weight.shape[0]);

    private Tensor Add(Tensor y, double flops)
    {
        Flops += flops;
        return y;
    }
}
