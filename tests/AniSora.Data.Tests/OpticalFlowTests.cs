using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class OpticalFlowTests
{
    private const int Side = 64;

    [Theory]
    [InlineData(-0.25, 0.1, 0.05)]
    [InlineData(1.3, -0.7, 0.08)]
    [InlineData(4, 2, 0.14)]
    [InlineData(-6.5, 3.5, 0.5)]
    public void AShiftedPatternIsFound(double dx, double dy, double tolerance)
    {
        var flow = OpticalFlow.Estimate(Pattern(0, 0), Pattern(dx, dy), Side, Side);
        double error = 0;
        int count = 0;
        for (int y = 10; y < Side - 10; y++)
        {
            for (int x = 10; x < Side - 10; x++, count++)
                error += Math.Sqrt(Math.Pow(flow.U[y * Side + x] - dx, 2) + Math.Pow(flow.V[y * Side + x] - dy, 2));
        }

        Assert.InRange(error / count, 0, tolerance);
    }

    [Fact]
    public void EqualPicturesDoNotMove()
    {
        var flow = OpticalFlow.Estimate(Pattern(0, 0), Pattern(0, 0), Side, Side);
        Assert.Equal(0, flow.MeanMagnitude());
    }

    [Fact]
    public void MirroredPicturesMoveMirrored()
    {
        float[] a = Pattern(0, 0), b = Pattern(1.5, 0.5);
        var flow = OpticalFlow.Estimate(a, b, Side, Side);
        var mirrored = OpticalFlow.Estimate(Mirror(a), Mirror(b), Side, Side);
        // Not bit for bit: the pyramid samples even columns. In the interior the fields agree closely.
        for (int y = 12; y < Side - 12; y++)
        {
            for (int x = 12; x < Side - 12; x++)
                Assert.Equal(-flow.U[y * Side + x], mirrored.U[y * Side + Side - 1 - x], 0.1f);
        }
    }

    [Fact]
    public void AMovingFigureLeavesTheStillBackgroundStill()
    {
        float[] first = Figure(28), second = Figure(30);
        var flow = OpticalFlow.Estimate(first, second, Side, Side);
        double inside = 0, corner = 0;
        for (int i = 0; i < 8; i++)
        {
            inside += flow.U[32 * Side + 26 + i] / 8.0;
            corner += Math.Abs(flow.U[(2 + i) * Side + 3]) / 8.0;
        }

        Assert.InRange(inside, 1.6, 2.4);
        Assert.InRange(corner, 0, 0.02);
    }

    [Fact]
    public void TheScoreGrowsWithSpeedAndDoesNotDependOnSize()
    {
        byte[] slow = Clip(1, 1), fast = Clip(2, 1), large = Clip(1, 2);
        double score = MotionScore.Of(slow, 3, Side, Side);
        Assert.InRange(score, 0.9 * MotionScore.ReferenceHeight / Side, 1.1 * MotionScore.ReferenceHeight / Side);
        Assert.InRange(MotionScore.Of(fast, 3, Side, Side) / score, 1.85, 2.15);
        Assert.InRange(MotionScore.Of(large, 3, 2 * Side, 2 * Side) / score, 0.9, 1.1);
    }

    [Fact]
    public void AClipHasAFieldForEveryPairOfFrames()
    {
        byte[] clip = Clip(2, 1);
        var fields = OpticalFlow.OfClip(clip, 3, 3, Side, Side);
        Assert.Equal(2, fields.Length);
        Assert.Equal(MotionScore.Of(clip, 3, Side, Side), fields.Average(f => f.MeanMagnitude()) * MotionScore.ReferenceHeight / Side, 9);
        float[] vectors = fields[1].Vectors();
        Assert.Equal((2 * Side * Side, fields[1].U[70], fields[1].V[70]), (vectors.Length, vectors[140], vectors[141]));
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        Assert.Throws<ArgumentException>(() => OpticalFlow.OfClip(new byte[100], 3, 2, 4, 4));
        Assert.Throws<ArgumentException>(() => OpticalFlow.Estimate(new float[16], new float[15], 4, 4));
        Assert.Throws<ArgumentException>(() => MotionScore.Of(new byte[100], 2, 4, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => MotionScore.Of(new byte[48], 1, 4, 4));
    }

    // A sum of waves: smooth, with structure in every direction, known at every real position.
    private static double Wave(double x, double y) =>
        128 + 35 * Math.Sin(0.21 * x + 0.09 * y) + 30 * Math.Sin(-0.11 * x + 0.24 * y + 1) + 25 * Math.Sin(0.15 * x - 0.19 * y + 2) + 30 * Math.Sin(0.07 * x + 0.05 * y);

    private static float[] Pattern(double dx, double dy)
    {
        var picture = new float[Side * Side];
        for (int i = 0; i < picture.Length; i++)
            picture[i] = (float)Wave(i % Side - dx, i / Side - dy);
        return picture;
    }

    private static float[] Figure(double centre)
    {
        var picture = new float[Side * Side];
        for (int i = 0; i < picture.Length; i++)
        {
            double dx = i % Side - centre, dy = i / Side - 32;
            picture[i] = (float)(100 + 120 * Math.Exp(-(dx * dx + dy * dy) / 60));
        }

        return picture;
    }

    private static float[] Mirror(float[] picture) => [.. picture.Chunk(Side).SelectMany(row => row.Reverse())];

    private static byte[] Clip(double speed, int scale)
    {
        int side = Side * scale;
        var rgb = new byte[3 * side * side * 3];
        for (int t = 0; t < 3; t++)
        {
            for (int i = 0; i < side * side; i++)
                rgb.AsSpan((t * side * side + i) * 3, 3).Fill((byte)Math.Round(Wave((double)(i % side) / scale - speed * t, (double)(i / side) / scale)));
        }

        return rgb;
    }
}
