using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class ClipWarpTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    private static readonly ClipWarp.Affine _identity = new(1, 0, 0, 1, 0, 0);

    [Fact]
    public void TheIdentityChangesNoPixel()
    {
        var (clip, frames) = Read("label = 'winning'");
        var warped = frames.ToArray();
        ClipWarp.Apply(clip, warped, _identity);
        Assert.Equal(frames, warped);
    }

    [Fact]
    public void AMirrorAndAShiftMovePixelsExactly()
    {
        var (clip, frames) = Read("label = 'winning'");
        int w = clip.Width;
        var warped = frames.ToArray();
        // Pixel (x, y) looks at (w - 1 - x, y - 3).
        ClipWarp.Apply(clip, warped, new(-1, 0, 0, 1, w - 1, -3));
        for (int t = 0; t < clip.Frames; t += 4)
        {
            for (int y = 0; y < clip.Height; y++)
            {
                for (int x = 0; x < w; x++)
                {
                    var expected = y < 3 ? new byte[4] : frames.AsSpan(((t * clip.Height + y - 3) * w + w - 1 - x) * 4, 4).ToArray();
                    Assert.Equal(expected, warped.AsSpan(((t * clip.Height + y) * w + x) * 4, 4).ToArray());
                }
            }
        }
    }

    [Fact]
    public void ARampStaysARampWhenTurnedAndStretched()
    {
        var (clip, frames) = Read("label = 'winning'");
        int w = clip.Width, h = clip.Height;
        for (int i = 0; i < frames.Length; i += 4)
            (frames[i], frames[i + 1], frames[i + 2], frames[i + 3]) = ((byte)(2 * (i / 4 % w)), (byte)(3 * (i / 4 / w % h)), 100, 255);
        var warp = new ClipWarp.Affine(0.9, 0.2, -0.25, 1.1, 4, 5);
        ClipWarp.Apply(clip, frames, warp);
        int seen = 0;
        for (int y = 0; y < h; y++)
        {
            for (int x = 0; x < w; x++)
            {
                var (sx, sy) = warp.At(x, y);
                if (sx < 1 || sy < 1 || sx > w - 3 || sy > h - 3)
                    continue;
                var pixel = frames.AsSpan((y * w + x) * 4, 4);
                Assert.InRange(pixel[0] - 2 * sx, -0.51, 0.51);
                Assert.InRange(pixel[1] - 3 * sy, -0.51, 0.51);
                Assert.Equal((100, 255), (pixel[2], pixel[3]));
                seen++;
            }
        }
        Assert.True(seen > 2000);
    }

    [Fact]
    public void NoDrawnWarpLooksBeyondACutEdge()
    {
        var (clip, _) = Read("label = 'header'");
        var random = new SplitMix(5);
        int changed = 0;
        for (int i = 0; i < 3000; i++)
        {
            var edges = new FrameEdges((i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0);
            bool mirror = (i & 16) != 0;
            var warp = ClipWarp.Draw(clip, edges, mirror, ref random);
            Assert.Equal(mirror, warp.A * warp.D - warp.B * warp.C < 0);
            double right = clip.Width - 1, bottom = clip.Height - 1;
            foreach (var (x, y) in new[] { warp.At(0, 0), warp.At(right, 0), warp.At(0, bottom), warp.At(right, bottom) })
            {
                Assert.False(edges.Left && x < -1e-9, $"{i}: {x}");
                Assert.False(edges.Right && x > right + 1e-9, $"{i}: {x}");
                Assert.False(edges.Top && y < -1e-9, $"{i}: {y}");
                Assert.False(edges.Bottom && y > bottom + 1e-9, $"{i}: {y}");
            }
            changed += Math.Abs(warp.B) > 0.01 ? 1 : 0;
        }
        // Cut edges take some of the warp's strength, not all of it.
        Assert.True(changed > 1500, $"{changed}");
    }

    [Fact]
    public void WarpedClipsKeepTheirStreamAndTellWhenTheyAreMirrored()
    {
        using var index = ClipIndex.Open(data.Folder);
        var options = new LoaderOptions("direction = 'w' AND label = 'header'", 4, 3, WarpShare: 1);
        using var loader = new ClipLoader(index, options);
        using var again = new ClipLoader(index, options with { PrefetchBatches = 0 });
        var captions = new HashSet<string>();
        for (int i = 0; i < 8; i++)
        {
            var (one, two) = (loader.Next(), again.Next());
            Assert.Equal(one.Rgb, two.Rgb);
            captions.UnionWith(one.Captions.SelectMany(c => c.Split(' ')));
        }
        Assert.Superset(new HashSet<string> { "east", "west" }, captions);
        var other = Assert.Throws<InputException>(() => again.Restore(new ClipLoader(index, options with { WarpShare = 0.5 }).State));
        Assert.Contains("what chooses them", other.Message);
        Assert.Contains("warp_share", Assert.Throws<InputException>(() => new ClipLoader(index, options with { WarpShare = 1.5 })).Message);
    }

    private (ClipRow Clip, byte[] Frames) Read(string where)
    {
        using var index = ClipIndex.Open(data.Folder);
        using var store = new FrameStore(data.Folder);
        var clip = index.Query(where)[0];
        return (clip, store.Read(clip));
    }
}
