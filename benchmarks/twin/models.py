"""The models of the benchmark in plain PyTorch: what one writes without thinking about speed, in the order of the published code.

Weight names are those of the published CogVideoX checkpoints, so both programs read the same files.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn


# ---- the 3D causal VAE ------------------------------------------------------------------------------------------------


class CausalConv3d(nn.Module):
    """Sees the past only: copies of the first frame stand before the clip."""

    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.k = k
        self.conv = nn.Conv3d(c_in, c_out, k, padding=(0, k // 2, k // 2))

    def forward(self, x):
        if self.k > 1:
            x = torch.cat([x[:, :, :1]] * (self.k - 1) + [x], 2)
        return self.conv(x)


def enlarge(z, f):
    """Nearest neighbours, the clip's first step for its first frame alone."""
    if f.shape[2] > 1 and f.shape[2] % 2 == 1:
        first = F.interpolate(z[:, :, :1], size=f[:, :, :1].shape[-3:])
        rest = F.interpolate(z[:, :, 1:], size=f[:, :, 1:].shape[-3:])
        return torch.cat([first, rest], 2)
    return F.interpolate(z, size=f.shape[-3:])


class SpatialNorm(nn.Module):
    def __init__(self, c, c_latent, groups):
        super().__init__()
        self.norm_layer = nn.GroupNorm(groups, c, eps=1e-6)
        self.conv_y = CausalConv3d(c_latent, c, 1)
        self.conv_b = CausalConv3d(c_latent, c, 1)

    def forward(self, f, z):
        z = enlarge(z, f)
        return self.norm_layer(f) * self.conv_y(z) + self.conv_b(z)


class Resnet(nn.Module):
    def __init__(self, c_in, c_out, groups, c_latent=None):
        super().__init__()
        self.spatial = c_latent is not None
        norm = (lambda c: SpatialNorm(c, c_latent, groups)) if self.spatial else (lambda c: nn.GroupNorm(groups, c, eps=1e-6))
        self.norm1, self.norm2 = norm(c_in), norm(c_out)
        self.conv1, self.conv2 = CausalConv3d(c_in, c_out, 3), CausalConv3d(c_out, c_out, 3)
        self.conv_shortcut = nn.Conv3d(c_in, c_out, 1) if c_in != c_out else None

    def forward(self, x, z=None):
        n1 = self.norm1(x, z) if self.spatial else self.norm1(x)
        h = self.conv1(F.silu(n1))
        n2 = self.norm2(h, z) if self.spatial else self.norm2(h)
        h = self.conv2(F.silu(n2))
        return h + (x if self.conv_shortcut is None else self.conv_shortcut(x))


def per_frame(conv, x):
    b, c, t, h, w = x.shape
    y = conv(x.permute(0, 2, 1, 3, 4).reshape(b * t, c, h, w))
    return y.reshape(b, t, *y.shape[1:]).permute(0, 2, 1, 3, 4)


