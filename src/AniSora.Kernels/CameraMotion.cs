namespace AniSora.Kernels;

/// <summary>What a camera does over a clip.</summary>
public enum CameraClass
{
    /// <summary>It moves in no way that has a name here, or the picture does not say.</summary>
    Unknown,

    /// <summary>It stands still.</summary>
    Static,

    /// <summary>It turns or travels left: the picture moves right.</summary>
    PanLeft,

    /// <summary>It turns or travels right: the picture moves left.</summary>
    PanRight,

    /// <summary>It turns or travels up: the picture moves down.</summary>
    TiltUp,

    /// <summary>It turns or travels down: the picture moves up.</summary>
    TiltDown,

    /// <summary>The picture grows.</summary>
    ZoomIn,

    /// <summary>The picture shrinks.</summary>
    ZoomOut,
}

/// <summary>The camera's motion over a clip, with one name for it.</summary>
/// <param name="Class">The name.</param>
/// <param name="Confidence">
/// 0…1: the share of the picture that follows the camera × how steadily it goes one way × how much of its motion is of that class.
/// </param>
/// <param name="Right">Mean motion of the picture to the right, in pixels per frame interval at 480 pixels height; negative = to the left.</param>
/// <param name="Down">Likewise downwards.</param>
/// <param name="Zoom">Mean growth per frame interval.</param>
public sealed record CameraMotion(CameraClass Class, double Confidence, double Right, double Down, double Zoom)
{
    /// <summary>Slower than this is standing still: pixels per frame interval at 480 pixels height, mean over the picture.</summary>
    public const double LeastSpeed = 0.4;

    /// <summary>Less of the picture following one motion than this is no camera's motion.</summary>
    private const double LeastSupport = 0.3;

    /// <summary>A motion that goes back and forth as much as this (1 = always one way, 0 = it ends where it began) has no direction.</summary>
    private const double LeastSteadiness = 0.5;

    /// <summary>The class as captions and tables write it: "pan left".</summary>
    public string Name => Class switch
    {
        CameraClass.Static => "static",
        CameraClass.PanLeft => "pan left",
        CameraClass.PanRight => "pan right",
        CameraClass.TiltUp => "tilt up",
        CameraClass.TiltDown => "tilt down",
        CameraClass.ZoomIn => "zoom in",
        CameraClass.ZoomOut => "zoom out",
        _ => "unknown",
    };

    /// <summary>Names what the camera does over the pairs of neighbouring frames of a clip.</summary>
    /// <param name="moves">One for each pair, one or more.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static CameraMotion Of(IReadOnlyList<CameraMove> moves)
    {
        if (moves.Count == 0)
            throw new ArgumentException("a clip has at least one pair of frames");
        double scale = (double)MotionScore.ReferenceHeight / moves[0].Height, radius = MeanRadius(moves[0]) * scale;
        double support = moves.Average(m => m.Support);
        var right = Summary.Of(moves.Select(m => m.Dx * scale));
        var down = Summary.Of(moves.Select(m => m.Dy * scale));
        // A growth of z moves a pixel by z times its distance from the centre.
        var zoom = Summary.Of(moves.Select(m => m.Zoom * radius));
        var turn = Summary.Of(moves.Select(m => m.Turn * radius));

        double speed = right.Speed + down.Speed + zoom.Speed + turn.Speed;
        var (main, positive, negative) = new[]
        {
            (right, CameraClass.PanLeft, CameraClass.PanRight), (down, CameraClass.TiltUp, CameraClass.TiltDown),
            (zoom, CameraClass.ZoomIn, CameraClass.ZoomOut), (turn, CameraClass.Unknown, CameraClass.Unknown),
        }.MaxBy(c => c.Item1.Speed);

        CameraMotion Named(CameraClass name, double confidence) => new(name, Math.Clamp(confidence, 0, 1), right.Mean, down.Mean, radius > 0 ? zoom.Mean / radius : 0);
        if (support < LeastSupport)
            return Named(CameraClass.Unknown, 1 - support);
        if (main.Speed < LeastSpeed)
            return Named(CameraClass.Static, support * (1 - 0.5 * main.Speed / LeastSpeed));
        double steadiness = Math.Abs(main.Mean) / main.Speed;
        if (steadiness < LeastSteadiness)
            return Named(CameraClass.Unknown, support * (1 - steadiness));
        return Named(main.Mean > 0 ? positive : negative, support * steadiness * main.Speed / speed);
    }

    private static double MeanRadius(CameraMove move)
    {
        double sum = 0;
        for (int k = 0; k < 256; k++)
            sum += Math.Sqrt(Math.Pow(((k % 16 + 0.5) / 16 - 0.5) * move.Width, 2) + Math.Pow(((k / 16 + 0.5) / 16 - 0.5) * move.Height, 2));
        return sum / 256;
    }

    /// <summary>A signed motion over the pairs: its mean, and the mean of its absolute value.</summary>
    private readonly record struct Summary(double Mean, double Speed)
    {
        public static Summary Of(IEnumerable<double> values)
        {
            double[] all = [.. values];
            return new(all.Average(), all.Average(Math.Abs));
        }
    }
}
