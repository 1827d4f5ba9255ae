using AniSora.Models.Layers;

namespace AniSora.Models;

/// <summary>
/// CogVideoX's 3D causal variational autoencoder (arXiv 2408.06072, §2.1): video [B, 3, T, H, W] in [-1, 1], T = 4k + 1, to and from
/// latents [B, 16, k + 1, H/8, W/8]. Parameter names are those of the published <c>AutoencoderKLCogVideoX</c>.
/// </summary>
/// <remarks>
/// No frame depends on a later one, so a clip can be coded in chunks that hand each other the last frames of every convolution.
/// An instance is used by one thread at a time.
/// </remarks>
public sealed class CausalVae : nn.Module
{
    /// <summary>Frames per encoded chunk, as in the reference; the first chunk takes the remainder too (9 for a clip of 17).</summary>
    public const int FramesPerChunk = 8;

    /// <summary>Latent steps per decoded chunk, as in the reference; the first chunk takes the remainder too (3 for 5 steps).</summary>
    public const int LatentsPerChunk = 2;

    internal readonly Encoder encoder;
    internal readonly Decoder decoder;
    internal readonly LinearPath? linear_path;

    /// <summary>Makes a model with random weights.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <exception cref="InputException">The sizes do not fit together.</exception>
    public CausalVae(VaeConfig config)
        : base(nameof(CausalVae))
    {
        config.Validate("VAE configuration");
        Config = config;
        encoder = new Encoder(config);
        decoder = new Decoder(config);
        linear_path = config.LinearPath ? new LinearPath(config) : null;
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public VaeConfig Config { get; }

    /// <summary>Where the weights are, and clips and latents belong.</summary>
    public Device Device => parameters().First().device;

    /// <summary>Encodes a clip or, with T = 1, an image.</summary>
    /// <param name="video">[B, C, T, H, W] in [-1, 1]; T = r·k + 1 for the temporal compression r, H and W multiples of 8.</param>
    /// <param name="chunked">
    /// True codes 8 frames after 8, which bounds memory and is how published weights are used; false codes the clip whole. Null
    /// (default) chooses chunks for <see cref="VaeNorm.Group"/>, whose result depends on them, and otherwise the whole.
    /// </param>
    /// <returns>The distribution of the latent [B, Z, T', H/8, W/8], not yet multiplied by the scaling factor.</returns>
    /// <exception cref="InputException">The clip's size cannot be coded.</exception>
    public DiagonalGaussian Encode(Tensor video, bool? chunked = null)
    {
        CheckVideo(video);
        var halves = InChunks(video, chunked, FramesPerChunk, EncodeChunk).chunk(2, 1);
        return new DiagonalGaussian(halves[0], halves[1]);
    }

    /// <summary>Decodes a latent to a clip or, with T' = 1, an image.</summary>
    /// <param name="latent">[B, Z, T', h, w], already divided by the scaling factor.</param>
    /// <param name="chunked">As for <see cref="Encode"/>, with 2 latent steps after 2.</param>
    /// <returns>Video [B, C, r·(T' − 1) + 1, 8h, 8w], about in [-1, 1] (not clamped).</returns>
    /// <exception cref="InputException">The tensor is no latent of this model.</exception>
    public Tensor Decode(Tensor latent, bool? chunked = null)
    {
        if (latent.ndim != 5 || latent.shape[1] != Config.LatentChannels)
            throw new InputException($"latent has shape [{string.Join(", ", latent.shape)}]; this VAE decodes [B, {Config.LatentChannels}, T', h, w]");
        return InChunks(latent, chunked, LatentsPerChunk, DecodeChunk);
    }

    /// <summary>Encodes the next piece of a clip.</summary>
    /// <param name="chunk">[B, C, T, H, W]; T = r·k + 1 at the clip's beginning, r·k after it.</param>
    /// <param name="state">What the pieces before left behind; takes in what this one leaves, if it keeps anything.</param>
    /// <returns>Means and log-variances, [B, 2·Z, T', H/8, W/8].</returns>
    internal Tensor EncodeChunk(Tensor chunk, ChunkState state)
    {
        var m = encoder.call(FoldPatches(chunk), state);
        if (linear_path is null)
            return m;
        var z = Config.LatentChannels;
        return cat([m.narrow(1, 0, z) + linear_path.call(chunk, state.IsFirst), m.narrow(1, z, z)], 1);
    }

    /// <summary>Decodes the next piece of a clip.</summary>
    /// <param name="chunk">[B, Z, T', h, w].</param>
    /// <param name="state">As for <see cref="EncodeChunk"/>.</param>
    /// <returns>Video [B, C, T, 8h, 8w].</returns>
    internal Tensor DecodeChunk(Tensor chunk, ChunkState state)
    {
        var video = UnfoldPatches(decoder.call(chunk, state));
        return linear_path is null ? video : video + linear_path.Decode(chunk, state.IsFirst);
    }

    /// <summary>
    /// Makes the linear path the principal-component code of some clips. With the convolutions' last layers at zero, as they are in a
    /// new model, the model then is exactly that code.
    /// </summary>
    /// <param name="clips">[N, C, T, H, W] in [-1, 1], T ≥ r + 1; some hundred clips of moving pictures do.</param>
    /// <param name="whitening">
    /// 0 keeps the proportions of the components' variances, 1 makes all latent channels equally strong. The mean variance of a latent
    /// number is about 1 at any setting.
    /// </param>
    /// <exception cref="InvalidOperationException">The configuration has no linear path.</exception>
    /// <exception cref="InputException">The clips are too few or of an impossible size.</exception>
    public void InitializeLinearPath(Tensor clips, double whitening = 0.5)
    {
        if (linear_path is null)
            throw new InvalidOperationException("this VAE has no linear path: set LinearPath in its configuration");
        CheckVideo(clips);
        if (clips.shape[2] <= Config.TemporalCompressionRatio)
            throw new InputException($"clips of {clips.shape[2]} frames are too short for principal components: give at least {Config.TemporalCompressionRatio + 1}");
        linear_path.Initialize(clips, whitening);
    }

    /// <summary>Codes [B, C, T, H, W] chunk after chunk along T, or in one piece.</summary>
    private Tensor InChunks(Tensor whole, bool? chunked, long size, Func<Tensor, ChunkState, Tensor> code)
    {
        var length = whole.shape[2];
        var count = chunked ?? Config.Norm == VaeNorm.Group ? Math.Max(length / size, 1) : 1;
        using var state = new ChunkState(keep: count > 1);
        if (count == 1)
            return code(whole, state);

        var done = new List<Tensor>();
        var end = 0L;
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            var start = end;
            end = length - (size * (count - 1 - i));
            done.Add(code(whole.narrow(2, start, end - start), state).MoveToOuterDisposeScope());
            state.Advance();
        }
        return cat(done, 2);
    }