class Downsample(nn.Module):
    def __init__(self, c, time):
        super().__init__()
        self.time = time
        self.conv = nn.Conv2d(c, c, 3, stride=2)

    def forward(self, x):
        if self.time and x.shape[2] > 1:
            b, c, t, h, w = x.shape
            flat = x.permute(0, 3, 4, 1, 2).reshape(b * h * w, c, t)
            flat = torch.cat([flat[..., :1], F.avg_pool1d(flat[..., 1:], 2, 2)], -1) if t % 2 == 1 else F.avg_pool1d(flat, 2, 2)
            x = flat.reshape(b, h, w, c, -1).permute(0, 3, 4, 1, 2)
        return per_frame(self.conv, F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    def __init__(self, c, time):
        super().__init__()
        self.time = time
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        if self.time and x.shape[2] > 1 and x.shape[2] % 2 == 1:
            first = F.interpolate(x[:, :, 0], scale_factor=2.0)[:, :, None]
            x = torch.cat([first, F.interpolate(x[:, :, 1:], scale_factor=2.0)], 2)
        elif self.time and x.shape[2] > 1:
            x = F.interpolate(x, scale_factor=2.0)
        else:
            x = F.interpolate(x, scale_factor=(1.0, 2.0, 2.0))
        return per_frame(self.conv, x)


class Level(nn.Module):
    def __init__(self, resnets, **resamplers):
        super().__init__()
        self.resnets = nn.ModuleList(resnets)
        for name, module in resamplers.items():
            setattr(self, name, nn.ModuleList([module]) if module is not None else None)

    def forward(self, x, *z):
        for resnet in self.resnets:
            x = resnet(x, *z)
        for name in ("downsamplers", "upsamplers"):
            if getattr(self, name, None) is not None:
                x = getattr(self, name)[0](x)
        return x


class Encoder(nn.Module):
    def __init__(self, widths, latent, layers, groups):
        super().__init__()
        self.conv_in = CausalConv3d(3, widths[0], 3)
        levels = []
        for i, c in enumerate(widths):
            blocks = [Resnet(widths[max(i - 1, 0)] if j == 0 else c, c, groups) for j in range(layers)]
            levels.append(Level(blocks, downsamplers=Downsample(c, i < 2) if i < len(widths) - 1 else None))
        self.down_blocks = nn.ModuleList(levels)
        self.mid_block = Level([Resnet(widths[-1], widths[-1], groups) for _ in range(2)])
        self.norm_out = nn.GroupNorm(groups, widths[-1], eps=1e-6)
        self.conv_out = CausalConv3d(widths[-1], 2 * latent, 3)

    def forward(self, x):
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.norm_out(self.mid_block(x))))


class Decoder(nn.Module):
    def __init__(self, widths, latent, layers, groups):
        super().__init__()
        widths = widths[::-1]
        self.conv_in = CausalConv3d(latent, widths[0], 3)
        self.mid_block = Level([Resnet(widths[0], widths[0], groups, latent) for _ in range(2)])
        levels = []
        for i, c in enumerate(widths):
            blocks = [Resnet(widths[max(i - 1, 0)] if j == 0 else c, c, groups, latent) for j in range(layers + 1)]
            levels.append(Level(blocks, upsamplers=Upsample(c, i < 2) if i < len(widths) - 1 else None))
        self.up_blocks = nn.ModuleList(levels)
        self.norm_out = SpatialNorm(widths[-1], latent, groups)
        self.conv_out = CausalConv3d(widths[-1], 3, 3)

    def forward(self, z):
        x = self.mid_block(self.conv_in(z), z)
        for block in self.up_blocks:
            x = block(x, z)
        return self.conv_out(F.silu(self.norm_out(x, z)))


class Vae(nn.Module):
    def __init__(self, widths=(32, 64, 64, 128), latent=16, layers=1, groups=32):
        super().__init__()
        self.encoder = Encoder(list(widths), latent, layers, groups)
        self.decoder = Decoder(list(widths), latent, layers, groups)


# ---- the diffusion transformer ----------------------------------------------------------------------------------------


