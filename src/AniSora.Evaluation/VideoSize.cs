namespace AniSora.Evaluation;

/// <summary>The size of a video in memory: uint8 pixels <c>[T, H, W, 3]</c>, masks <c>[T, H, W]</c>.</summary>
/// <param name="Frames">T, from 1.</param>
/// <param name="Height">H, in pixels, from 1.</param>
/// <param name="Width">W, in pixels, from 1.</param>
public readonly record struct VideoSize(int Frames, int Height, int Width)
{
    /// <summary>H·W.</summary>
    public int FramePlaces => Height * Width;

    /// <summary>T·H·W.</summary>
    public int Places => Frames * Height * Width;

    /// <summary><c>T×H×W</c>.</summary>
    public override string ToString() => $"{Frames}×{Height}×{Width}";

    internal void CheckPixels(int length, string name)
    {
        if (Frames < 1 || Height < 1 || Width < 1 || length != 3L * Places)
            throw new ArgumentException($"{name} has {length} bytes; an RGB video of {this} has {3L * Places}", name);
    }

    internal void CheckFrame(int length, string name)
    {
        if (length != 3 * FramePlaces)
            throw new ArgumentException($"{name} has {length} bytes; an RGB picture of {Height}×{Width} has {3 * FramePlaces}", name);
    }

    /// <summary>An empty mask means that nothing is given, so that everything is scored.</summary>
    internal void CheckMask(int length, string name)
    {
        if (length != 0 && length != Places)
            throw new ArgumentException($"{name} has {length} values; a mask of {this} has {Places}", name);
    }
}