    /// <summary>[B, C, T, H, W] → [B, C·p·p, T, H/p, W/p]: pixels of a square become channels.</summary>
    private Tensor FoldPatches(Tensor video)
    {
        var p = Config.PatchSize;
        if (p == 1)
            return video;
        var (b, c, t, h, w) = (video.shape[0], video.shape[1], video.shape[2], video.shape[3] / p, video.shape[4] / p);
        return video.reshape(b, c, t, h, p, w, p).permute(0, 1, 4, 6, 2, 3, 5).reshape(b, c * p * p, t, h, w);
    }

    /// <summary>The inverse of <see cref="FoldPatches"/>.</summary>
    private Tensor UnfoldPatches(Tensor folded)
    {
        var p = Config.PatchSize;
        if (p == 1)
            return folded;
        var (b, c, t, h, w) = (folded.shape[0], folded.shape[1] / (p * p), folded.shape[2], folded.shape[3], folded.shape[4]);
        return folded.reshape(b, c, p, p, t, h, w).permute(0, 1, 4, 5, 2, 6, 3).reshape(b, c, t, h * p, w * p);
    }

    private void CheckVideo(Tensor video)
    {
        var (size, r) = (VaeConfig.SpatialCompression, Config.TemporalCompressionRatio);
        if (video.ndim != 5 || video.shape[1] != Config.InChannels)
            throw new InputException($"video has shape [{string.Join(", ", video.shape)}]; this VAE encodes [B, {Config.InChannels}, T, H, W]");
        if ((video.shape[2] - 1) % r != 0)
            throw new InputException($"a clip of {video.shape[2]} frames cannot be encoded: use {r}k + 1 frames (1, {r + 1}, {(2 * r) + 1}, …)");
        if (video.shape[3] % size != 0 || video.shape[4] % size != 0 || video.shape[3] == 0 || video.shape[4] == 0)
            throw new InputException($"a picture of {video.shape[4]}×{video.shape[3]} pixels cannot be encoded: width and height must be multiples of {size}");
    }
}

