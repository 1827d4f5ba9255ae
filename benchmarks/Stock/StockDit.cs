using AniSora.Models;

namespace AniSora.Benchmarks.Stock;

/// <summary>The diffusion transformer as one writes it in TorchSharp: its own layers, in the order of the published code, with the published weight names.</summary>
internal sealed class StockDit : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly StockPatchEmbed patch_embed;
    private readonly StockTimeEmbedding time_embedding;
    private readonly ModuleList<StockBlock> transformer_blocks = new();
    private readonly LayerNorm norm_final;
    private readonly StockFinalNorm norm_out;
    private readonly Linear proj_out;
    private readonly DitConfig _config;
    private (Tensor Cos, Tensor Sin)? _tables;

    public StockDit(DitConfig config)
        : base(nameof(StockDit))
    {
        _config = config;
        patch_embed = new StockPatchEmbed(config);
        time_embedding = new StockTimeEmbedding(config);
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new StockBlock(config));
        norm_final = LayerNorm(config.InnerDim, eps: config.NormEps);
        norm_out = new StockFinalNorm(config);
        proj_out = Linear(config.InnerDim, config.PatchSize * config.PatchSize * config.OutChannels);
        RegisterComponents();
    }

    /// <summary>Latent [B, C, T', h, w], caption [B, L, E] and time [B] to the velocity [B, C', T', h, w].</summary>
    public override Tensor forward(Tensor latent, Tensor text, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var p = _config.PatchSize;
        var (b, t, h, w) = (latent.shape[0], latent.shape[2], latent.shape[3] / p, latent.shape[4] / p);
        var (video, caption) = patch_embed.call(latent, text);
        var half = _config.InnerDim / 2;
        var angle = timestep.to(float32).unsqueeze(1) * exp(arange(half, dtype: float32) * (-Math.Log(10000) / half));
        var time = time_embedding.call(cat([angle.cos(), angle.sin()], 1).to(video.dtype));
        var (cos, sin) = _tables ??= Tables(_config.AttentionHeadDim, t, h, w, caption.shape[1], video.dtype);
        foreach (var block in transformer_blocks)
            (video, caption) = block.call(video, caption, time, cos, sin);
        var output = proj_out.call(norm_out.call(norm_final.call(video), time));
        return output.view(b, t, h, w, _config.OutChannels, p, p).permute(0, 4, 1, 2, 5, 3, 6)
            .reshape(b, _config.OutChannels, t, h * p, w * p).MoveToOuterDisposeScope();
    }

    /// <summary>Cosines and sines [L + T'·h·w, head]; the caption does not turn.</summary>
    private static (Tensor Cos, Tensor Sin) Tables(int head, long t, long h, long w, long text, ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor Axis(long n, int size) =>
            (arange(n, dtype: float64).unsqueeze(1) * exp(arange(0, size, 2, dtype: float64) * (-Math.Log(10000) / size))).repeat_interleave(2, 1);
        var (time, row, column) = (Axis(t, head / 4), Axis(h, head / 8 * 3), Axis(w, head / 8 * 3));
        var angle = cat([
            time.view(t, 1, 1, -1).expand(t, h, w, -1), row.view(1, h, 1, -1).expand(t, h, w, -1), column.view(1, 1, w, -1).expand(t, h, w, -1)], -1).reshape(-1, head);
        angle = cat([zeros(text, head, dtype: float64), angle]);
        return (angle.cos().to(type).DetachFromDisposeScope(), angle.sin().to(type).DetachFromDisposeScope());
    }
}

/// <summary>Patches by a strided convolution, words by a linear layer: [B, C, T', H, W] and [B, L, E] → [B, T'·h·w, D] and [B, L, D].</summary>
internal sealed class StockPatchEmbed : Module<Tensor, Tensor, (Tensor Video, Tensor Text)>
{
    private readonly Conv2d proj;
    private readonly Linear text_proj;

    public StockPatchEmbed(DitConfig config)
        : base(nameof(StockPatchEmbed))
    {
        proj = Conv2d(config.InChannels, config.InnerDim, config.PatchSize, stride: config.PatchSize);
        text_proj = Linear(config.TextEmbedDim, config.InnerDim);
        RegisterComponents();
    }

    public override (Tensor Video, Tensor Text) forward(Tensor latent, Tensor text)
    {
        var (b, c, t, h, w) = (latent.shape[0], latent.shape[1], latent.shape[2], latent.shape[3], latent.shape[4]);
        var patches = proj.call(latent.transpose(1, 2).reshape(b * t, c, h, w)).flatten(2).transpose(1, 2);
        return (patches.reshape(b, -1, patches.shape[2]), text_proj.call(text));
    }
}

/// <summary>Sinusoids [B, D] → [B, E].</summary>
internal sealed class StockTimeEmbedding : Module<Tensor, Tensor>
{
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    public StockTimeEmbedding(DitConfig config)
        : base(nameof(StockTimeEmbedding))
    {
        linear_1 = Linear(config.InnerDim, config.TimeEmbedDim);
        linear_2 = Linear(config.TimeEmbedDim, config.TimeEmbedDim);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => linear_2.call(F.silu(linear_1.call(x)));
}

/// <summary>The last norm: [B, N, D] with time [B, E].</summary>
internal sealed class StockFinalNorm : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear linear;
    private readonly LayerNorm norm;

    public StockFinalNorm(DitConfig config)
        : base(nameof(StockFinalNorm))
    {
        linear = Linear(config.TimeEmbedDim, 2 * config.InnerDim);
        norm = LayerNorm(config.InnerDim, eps: config.NormEps);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor time)
    {
        var m = linear.call(F.silu(time)).unsqueeze(1).chunk(2, 2);
        return norm.call(x) * (1 + m[1]) + m[0];
    }
}
