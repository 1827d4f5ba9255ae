using AniSora.Torch.Recording;
using static AniSora.Torch.Tests.Recording.Recorded;

namespace AniSora.Torch.Tests.Recording;

/// <summary>Real networks, recorded small and run at other sizes, against the network itself with its kernels.</summary>
public sealed class RecordedNetworkTests : IDisposable
{
    private static readonly GraphAxis[] Video = [Batch, new("frames"), Height, Width];
    private static readonly long[][] VideoSizes = [[1, 5, 4, 6], [3, 1, 7, 2], [1, 1, 1, 1]];

    private readonly DisposeScope _scope = NewDisposeScope();

    public RecordedNetworkTests() => manual_seed(12);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Convolution_group_norm_and_attention()
    {
        var net = new AttentionBlock(8);
        using var graph = RunsAt([Batch, Height, Width], [Batch, 8, Height, Width], net.call, net, [1, 5, 3], [4, 1, 1], [2, 8, 9]);
        Assert.Contains(graph.Nodes, n => n.Op.FullName == "bmm" && n.Scope == "net");
        Assert.Contains(graph.Nodes, n => n.Op.Name == "group_norm" && n.Scope == "net.norm");
        Assert.Contains(graph.Nodes.SelectMany(n => n.Results), r => r!.Shape.Any(s => s.ToString() == "height·width"));
    }

    [Fact]
    public void Attention_and_head_norms_with_a_table_for_the_positions()
    {
        var (weight, bias) = (randn([16]), randn([16]));
        using var graph = RunsAt([Batch, Steps], [Batch, Steps, 48], x =>
        {
            var heads = x.view(x.shape[0], x.shape[1], 3, 16);
            // Positions from operators, so that they follow the size.
            var angle = arange(x.shape[1], dtype: float32).unsqueeze(1) * full([1, 16], 0.1f);
            var q = FastOps.HeadNorm(heads, weight, bias, 1e-6, angle.cos(), angle.sin());
            return FastOps.Attention(q, FastOps.HeadNorm(heads, weight, bias, 1e-6), heads).reshape(x.shape[0], x.shape[1], 48);
        }, null, [2, 9], [1, 1]);
        Assert.DoesNotContain(graph.Nodes, n => n.Op.Name.Contains("mkldnn", StringComparison.Ordinal));
    }

