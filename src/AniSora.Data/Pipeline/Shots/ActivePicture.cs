namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// The part of <see cref="FrameSignature.Luma"/> that is no black border in either of two frames. A border's edge looks alike in any two scenes.
/// </summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">Column after the last.</param>
/// <param name="Bottom">Row after the last.</param>
internal readonly record struct ActivePicture(int Left, int Top, int Right, int Bottom)
{
    private const int Width = FrameSignature.LumaWidth;
    private const int Height = FrameSignature.LumaHeight;
    private const int Black = 24;
    /// <summary>Share of a line that may be bright although it is border: a logo, a subtitle.</summary>
    private const double BrightShare = 0.3;
    /// <summary>What is dark further in than this share of the frame is a dark scene.</summary>
    private const double Largest = 0.4;

    /// <summary>Finds it.</summary>
    /// <param name="a"><see cref="FrameSignature.Luma"/> of one frame.</param>
    /// <param name="b">Of the other.</param>
    public static ActivePicture Of(byte[] a, byte[] b)
    {
        return new(Border(0, 1, Width, Width), Border(0, Width, Height, 1), Width - Border(Width - 1, -1, Width, Width), Height - Border((Height - 1) * Width, -Width, Height, 1));

        // Lines from an edge of the frame inwards, and one in which border and picture mix.
        int Border(int start, int step, int lines, int stride)
        {
            int line = 0, length = a.Length / lines;
            while (line < Largest * lines && Math.Max(Bright(a), Bright(b)) <= BrightShare * length)
                line++;
            return line == 0 ? 0 : line + 1;

            int Bright(byte[] luma)
            {
                int bright = 0;
                for (int i = 0; i < length; i++)
                    bright += luma[start + line * step + i * stride] > Black ? 1 : 0;
                return bright;
            }
        }
    }
}
