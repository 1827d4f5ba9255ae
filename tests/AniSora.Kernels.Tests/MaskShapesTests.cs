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

    [Theory]
    [InlineData(FillRule.EvenOdd)]
    [InlineData(FillRule.NonZero)]
    public void PolygonsAreWhatARayFromEachPixelSays(FillRule rule)
    {
        var random = new SplitMix(7);
        for (int trial = 0; trial < 40; trial++)
        {
            MaskPoint[] points = [.. Enumerable.Range(0, 3 + random.Next(9)).Select(_ => new MaskPoint(random.NextDouble(-10, 60), random.NextDouble(-10, 50)))];
            byte[] mask = new PolygonShape(points, rule).Rasterise(50, 40);
            for (int i = 0; i < mask.Length; i++)
                Assert.Equal(Winds(points, rule, i % 50 + 0.5, i / 50 + 0.5) ? MaskShape.Inside : 0, mask[i]);
        }
    }

    [Fact]
    public void APolygonHasTheAreaOfItsSupersampledSelf()
    {
        // A concave arrow; coverage from 16 × 16 samples a pixel is its true area to a part in 10⁴.
        MaskPoint[] points = [new(10.3, 12.1), new(90.7, 48.2), new(11.9, 85.4), new(38.6, 47.7)];
        double truth = Area(new PolygonShape([.. points.Select(p => new MaskPoint(16 * p.X, 16 * p.Y))]).Rasterise(1600, 1600)) / 256.0;
        Assert.InRange(Area(new PolygonShape(points).Rasterise(100, 100)) / truth, 0.995, 1.005);
        Assert.InRange(truth / Shoelace(points), 0.999, 1.001);
    }

    [Fact]
    public void PolygonsThatShareEdgesCoverEveryPixelOnce()
    {
        var random = new SplitMix(11);
        MaskPoint centre = new(25.5, 20.5);
        MaskPoint[] around = [.. Enumerable.Range(0, 9).Select(k => new MaskPoint(25 + 70 * Math.Cos(k * 0.6981317) + random.NextDouble(), 20 + 70 * Math.Sin(k * 0.6981317)))];
        var covered = new int[50 * 40];
        for (int k = 0; k < around.Length; k++)
        {
            byte[] mask = new PolygonShape([centre, around[k], around[(k + 1) % around.Length]]).Rasterise(50, 40);
            for (int i = 0; i < mask.Length; i++)
                covered[i] += mask[i] == 0 ? 0 : 1;
        }

        Assert.All(covered, times => Assert.Equal(1, times));
    }

    [Fact]
    public void AStarHasAHoleOnlyWhereCrossingsCount()
    {
        MaskPoint[] star = [.. Enumerable.Range(0, 5).Select(k => new MaskPoint(50 + 45 * Math.Sin(k * 0.8 * Math.PI), 50 - 45 * Math.Cos(k * 0.8 * Math.PI)))];
        Assert.Equal(0, new PolygonShape(star).Rasterise(100, 100)[50 * 100 + 50]);
        Assert.Equal(MaskShape.Inside, new PolygonShape(star, FillRule.NonZero).Rasterise(100, 100)[50 * 100 + 50]);
    }

    [Fact]
    public void AStrokeIsAllThatIsNearItsLine()
    {
        var random = new SplitMix(3);
        for (int trial = 0; trial < 40; trial++)
        {
            MaskPoint[] points = [.. Enumerable.Range(0, 1 + random.Next(5)).Select(_ => new MaskPoint(random.NextDouble(-5, 65), random.NextDouble(-5, 45)))];
            double radius = random.NextDouble(0.3, 9);
            byte[] mask = new StrokeShape(points, radius).Rasterise(60, 40);
            for (int i = 0; i < mask.Length; i++)
            {
                double distance = Enumerable.Range(0, points.Length).Min(k => Distance(points[Math.Max(0, k - 1)], points[k], i % 60 + 0.5, i / 60 + 0.5));
                if (Math.Abs(distance - radius) > 1e-9)
                    Assert.Equal(distance < radius ? MaskShape.Inside : 0, mask[i]);
            }
        }
    }

    [Fact]
    public void ShapesOutsideOrWithoutAreaDrawNothing()
    {
        MaskShape[] nothing = [new BoxShape(30, 3, 5, 5), new BoxShape(3, 3, -2, 5), new EllipseShape(-50, 3, 9, 9), new StrokeShape([new(100, 100)], 5),
            new PolygonShape([new(1, 1), new(9, 9)]), new PolygonShape([new(1, 1), new(5, 1), new(9, 1)])];
        Assert.All(nothing, shape => Assert.Equal(0, Area(shape.Rasterise(20, 10))));
        Assert.Throws<ArgumentException>(() => new PolygonShape([new(1, 1), new(double.NaN, 2), new(3, 4)]).Rasterise(20, 10));
        Assert.Equal(200, Area(new BoxShape(-1e12, -1e12, 2e12, 2e12).Rasterise(20, 10)));
    }

    [Fact]
    public void ATrackMovesBetweenItsKeyFrames()
    {
        var track = new ShapeTrack(new ShapeKey(6, new BoxShape(20, 2, 4, 8)), new ShapeKey(2, new BoxShape(0, 2, 4, 4)));
        Assert.Equal(new BoxShape(0, 2, 4, 4), track.At(0));
        Assert.Equal(new BoxShape(5, 2, 4, 5), track.At(3));
        Assert.Equal(new BoxShape(10, 2, 4, 6), track.At(4));
        Assert.Equal(new BoxShape(20, 2, 4, 8), track.At(9));
        byte[] still = new EllipseShape(30, 8, 3, 3).Rasterise(40, 16), mask = ShapeTrack.Rasterise([track, new ShapeTrack(new EllipseShape(30, 8, 3, 3))], 9, 40, 16);
        for (int t = 0; t < 9; t++)
        {
            byte[] frame = track.At(t).Rasterise(40, 16);
            for (int i = 0; i < frame.Length; i++)
                Assert.Equal(Math.Max(frame[i], still[i]), mask[t * frame.Length + i]);
        }
    }

    [Fact]
    public void EveryKindOfShapeEndsAtItsKeys()
    {
        (MaskShape From, MaskShape To)[] pairs = [
            (new EllipseShape(1, 2, 3, 4), new EllipseShape(5, 6, 7, 8, 1)), (new BlobShape(1, 2, 3, 0.5, 9), new BlobShape(4, 5, 6, 1, 9)),
            (new PolygonShape([new(1, 2), new(3, 4), new(9, 9)]), new PolygonShape([new(5, 6), new(7, 8), new(8, 2)])),
            (new StrokeShape([new(1, 2)], 3), new StrokeShape([new(4, 5)], 6))];
        Assert.All(pairs, pair =>
        {
            Assert.Equal(pair.From.Rasterise(20, 20), pair.From.Towards(pair.To, 0).Rasterise(20, 20));
            Assert.Equal(pair.To.Rasterise(20, 20), pair.From.Towards(pair.To, 1).Rasterise(20, 20));
        });
        Assert.Throws<ArgumentException>(() => new ShapeTrack());
        Assert.Throws<ArgumentException>(() => new ShapeTrack(new ShapeKey(0, new BoxShape(1, 2, 3, 4)), new ShapeKey(4, new EllipseShape(1, 2, 3, 4))));
        Assert.Throws<ArgumentException>(() => new ShapeTrack(new ShapeKey(0, new StrokeShape([new(1, 2)], 3)), new ShapeKey(4, new StrokeShape([], 3))));
        Assert.Throws<ArgumentException>(() => new ShapeTrack(new ShapeKey(3, new BoxShape(1, 2, 3, 4)), new ShapeKey(3, new BoxShape(1, 2, 3, 4))));
    }

    private static bool Winds(MaskPoint[] points, FillRule rule, double x, double y)
    {
        int crossings = 0, winding = 0;
        for (int i = 0; i < points.Length; i++)
        {
            MaskPoint a = points[i], b = points[(i + 1) % points.Length];
            if (a.Y <= y == b.Y <= y || a.X + (b.X - a.X) * (y - a.Y) / (b.Y - a.Y) > x)
                continue;
            crossings++;
            winding += a.Y <= y ? 1 : -1;
        }

        return rule == FillRule.EvenOdd ? crossings % 2 == 1 : winding != 0;
    }

    private static double Distance(MaskPoint a, MaskPoint b, double x, double y)
    {
        double dx = b.X - a.X, dy = b.Y - a.Y, length = dx * dx + dy * dy;
        double along = length == 0 ? 0 : Math.Clamp(((x - a.X) * dx + (y - a.Y) * dy) / length, 0, 1);
        return Math.Sqrt(Math.Pow(x - a.X - along * dx, 2) + Math.Pow(y - a.Y - along * dy, 2));
    }

    private static double Shoelace(MaskPoint[] p) =>
        Math.Abs(Enumerable.Range(0, p.Length).Sum(i => p[i].X * p[(i + 1) % p.Length].Y - p[(i + 1) % p.Length].X * p[i].Y)) / 2;

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