    [Fact]
    public void Modulated_norms_gates_and_feed_forward()
    {
        var (up, upBias, down, downBias) = (randn([32, 24]), randn([32]), randn([24, 32]), randn([24]));
        using var graph = RunsAt([Batch, Steps], [Batch, Steps + 5, 24], x =>
        {
            var parts = cat([x.mean([1], keepdim: true), x.narrow(1, 0, 1)], 1);
            var y = FastOps.ModulatedNorm(x, parts, parts, 5, 1e-5);
            return FastOps.AddGated(x, FastOps.FeedForward(y, up, upBias, down, downBias), parts, 5);
        }, null, [2, 7], [1, 1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Convolutions_over_video(bool repeatFirst)
    {
        var (weight, bias) = (randn([4, 3, 3, 3, 3]), randn([4]));
        using var causal = RunsAt(Video, [Batch, 3, repeatFirst ? Video[1] : Video[1] + 2, Height, Width], x => FastOps.CausalConv3d(x, weight, bias, repeatFirst), null, VideoSizes);
        Assert.Equal("frames", causal.Outputs[0].Value.Shape[2].ToString());
        using var plain = RunsAt(Video, [Batch, 3, Video[1] + 2, Height, Width], x => FastOps.Conv3d(x, weight, bias, padding: [0, 1, 1]), null, VideoSizes);
        Assert.Equal(["conv3d"], plain.Operators());
        using var strided = RunsAt(Video, [Batch, 3, Video[1] + 2, 2 * Height, 2 * Width], x => FastOps.Conv3d(x, weight, bias, strides: [1, 2, 2], padding: [0, 1, 1]), null, VideoSizes);
    }

    [Theory]
    [InlineData(1, 1, 2, 2)]
    [InlineData(2, 2, 2, 1)]
    [InlineData(1, 2, 2, 2)]
    [InlineData(1, 4, 1, 3)]
    [InlineData(3, 1, 1, 1)]
    [InlineData(5, 2, 1, 1)]
    public void Repetition_has_one_path_at_all_lengths(int first, int each, int down, int across)
    {
        var frames = new FrameRepeat(first, each);
        using var graph = RunsAt(Video, [Batch, 2, Video[1], Height, Width], x => FastOps.Repeat(x, frames, down, across), null, VideoSizes);
        Assert.All(graph.Nodes, n => Assert.DoesNotContain(n.Op.Name, (string[])["index_select", "index"]));
        Assert.Empty(graph.Constants);
    }

    [Fact]
    public void Copies_of_the_first_frame_and_the_last_frames()
    {
        using var copies = RunsAt(Video, [Batch, 2, Video[1], Height, Width], x => FastOps.RepeatFirst(x, 2), null, VideoSizes);
        using var begin = RunsAt(Video, [Batch, 2, Video[1], Height, Width], x => FastOps.Tail(x, 2, repeatFirst: true), null, VideoSizes);
        using var later = RunsAt(Video, [Batch, 2, Video[1] + 2, Height, Width], x => FastOps.Tail(x, 2, repeatFirst: false), null, VideoSizes);
        Assert.All((RecordedGraph[])[begin, later], g => Assert.Equal("2", g.Outputs[0].Value.Shape[2].ToString()));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Group_norm_with_silu(bool perFrame, bool maps)
    {
        var (scale, offset) = (randn([4]), randn([4]));
        GraphAxis steps = Video[1];
        using var graph = RunsAt(Video, [Batch, 4, steps, Height, Width], z =>
        {
            var frames = new FrameRepeat(1, 2);
            var x = FastOps.Repeat(z, frames, 2, 2) + arange(4, dtype: float32).view(-1, 1, 1, 1);
            return maps
                ? FastOps.GroupNormSilu(x, z, z * 2, 2, perFrame, 1e-6, FrameRepeat.Between(z.shape[2], x.shape[2], firstOnce: true))
                : FastOps.GroupNormSilu(x, scale, offset, 2, perFrame, 1e-6);
        }, null, VideoSizes);
    }

    [Fact]
    public void Attention_with_a_mask_and_a_causal_one()
    {
        using var causal = RunsAt([Batch, Steps], [Batch, 2, Steps, 8], x => F.scaled_dot_product_attention(x, x * 2, x + 1, is_casual: true), null, [3, 9], [1, 1]);
        using var masked = RunsAt([Batch, Steps], [Batch, 2, Steps, 8], x => F.scaled_dot_product_attention(x, x * 2, x + 1, x.mean([3]).unsqueeze(2).gt(-2)), null, [3, 9], [1, 1]);
    }

    private sealed class AttentionBlock : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv;
        private readonly GroupNorm norm;
        private readonly Linear qkv;

        public AttentionBlock(long channels) : base(nameof(AttentionBlock))
        {
            conv = nn.Conv2d(channels, channels, 3, padding: 1);
            norm = nn.GroupNorm(2, channels);
            qkv = nn.Linear(channels, 3 * channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            var h = norm.call(conv.call(x)).silu();
            var (b, c, height, width) = (h.shape[0], h.shape[1], h.shape[2], h.shape[3]);
            var parts = qkv.call(h.flatten(2).transpose(1, 2)).view(b, height * width, 2, -1).chunk(3, 3);
            return x + FastOps.Attention(parts[0], parts[1], parts[2]).reshape(b, height * width, c).transpose(1, 2).view(b, c, height, width);
        }
    }
}