/// <summary>One level of the encoder: residual blocks, then the halving if there is a coarser level.</summary>
internal sealed class DownBlock : Module<Tensor, ChunkState, Tensor>
{
    internal readonly ModuleList<EncoderBlock> resnets = new();
    internal readonly ModuleList<Downsampler>? downsamplers;

    public DownBlock(long inChannels, long outChannels, int level, VaeConfig config)
        : base(nameof(DownBlock))
    {
        for (var i = 0; i < config.LayersPerBlock; i++)
            resnets.Add(new EncoderBlock(i == 0 ? inChannels : outChannels, outChannels, config));
        if (level < config.BlockOutChannels.Length - 1)
            downsamplers = new(new Downsampler(outChannels, space: level < config.SpatialHalvings, time: level < config.TemporalHalvings));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        foreach (var resnet in resnets)
            x = scope.DisposeEverythingBut(resnet.call(x, state));
        return (downsamplers is null ? x : downsamplers[0].call(x, state)).MoveToOuterDisposeScope();
    }
}

/// <summary>The encoder's coarsest blocks.</summary>
internal sealed class EncoderMidBlock : Module<Tensor, ChunkState, Tensor>
{
    internal readonly ModuleList<EncoderBlock> resnets;

    public EncoderMidBlock(long channels, VaeConfig config)
        : base(nameof(EncoderMidBlock))
    {
        resnets = new(new EncoderBlock(channels, channels, config), new EncoderBlock(channels, channels, config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state) => resnets[1].call(resnets[0].call(x, state), state);
}

/// <summary>Video, folded by the patch size, to the latent's distribution: [B, C·p², T, H/p, W/p] → [B, 2·Z, T', h, w].</summary>
internal sealed class Encoder : Module<Tensor, ChunkState, Tensor>
{
    internal readonly CausalConv3d conv_in;
    internal readonly ModuleList<DownBlock> down_blocks = new();
    internal readonly EncoderMidBlock mid_block;
    internal readonly NormSilu norm_out;
    internal readonly CausalConv3d conv_out;

    public Encoder(VaeConfig config)
        : base(nameof(Encoder))
    {
        var widths = config.BlockOutChannels;
        conv_in = new CausalConv3d(config.InChannels * config.PatchSize * config.PatchSize, widths[0], 3);
        for (var level = 0; level < widths.Length; level++)
            down_blocks.Add(new DownBlock(widths[Math.Max(level - 1, 0)], widths[level], level, config));
        mid_block = new EncoderMidBlock(widths[^1], config);
        norm_out = new NormSilu(widths[^1], config, 1e-6);
        conv_out = new CausalConv3d(widths[^1], 2 * config.LatentChannels, 3);
        if (config.LinearPath)
        {
            // The linear path alone makes the first code: no mean from here, and a small variance.
            init.zeros_(conv_out.Weight);
            init.zeros_(conv_out.Bias);
            using (no_grad())
                conv_out.Bias.narrow(0, config.LatentChannels, config.LatentChannels).fill_(config.InitialLogVariance);
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = conv_in.call(x, state);
        foreach (var block in down_blocks)
            h = scope.DisposeEverythingBut(block.call(h, state));
        h = mid_block.call(h, state);
        return conv_out.call(norm_out.call(h), state).MoveToOuterDisposeScope();
    }
}

/// <summary>One level of the decoder: one residual block more than the encoder has, then the doubling if there is a finer level.</summary>
internal sealed class UpBlock : Module<Tensor, Tensor, ChunkState, Tensor>
{
    internal readonly ModuleList<DecoderBlock> resnets = new();
    internal readonly ModuleList<Upsampler>? upsamplers;

    public UpBlock(long inChannels, long outChannels, int index, VaeConfig config)
        : base(nameof(UpBlock))
    {
        for (var i = 0; i <= config.LayersPerBlock; i++)
            resnets.Add(new DecoderBlock(i == 0 ? inChannels : outChannels, outChannels, config));
        // Time grows back at the first levels, the picture at the last: where a model halves it less often, features stay small longest.
        var remaining = config.BlockOutChannels.Length - 1 - index;
        if (remaining > 0)
            upsamplers = new(new Upsampler(outChannels, space: remaining <= config.SpatialHalvings, time: index < config.TemporalHalvings));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor z, ChunkState state)
    {
        using var scope = NewDisposeScope();
        foreach (var resnet in resnets)
            x = scope.DisposeEverythingBut(resnet.call(x, z, state));
        return (upsamplers is null ? x : upsamplers[0].call(x, state)).MoveToOuterDisposeScope();
    }
}

/// <summary>The decoder's coarsest blocks.</summary>
internal sealed class DecoderMidBlock : Module<Tensor, Tensor, ChunkState, Tensor>
{
    internal readonly ModuleList<DecoderBlock> resnets;

    public DecoderMidBlock(long channels, VaeConfig config)
        : base(nameof(DecoderMidBlock))
    {
        resnets = new(new DecoderBlock(channels, channels, config), new DecoderBlock(channels, channels, config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor z, ChunkState state) => resnets[1].call(resnets[0].call(x, z, state), z, state);
}

/// <summary>Latent to video, folded by the patch size: [B, Z, T', h, w] → [B, C·p², T, H/p, W/p].</summary>
internal sealed class Decoder : Module<Tensor, ChunkState, Tensor>
{
    internal readonly CausalConv3d conv_in;
    internal readonly DecoderMidBlock mid_block;
    internal readonly ModuleList<UpBlock> up_blocks = new();
    internal readonly SpatialNormSilu norm_out;
    internal readonly CausalConv3d conv_out;

    public Decoder(VaeConfig config)
        : base(nameof(Decoder))
    {
        var widths = config.BlockOutChannels.Reverse().ToArray();
        conv_in = new CausalConv3d(config.LatentChannels, widths[0], 3);
        mid_block = new DecoderMidBlock(widths[0], config);
        for (var i = 0; i < widths.Length; i++)
            up_blocks.Add(new UpBlock(widths[Math.Max(i - 1, 0)], widths[i], i, config));
        norm_out = new SpatialNormSilu(widths[^1], config);
        conv_out = new CausalConv3d(widths[^1], config.OutChannels * config.PatchSize * config.PatchSize, 3);
        if (config.LinearPath)
        {
            init.zeros_(conv_out.Weight);
            init.zeros_(conv_out.Bias);
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor z, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = mid_block.call(conv_in.call(z, state), z, state);
        foreach (var block in up_blocks)
            h = scope.DisposeEverythingBut(block.call(h, z, state));
        h = scope.DisposeEverythingBut(norm_out.call(h, z, state));
        return conv_out.call(h, state).MoveToOuterDisposeScope();
    }
}
