namespace AniSora.Kernels.Tests;

public class MaskShapesTests
{
    [Fact]
    public void ABoxHasItsAreaAndPlace()
    {
        byte[] box = new BoxShape(3, 2, 5, 4).Rasterise(20, 10);
        Assert.Equal(20, Area(box));
        Assert.Equal(MaskShape.Inside, box[2 * 20 + 3]);
        Assert.Equal(0, box[2 * 20 + 8]);
    }

    [Fact]
    public void AnEllipseHasItsAreaWhateverItsAngle()
    {
        foreach (double angle in new[] { 0, 0.5, 1.2 })
            Assert.InRange(Area(new EllipseShape(100, 100, 60, 30, angle).Rasterise(200, 200)) / (Math.PI * 60 * 30), 0.99, 1.01);
    }

    [Fact]
    public void BlobsAreSeededConnectedAndNearTheirSize()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            byte[] blob = new BlobShape(32, 32, 14, 1, seed).Rasterise(64, 64);
            Assert.Equal(blob, new BlobShape(32, 32, 14, 1, seed).Rasterise(64, 64));
            Assert.InRange(Area(blob), 0.5 * Math.PI * 14 * 14, 2 * Math.PI * 14 * 14);
            Assert.Equal(Area(blob), Reachable(blob, 64, 64, 32 * 64 + 32));
        }

        Assert.NotEqual(new BlobShape(32, 32, 14, 1, 1).Rasterise(64, 64), new BlobShape(32, 32, 14, 1, 2).Rasterise(64, 64));
    }

    [Fact]
    public void ShapesOutsideOrWithoutAreaDrawNothing()
    {
        MaskShape[] nothing = [new BoxShape(30, 3, 5, 5), new BoxShape(3, 3, -2, 5), new EllipseShape(-50, 3, 9, 9)];
        Assert.All(nothing, shape => Assert.Equal(0, Area(shape.Rasterise(20, 10))));
        Assert.Equal(200, Area(new BoxShape(-1e12, -1e12, 2e12, 2e12).Rasterise(20, 10)));
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
