namespace AniSora.Training.Models;

/// <summary>Cuts the latent into patches and brings patches and words to the transformer's width.</summary>
internal sealed class PatchEmbed : Module<Tensor, Tensor, (Tensor Video, Tensor Text)>
{
    private readonly Conv2d proj;
    private readonly Linear text_proj;
    private readonly Parameter? pos_embedding;
    private readonly DitConfig _config;

    public PatchEmbed(DitConfig config)
        : base(nameof(PatchEmbed))
    {
        _config = config;
        proj = Conv2d(config.InChannels, config.InnerDim, config.PatchSize, stride: config.PatchSize, bias: config.PatchBias);
        text_proj = Linear(config.TextEmbedDim, config.InnerDim);
        if (config.UseLearnedPositionalEmbeddings)
        {
            var (t, h, w) = LearnedGrid(config);
            var video = PositionalEmbedding.Sinusoidal(config.InnerDim, t, h, w, config.SpatialInterpolationScale, config.TemporalInterpolationScale);
            pos_embedding = new Parameter(cat([zeros(config.MaxTextSeqLength, config.InnerDim), video], 0).unsqueeze(0));
        }
        RegisterComponents();
    }

    /// <summary>Latent [B, C, T', H, W] and text [B, L, E] to tokens [B, T'·h·w, D] and [B, L, D].</summary>
    public override (Tensor Video, Tensor Text) forward(Tensor latent, Tensor text)
    {
        var p = _config.PatchSize;
        var (b, c, t, h, w) = (latent.shape[0], latent.shape[1], latent.shape[2], latent.shape[3] / p, latent.shape[4] / p);

        // A convolution whose stride is its kernel is a linear map of each patch, and as one matrix product it keeps all cores busy.
        var patches = latent.reshape(b, c, t, h, p, w, p).permute(0, 2, 3, 5, 1, 4, 6).reshape(b, t * h * w, c * p * p);
        var video = F.linear(patches, proj.weight.flatten(1), proj.bias);
        var caption = text_proj.call(text);

        if (pos_embedding is not null)
        {
            var (l, grid) = (text.shape[1], LearnedGrid(_config));
            if (h != grid.H || w != grid.W || t > grid.T || l != _config.MaxTextSeqLength)
                throw new InputException($"latent of {t}×{h * p}×{w * p} with {l} words: this model's learned positions are for {_config.SampleHeight}×{_config.SampleWidth}, at most {grid.T} steps, and {_config.MaxTextSeqLength} words");
            caption = caption + pos_embedding.narrow(1, 0, l);
            video = video + pos_embedding.narrow(1, l, t * h * w);
        }
        else if (!_config.UseRotaryPositionalEmbeddings)
            video = video + PositionalEmbedding.Sinusoidal(_config.InnerDim, t, h, w, _config.SpatialInterpolationScale, _config.TemporalInterpolationScale).to(video.dtype, video.device);
        return (video, caption);
    }

    /// <summary>Latent steps, rows and columns of tokens that learned positions are for.</summary>
    internal static (long T, long H, long W) LearnedGrid(DitConfig c) =>
        (((c.SampleFrames - 1) / c.TemporalCompressionRatio) + 1, c.SampleHeight / c.PatchSize, c.SampleWidth / c.PatchSize);
}

/// <summary>Two layers over the sinusoids of the diffusion time: [B, D] → [B, E].</summary>
internal sealed class TimeEmbedding : Module<Tensor, Tensor>
{
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    public TimeEmbedding(DitConfig config)
        : base(nameof(TimeEmbedding))
    {
        linear_1 = Linear(config.InnerDim, config.TimeEmbedDim);
        linear_2 = Linear(config.TimeEmbedDim, config.TimeEmbedDim);
        RegisterComponents();
    }

    public override Tensor forward(Tensor sinusoid) => linear_2.call(linear_1.call(sinusoid).silu());
}

/// <summary>The last norm, shifted and scaled by the diffusion time. Its linear layer starts at zero.</summary>
internal sealed class AdaptiveNorm : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear linear;
    private readonly LayerNorm norm;

    public AdaptiveNorm(DitConfig config)
        : base(nameof(AdaptiveNorm))
    {
        linear = Linear(config.TimeEmbedDim, 2 * config.InnerDim);
        norm = LayerNorm(config.InnerDim, eps: config.NormEps, elementwise_affine: config.NormElementwiseAffine);
        init.zeros_(linear.weight);
        init.zeros_(linear.bias!);
        RegisterComponents();
    }

    /// <summary>Tokens [B, N, D] with silu(time embedding) [B, E].</summary>
    public override Tensor forward(Tensor x, Tensor time)
    {
        var m = linear.call(time).unsqueeze(1).chunk(2, 2); // shift, scale
        return addcmul(m[0], norm.call(x), m[1] + 1, 1);
    }
}
