using AniSora.Benchmarks.Flow;
using AniSora.Kernels;

namespace AniSora.Data.Tests;

/// <summary>Cameras that move over a real film's frame, with a figure that walks before it.</summary>
public class CameraMotionTests
{
    private const int Frames = 4, Width = FlowFixtures.Width, Height = FlowFixtures.Height;

    [Theory]
    [InlineData(0, 0, 0, "static")]
    [InlineData(1.5, 0.1, 0, "pan left")]
    [InlineData(-1.5, 0.1, 0, "pan right")]
    [InlineData(-0.1, 1.2, 0, "tilt up")]
    [InlineData(0.1, -1.2, 0, "tilt down")]
    [InlineData(0, 0, 0.03, "zoom in")]
    [InlineData(0, 0, -0.03, "zoom out")]
    public void TheCameraIsNamedAlthoughAFigureMoves(double dx, double dy, double zoom, string name)
    {
        foreach (int film in new[] { 500, 1350 })
        {
            var motion = ClipMotion.Of(Clip(film, dx, dy, zoom, figureX: -2, figureY: 1), 3, Frames, Height, Width);
            Assert.Equal(name, motion.Camera.Name);
            Assert.InRange(motion.Camera.Confidence, 0.5, 1);
            double scale = (double)MotionScore.ReferenceHeight / Height;
            Assert.Equal(dx * scale, motion.Camera.Right, 0.15 * scale);
            Assert.Equal(dy * scale, motion.Camera.Down, 0.15 * scale);
            Assert.Equal(zoom, motion.Camera.Zoom, 0.004);
        }
    }

    [Fact]
    public void AShakingCameraHasNoDirection()
    {
        CameraMove Move(double dx) => new(dx, 0, 0, 0, 0, 0, 0.9, Width, Height);
        Assert.Equal(CameraClass.Unknown, CameraMotion.Of([Move(2), Move(-2), Move(2), Move(-2)]).Class);
        Assert.Equal(CameraClass.PanLeft, CameraMotion.Of([Move(2), Move(-0.2), Move(2), Move(2)]).Class);
        Assert.Equal(CameraClass.Unknown, CameraMotion.Of([Move(2) with { Support = 0.1 }]).Class);
        Assert.Equal(CameraClass.Unknown, CameraMotion.Of([new(0, 0, 0, -0.05, 0.05, 0, 1, Width, Height)]).Class);
        Assert.Throws<ArgumentException>(() => CameraMotion.Of([]));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1.5, 0.5, 0)]
    [InlineData(0, 0, 0.02)]
    public void WhatMovesByItselfIsFoundBehindAnyCamera(double dx, double dy, double zoom)
    {
        var motion = ClipMotion.Of(Clip(1350, dx, dy, zoom, figureX: -2.5, figureY: 1, size: 90, x: 25, y: 3), 3, Frames, Height, Width, masks: true);
        var overlaps = new List<double>();
        for (int t = 0; t < Frames; t++)
        {
            var figure = Figure(t, -2.5, 1, 90, 25, 3);
            var mask = motion.Masks.AsSpan(t * Width * Height, Width * Height);
            int both = 0, either = 0;
            for (int i = 0; i < figure.Length; i++)
            {
                both += figure[i] > 0.75 && mask[i] != 0 ? 1 : 0;
                // Its shadow and its outline, which are half transparent, don't count.
                either += figure[i] > 0.75 || (figure[i] < 0.25 && mask[i] != 0) ? 1 : 0;
                Assert.True(mask[i] is 0 or MaskShape.Inside);
                Assert.True(mask[i] == 0 || motion.Union[i] == MaskShape.Inside);
            }

            overlaps.Add((double)both / either);
        }

        Assert.True(overlaps.Average() > 0.75, $"intersections over unions {string.Join(' ', overlaps.Select(o => $"{o:0.00}"))}");
    }

    [Fact]
    public void DirectionsAreSharesOfTheMotion()
    {
        var field = new FlowField(2, 2, [3, 0, -1, 0], [0, 3, 0, -1]);
        Assert.Equal([0.375f, 0, 0.375f, 0, 0.125f, 0, 0.125f, 0], field.DirectionHistogram());
        Assert.Equal(16, field.DirectionHistogram(16).Length);
        Assert.Equal(3, field.LargestComponent());
        Assert.Equal(new float[8], new FlowField(1, 1, [0], [0]).DirectionHistogram());
        var motion = ClipMotion.Of(Clip(1350, 2, 0, 0, 0, 2), 3, Frames, Height, Width);
        Assert.True(motion.Directions[0] > 0.6);
        Assert.Equal(1, motion.Directions.Sum(), 1e-5f);
        Assert.True(motion.LargestComponent > motion.Score);
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        Assert.Throws<ArgumentException>(() => ClipMotion.Of(new byte[100], 3, 2, 8, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClipMotion.Of(new byte[192], 3, 1, 8, 8));
        var field = new FlowField(4, 4, new float[16], new float[16]);
        var camera = CameraMove.Fit(field);
        Assert.Throws<ArgumentException>(() => MotionMask.Moving(field, camera, new byte[15]));
        Assert.Throws<ArgumentException>(() => MotionMask.Of(0, 1, _ => new byte[47], 3, [camera], new byte[16], new byte[16]));
    }

    /// <summary>The camera moves from frame to frame by (dx, dy) and grows the picture; the figure moves by its own motion.</summary>
    private static byte[] Clip(int film, double dx, double dy, double zoom, double figureX, double figureY, double size = 48, double x = 50, double y = 25)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, Frames).SelectMany(t =>
        {
            var camera = KnownMotion.Affine((Width - 1) / 2.0, (Height - 1) / 2.0, Math.Pow(1 + zoom, t), 0, 0, Math.Pow(1 + zoom, t), t * dx, t * dy);
            return FlowPair.Render("clip", "", 0, Width, Height, [FlowFixtures.Ground(FlowFixtures.Film(film), camera), FlowFixtures.Figure(x, y, t * figureX, t * figureY, size)], random).Second;
        })];
    }

    private static double[] Figure(int t, double figureX, double figureY, double size, double x, double y)
    {
        var layer = FlowFixtures.Figure(x + t * figureX, y + t * figureY, 0, 0, size);
        var rgba = new double[4];
        return [.. Enumerable.Range(0, Width * Height).Select(i =>
        {
            layer.Texture.Sample(layer.OffsetX + layer.Scale * (i % Width), layer.OffsetY + layer.Scale * (i / Width), cut: true, rgba);
            return rgba[3];
        })];
    }
}
