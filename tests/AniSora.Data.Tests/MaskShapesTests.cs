using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class MaskShapesTests
{
    [Fact]
    public void ABoxHasItsAreaAndPlace()
    {
        byte[] box = MaskShapes.Box(20, 10, 3, 2, 5, 4);
        Assert.Equal(20, Area(box));
        Assert.Equal(MaskShapes.Inside, box[2 * 20 + 3]);
        Assert.Equal(0, box[2 * 20 + 8]);
    }

    [Fact]
    public void AnEllipseHasItsAreaWhateverItsAngle()
    {
        foreach (double angle in new[] { 0, 0.5, 1.2 })
            Assert.InRange(Area(MaskShapes.Ellipse(200, 200, 100, 100, 60, 30, angle)) / (Math.PI * 60 * 30), 0.99, 1.01);
    }

    [Fact]
    public void BlobsAreSeededConnectedAndNearTheirSize()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            byte[] blob = MaskShapes.Blob(64, 64, 32, 32, 14, 1, seed);
            Assert.Equal(blob, MaskShapes.Blob(64, 64, 32, 32, 14, 1, seed));
            Assert.InRange(Area(blob), 0.5 * Math.PI * 14 * 14, 2 * Math.PI * 14 * 14);
            Assert.Equal(Area(blob), Reachable(blob, 64, 64, 32 * 64 + 32));
        }

        Assert.NotEqual(MaskShapes.Blob(64, 64, 32, 32, 14, 1, 1), MaskShapes.Blob(64, 64, 32, 32, 14, 1, 2));
    }

    [Fact]
    public void DilationGrowsASquareAndStopsAtTheEdge()
    {
        var mask = new byte[9 * 7];
        mask[3 * 9 + 4] = 200;
        byte[] grown = MaskShapes.Dilate(mask, 9, 7, 2);
        Assert.Equal(25, grown.Count(v => v == 200));
        Assert.Equal(63, MaskShapes.Dilate(mask, 9, 7, 20).Count(v => v == 200));
        Assert.Equal(mask, MaskShapes.Dilate(mask, 9, 7, 0));
    }

    [Fact]
    public void UnionAndMovingLookOverTime()
    {
        byte[] alpha = [0, 10, 255, 255, 0, 40, 255, 0];
        Assert.Equal([0, 255, 255, 255], MaskShapes.UnionOverTime(alpha, 2, 20));
        Assert.Equal([0, 0, 0, 255], MaskShapes.Moving(alpha, 2));
        Assert.Throws<ArgumentException>(() => MaskShapes.UnionOverTime(alpha, 3));
    }

    private static int Area(byte[] mask) => mask.Count(v => v != 0);

    private static int Reachable(byte[] mask, int w, int h, int start)
    {
        var seen = new HashSet<int> { start };
        var open = new Stack<int>([start]);
        while (open.TryPop(out int i))
        {
            foreach (int j in new[] { i - 1, i + 1, i - w, i + w })
            {
                if (j >= 0 && j < w * h && mask[j] != 0 && seen.Add(j))
                    open.Push(j);
            }
        }

        return seen.Count;
    }
}