def rotary_tables(head, frames, height, width, text):
    def axis(n, size):
        angle = torch.arange(n, dtype=torch.float64)[:, None] * 10000 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        return angle.repeat_interleave(2, 1)

    t, y, x = axis(frames, head // 4), axis(height, head // 8 * 3), axis(width, head // 8 * 3)
    grid = (frames, height, width)
    angle = torch.cat([
        t[:, None, None].expand(*grid, -1), y[None, :, None].expand(*grid, -1), x[None, None].expand(*grid, -1)], -1).reshape(-1, head)
    angle = torch.cat([torch.zeros(text, head, dtype=torch.float64), angle])
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    a, b = x[..., ::2], x[..., 1::2]
    return x * cos + torch.stack([-b, a], -1).flatten(-2) * sin


class ExpertNorm(nn.Module):
    def __init__(self, time, dim):
        super().__init__()
        self.linear = nn.Linear(time, 6 * dim)
        self.norm = nn.LayerNorm(dim, eps=1e-5)

    def forward(self, video, text, time):
        shift, scale, gate, text_shift, text_scale, text_gate = self.linear(F.silu(time))[:, None].chunk(6, 2)
        video = self.norm(video) * (1 + scale) + shift
        text = self.norm(text) * (1 + text_scale) + text_shift
        return video, text, gate, text_gate


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.norm_q, self.norm_k = nn.LayerNorm(dim // heads, eps=1e-6), nn.LayerNorm(dim // heads, eps=1e-6)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])

    def forward(self, x, cos, sin):
        b, s, d = x.shape
        q, k, v = (to(x).view(b, s, self.heads, -1).transpose(1, 2) for to in (self.to_q, self.to_k, self.to_v))
        q, k = rotate(self.norm_q(q), cos, sin), rotate(self.norm_k(k), cos, sin)
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // self.heads), -1)
        return self.to_out[0]((weights @ v).transpose(1, 2).reshape(b, s, d))


class Projection(nn.Module):
    def __init__(self, dim, inner):
        super().__init__()
        self.proj = nn.Linear(dim, inner)

    def forward(self, x):
        return F.gelu(self.proj(x), approximate="tanh")


class FeedForward(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.ModuleList([Projection(dim, 4 * dim), nn.Dropout(0.0), nn.Linear(4 * dim, dim)])

    def forward(self, x):
        for layer in self.net:
            x = layer(x)
        return x


class Block(nn.Module):
    def __init__(self, dim, heads, time):
        super().__init__()
        self.norm1, self.norm2 = ExpertNorm(time, dim), ExpertNorm(time, dim)
        self.attn1, self.ff = Attention(dim, heads), FeedForward(dim)

    def forward(self, video, text, time, cos, sin):
        n = text.shape[1]
        v, t, gate, text_gate = self.norm1(video, text, time)
        out = self.attn1(torch.cat([t, v], 1), cos, sin)
        video, text = video + gate * out[:, n:], text + text_gate * out[:, :n]
        v, t, gate, text_gate = self.norm2(video, text, time)
        out = self.ff(torch.cat([t, v], 1))
        return video + gate * out[:, n:], text + text_gate * out[:, :n]


class PatchEmbed(nn.Module):
    def __init__(self, c_in, dim, text, p):
        super().__init__()
        self.proj = nn.Conv2d(c_in, dim, p, stride=p)
        self.text_proj = nn.Linear(text, dim)


class TimeEmbedding(nn.Module):
    def __init__(self, dim, time):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(dim, time), nn.Linear(time, time)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class FinalNorm(nn.Module):
    def __init__(self, time, dim):
        super().__init__()
        self.linear = nn.Linear(time, 2 * dim)
        self.norm = nn.LayerNorm(dim, eps=1e-5)

    def forward(self, x, time):
        shift, scale = self.linear(F.silu(time))[:, None].chunk(2, 2)
        return self.norm(x) * (1 + scale) + shift


class Dit(nn.Module):
    def __init__(self, layers=12, heads=6, head=64, c_in=36, c_out=16, text=64, time=128, p=2):
        super().__init__()
        self.p, self.dim, self.head, self.c_out = p, heads * head, head, c_out
        self.patch_embed = PatchEmbed(c_in, self.dim, text, p)
        self.time_embedding = TimeEmbedding(self.dim, time)
        self.transformer_blocks = nn.ModuleList([Block(self.dim, heads, time) for _ in range(layers)])
        self.norm_final = nn.LayerNorm(self.dim, eps=1e-5)
        self.norm_out = FinalNorm(time, self.dim)
        self.proj_out = nn.Linear(self.dim, p * p * c_out)
        self.tables = None

    def forward(self, latent, text, timestep):
        b, c, t, h, w = latent.shape
        p = self.p
        patches = self.patch_embed.proj(latent.transpose(1, 2).reshape(b * t, c, h, w))
        video = patches.flatten(2).transpose(1, 2).reshape(b, -1, self.dim)
        text = self.patch_embed.text_proj(text)
        half = self.dim // 2
        angle = timestep.float()[:, None] * torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32) / half)
        time = self.time_embedding(torch.cat([angle.cos(), angle.sin()], 1))
        if self.tables is None:
            self.tables = rotary_tables(self.head, t, h // p, w // p, text.shape[1])
        for block in self.transformer_blocks:
            video, text = block(video, text, time, *self.tables)
        out = self.proj_out(self.norm_out(self.norm_final(video), time))
        out = out.view(b, t, h // p, w // p, self.c_out, p, p).permute(0, 4, 1, 2, 5, 3, 6)
        return out.reshape(b, self.c_out, t, h, w)
